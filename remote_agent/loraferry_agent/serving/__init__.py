"""The server on one connection. No torch."""
