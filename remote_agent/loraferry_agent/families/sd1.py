"""Stable Diffusion 1.x: conditioned on the last states of one CLIP text encoder."""

from pathlib import Path
from typing import Any

import torch
from transformers import CLIPTextModel

from loraferry_agent.families import sd1_file
from loraferry_agent.families.clip import TextEncoder, hollow_encoder, load_encoder
from loraferry_agent.families.latent_diffusion import STATES, LatentDiffusion
from loraferry_agent.families.protocol import Base, Conditioning
from loraferry_core.families.sd1 import SD1
from loraferry_core.models import FetchOrder


class OneEncoder:
    """See `protocol.TextCoder`."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder

    def encode(self, text: str, chunks: int) -> Conditioning:
        """The last states (tokens × width)."""
        return {STATES: self._encoder.last(text, chunks)}


class Sd1(LatentDiffusion):
    """Stable Diffusion 1.x; implements `protocol.Family`."""

    spec = SD1
    lacking: FetchOrder | None = sd1_file.MERGES

    def unpack(self, file: Path, lacking: Path, folder: Path) -> None:
        """The original release's names become those of diffusers."""
        sd1_file.unpack(file, lacking, folder)

    def fits(self, unet: dict[str, Any], text: dict[str, Any]) -> bool:
        """Told from its relatives by 1×1 convolutions around the transformers."""
        return (
            unet.get("cross_attention_dim") == text.get("hidden_size")
            and not unet.get("addition_embed_type")
            and not unet.get("use_linear_projection", False)
            and isinstance(unet.get("transformer_layers_per_block", 1), int)
        )

    def load_text(self, base: Base, device: torch.device, dtype: torch.dtype) -> OneEncoder:
        """Tokenizer and CLIP text encoder."""
        return OneEncoder(load_encoder(base, "tokenizer", "text_encoder", CLIPTextModel, device, dtype))

    def hollow_text(self, base: Base, dtype: torch.dtype) -> OneEncoder:
        """See `protocol.Family`."""
        return OneEncoder(hollow_encoder(base, "text_encoder", CLIPTextModel, dtype))
