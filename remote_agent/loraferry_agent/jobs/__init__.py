"""Jobs as folders: store, event log, queue, processes. No torch."""
