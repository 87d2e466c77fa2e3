"""From approved pictures to batches."""
