"""Orders for captions on this machine: starting, ending and reading what was found. No model is loaded here."""
