"""Stable Diffusion 2.x: OpenCLIP's text encoder, which diffusers ships without its last layer, and linear projections."""

from typing import Any

from loraferry_agent.families import published
from loraferry_agent.families.folder import read_tensor
from loraferry_agent.families.original import open_clip_origins
from loraferry_agent.families.protocol import Base
from loraferry_agent.families.sd1 import Sd1
from loraferry_agent.families.single_file import Encoder, Release
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.families.sd2 import SD2

_TELLING = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"
_VELOCITY_DEVIATION = 0.09
"""Above it a model predicts velocity, as far as is known: ComfyUI goes by the same weights and the same limit."""


class Sd2(Sd1):
    """Stable Diffusion 2.x; implements `protocol.Family`."""

    spec = SD2
    release = Release(published.SD2, {"text_encoder": Encoder("cond_stage_model.model.", open_clip_origins)})

    def fits(self, unet: dict[str, Any], text: dict[str, Any]) -> bool:
        """Told from the first by linear layers around the transformers, and from SDXL by having one text encoder."""
        return (
            unet.get("cross_attention_dim") == text.get("hidden_size")
            and not unet.get("addition_embed_type")
            and bool(unet.get("use_linear_projection", False))
            and isinstance(unet.get("transformer_layers_per_block", 1), int)
        )

    def guess_prediction(self, base: Base) -> PredictionKind | None:
        """The models for 512 and for 768 pixels differ in nothing but their weights."""
        spread = float(read_tensor(base, "unet", _TELLING).float().std(correction=0))
        return "v_prediction" if spread > _VELOCITY_DEVIATION else "epsilon"
