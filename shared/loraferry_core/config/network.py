"""What is trained: the shape of the LoRA."""

from typing import Literal

from loraferry_core.config.param import Config, Param

TargetGroup = Literal["attention", "feed_forward", "projection"]


class LoraNetwork(Config):
    """Low-rank adapters beside the base model's linear layers (Hu et al. 2021, arXiv 2106.09685)."""

    kind: Literal["lora"] = "lora"
    rank: int = Param(
        16,
        "Rank",
        "How much the LoRA can remember. 8 to 32 suits a character or an object, 32 to 64 a style.",
        ge=1,
        le=1024,
    )
    alpha: float = Param(
        8.0,
        "Alpha",
        "Strength of the LoRA while it learns: it acts with alpha divided by rank. About half of the rank is usual.",
        gt=0,
        le=4096,
    )
    targets: tuple[TargetGroup, ...] = Param(
        ("attention", "feed_forward"),
        "Trained parts",
        "Which layers of the denoiser get an adapter. Attention alone is smaller and gentler.",
        min_length=1,
        advanced=True,
    )
