"""The agent on the training machine."""
