"""Settings as kohya's sd-scripts, its GUI, SD-Trainer and LoRA files name them, to and from plans of ours."""
