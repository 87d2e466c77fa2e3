"""Stable Diffusion XL: two text encoders side by side, a summary of the caption, and the size and crop of the picture."""

from typing import Any

import torch
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from loraferry_agent.families import published
from loraferry_agent.families.latent_diffusion import TIME_IDS, LatentDiffusion
from loraferry_agent.families.original import clip_origins, open_clip_origins
from loraferry_agent.families.protocol import Conditioning
from loraferry_agent.families.single_file import Encoder, Release
from loraferry_core.dataset.buckets import Fit, Size
from loraferry_core.families.sdxl import SDXL

SIZES = 6
"""Numbers that the UNet is told of a picture."""


class Sdxl(LatentDiffusion):
    """Stable Diffusion XL; implements `protocol.Family`."""

    spec = SDXL
    release = Release(
        published.SDXL,
        {
            "text_encoder": Encoder("conditioner.embedders.0.transformer.", clip_origins),
            "text_encoder_2": Encoder("conditioner.embedders.1.model.", open_clip_origins),
        },
    )
    tokenizers = ("tokenizer", "tokenizer_2")
    encoders = ("text_encoder", "text_encoder_2")
    kinds = (CLIPTextModel, CLIPTextModelWithProjection)
    penultimate = True

    def fits(self, unet: dict[str, Any], text: dict[str, Any]) -> bool:
        """Told from the others, and from its own refiner, by what its UNet takes besides the caption."""
        width = unet.get("cross_attention_dim")
        return (
            unet.get("addition_embed_type") == "text_time"
            and isinstance(width, int)
            and width > int(text.get("hidden_size", 0))
        )

    def geometry(self, size: Size, fitted: Fit) -> Conditioning:
        """Original height and width, top and left of the cut in pixels of the scaled picture, height and width of the
        result (Podell et al. 2023, arXiv 2307.01952, section 2.2)."""
        (width, height), (left, top, *_), bucket = size, fitted.box, fitted.bucket
        cut = (round(top * fitted.scale), round(left * fitted.scale))
        return {TIME_IDS: torch.tensor([height, width, *cut, bucket[1], bucket[0]], dtype=torch.float32)}
