"""BLIP: one sentence a picture, begun with the prompt where there is one."""

from pathlib import Path

import torch
from PIL import Image
from transformers import BlipForConditionalGeneration, BlipProcessor

from loraferry_agent.captioners.describing import Describe
from loraferry_agent.captioners.weights import loaded
from loraferry_agent.engine.device import choose
from loraferry_core.captioning import CaptionOrder

BEAMS = 3
"""As the authors' captioning configuration has it (github.com/salesforce/BLIP, configs/caption_coco.yaml)."""


def load(model: Path, order: CaptionOrder) -> Describe:
    """A function that describes one picture. Raises Unfit where the files are not of this family."""
    device = choose("auto")
    processor, network = loaded(model, BlipProcessor, BlipForConditionalGeneration, device)

    def describe(picture: Image.Image) -> str:
        inputs = processor(images=picture, text=order.prompt or None, return_tensors="pt")
        with torch.inference_mode():
            tokens = network.generate(
                **inputs.to(device.torch, device.dtype), max_new_tokens=order.max_tokens, num_beams=BEAMS
            )
        return str(processor.decode(tokens[0], skip_special_tokens=True)).strip()

    return describe
