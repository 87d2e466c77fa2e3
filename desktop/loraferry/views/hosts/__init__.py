"""The Hosts page: the machines that can train, and the way there."""
