"""The Plan page: three questions, or every knob, over one plan."""
