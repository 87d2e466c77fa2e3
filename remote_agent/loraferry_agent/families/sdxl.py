"""Stable Diffusion XL: two text encoders side by side, a summary of the caption, and the size and crop of the picture."""

from typing import Any

import torch
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from loraferry_agent.families.clip import TextEncoder, hollow_encoder, load_encoder
from loraferry_agent.families.latent_diffusion import POOLED, STATES, TIME_IDS, LatentDiffusion
from loraferry_agent.families.protocol import Base, Conditioning
from loraferry_core.dataset.buckets import Fit, Size
from loraferry_core.families.sdxl import SDXL

SIZES = 6
"""Numbers that the UNet is told of a picture."""


class TwoEncoders:
    """See `protocol.TextCoder`."""

    def __init__(self, first: TextEncoder, second: TextEncoder) -> None:
        self._first = first
        self._second = second

    def encode(self, text: str, chunks: int) -> Conditioning:
        """The states before the last layer of both, side by side (tokens × both widths), and the second one's summary."""
        states, _ = self._first.penultimate(text, chunks)
        more, pooled = self._second.penultimate(text, chunks)
        assert pooled is not None
        return {STATES: torch.cat((states, more), dim=-1), POOLED: pooled}


class Sdxl(LatentDiffusion):
    """Stable Diffusion XL; implements `protocol.Family`."""

    spec = SDXL
    tokenizers = ("tokenizer", "tokenizer_2")
    encoders = ("text_encoder", "text_encoder_2")

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

    def load_text(self, base: Base, device: torch.device, dtype: torch.dtype) -> TwoEncoders:
        """Both tokenizers and text encoders."""
        return TwoEncoders(
            load_encoder(base, "tokenizer", "text_encoder", CLIPTextModel, device, dtype),
            load_encoder(base, "tokenizer_2", "text_encoder_2", CLIPTextModelWithProjection, device, dtype),
        )

    def hollow_text(self, base: Base, dtype: torch.dtype) -> TwoEncoders:
        """See `protocol.Family`."""
        return TwoEncoders(
            hollow_encoder(base, "text_encoder", CLIPTextModel, dtype),
            hollow_encoder(base, "text_encoder_2", CLIPTextModelWithProjection, dtype),
        )
