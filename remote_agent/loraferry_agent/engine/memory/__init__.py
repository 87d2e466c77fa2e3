"""How much memory a run will take, found by carrying out its own steps on tensors without content."""
