"""LoRA files without torch: their header, key names, metadata and self-check."""
