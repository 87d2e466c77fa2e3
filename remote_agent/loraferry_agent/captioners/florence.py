"""Florence-2: words at the length that its task asks for."""

from pathlib import Path

import torch
from PIL import Image
from transformers import Florence2ForConditionalGeneration, Florence2Processor

from loraferry_agent.captioners.describing import Describe, Unfit
from loraferry_agent.captioners.weights import loaded
from loraferry_agent.engine.device import choose
from loraferry_core.captioning import CaptionOrder

TASKS = ("<CAPTION>", "<DETAILED_CAPTION>", "<MORE_DETAILED_CAPTION>")
BEAMS = 3
"""As the authors' examples have it (huggingface.co/microsoft/Florence-2-large)."""


def load(model: Path, order: CaptionOrder) -> Describe:
    """A function that describes one picture. Raises Unfit where the files are not of this family, or the prompt is no
    task that ends in words."""
    task = order.prompt or TASKS[-1]
    if task not in TASKS:
        raise Unfit(f"{task!r} is none of {', '.join(TASKS)}")
    device = choose("auto")
    processor, network = loaded(model, Florence2Processor, Florence2ForConditionalGeneration, device)

    def describe(picture: Image.Image) -> str:
        inputs = processor(images=picture, text=task, return_tensors="pt")
        with torch.inference_mode():
            tokens = network.generate(
                **inputs.to(device.torch, device.dtype), max_new_tokens=order.max_tokens, num_beams=BEAMS
            )
        return str(processor.batch_decode(tokens, skip_special_tokens=True)[0]).strip()

    return describe
