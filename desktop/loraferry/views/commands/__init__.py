"""Actions: what can be done in the window, by which keys, and how to find it."""
