"""The Models page: finished LoRAs with what they are and how they are used."""
