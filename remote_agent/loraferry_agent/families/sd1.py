"""Stable Diffusion 1.x: conditioned on the last states of one CLIP text encoder."""

from typing import Any

from loraferry_agent.families import published
from loraferry_agent.families.latent_diffusion import LatentDiffusion
from loraferry_agent.families.original import clip_origins
from loraferry_agent.families.single_file import Encoder, Release
from loraferry_core.families.sd1 import SD1


class Sd1(LatentDiffusion):
    """Stable Diffusion 1.x; implements `protocol.Family`."""

    spec = SD1
    release = Release(published.SD1, {"text_encoder": Encoder("cond_stage_model.transformer.", clip_origins)})

    def fits(self, unet: dict[str, Any], text: dict[str, Any]) -> bool:
        """Told from its relatives by 1×1 convolutions around the transformers."""
        return (
            unet.get("cross_attention_dim") == text.get("hidden_size")
            and not unet.get("addition_embed_type")
            and not unet.get("use_linear_projection", False)
            and isinstance(unet.get("transformer_layers_per_block", 1), int)
        )
