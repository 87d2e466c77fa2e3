"""Stable Diffusion 2.x: OpenCLIP's text encoder, which diffusers ships without its last layer, and linear projections."""

from typing import Any

from loraferry_agent.families.sd1 import Sd1
from loraferry_core.families.sd2 import SD2


class Sd2(Sd1):
    """Stable Diffusion 2.x; implements `protocol.Family`."""

    spec = SD2
    lacking = None

    def fits(self, unet: dict[str, Any], text: dict[str, Any]) -> bool:
        """Told from the first by linear layers around the transformers, and from SDXL by having one text encoder."""
        return (
            unet.get("cross_attention_dim") == text.get("hidden_size")
            and not unet.get("addition_embed_type")
            and bool(unet.get("use_linear_projection", False))
            and isinstance(unet.get("transformer_layers_per_block", 1), int)
        )
