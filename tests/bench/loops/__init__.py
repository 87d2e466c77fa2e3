"""Training loops to compare: the trainer's own step, and the one of the textbooks, on the same cached tensors."""
