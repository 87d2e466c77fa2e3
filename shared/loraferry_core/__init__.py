"""What both ends of LoRA Ferry agree on: settings, files, events, messages. Pure: stdlib and pydantic only."""

__version__ = "0.1.0"
