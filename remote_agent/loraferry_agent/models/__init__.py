"""Base models on this machine: finding those that are there, and fetching others. No torch here."""
