"""The language of desktop and agent over one stream: messages, their bytes, and the state of a conversation."""
