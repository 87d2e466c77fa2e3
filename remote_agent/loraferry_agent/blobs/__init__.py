"""The content store: files by their hash. No torch."""
