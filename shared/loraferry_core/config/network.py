"""What is trained: the kind and the shape of the adapters."""

from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from loraferry_core.config.param import Config, Param

TargetGroup = Literal["attention", "feed_forward", "projection", "convolution"]
_ALPHA = r"0*[1-9][0-9]{0,4}(\.[0-9]+)?|0*\.[0-9]*[1-9][0-9]*"
LayerRule = Annotated[str, StringConstraints(pattern=rf"^[\w.*?\[\]-]+=[0-9]{{1,4}}(:({_ALPHA}))?$")]
"""`pattern=rank` or `pattern=rank:alpha`; an alpha of 0 would let nothing be learned."""


class Adapters(Config):
    """What all kinds of adapters have in common."""

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
        "Which layers of the denoiser get an adapter. Attention alone is smaller and gentler; convolutions add texture.",
        min_length=1,
        advanced=True,
    )
    conv_rank: int = Param(
        4,
        "Convolution rank",
        "Rank of the adapters beside convolutions, if they are trained.",
        ge=1,
        le=256,
        advanced=True,
    )
    conv_alpha: float = Param(
        2.0, "Convolution alpha", "Alpha of the adapters beside convolutions.", gt=0, le=4096, advanced=True
    )
    rules: tuple[LayerRule, ...] = Param(
        (),
        "Layer rules",
        "Lines such as “down_blocks.0.*=8” or “*.attn2.*=32:16” give single layers another rank, and alpha. "
        "A rank of 0 leaves them out. The last line that fits counts.",
        max_length=100,
        advanced=True,
    )

    parent: str = Param(
        "",
        "Continue from",
        "An existing LoRA that the run begins with: a file on the training machine. "
        "It must be of the same family, kind and rank.",
        max_length=1000,
        advanced=True,
    )
    parent_tree: str = Param(
        "",
        "Ferried LoRA",
        "Hash of the list of files of the LoRA that were sent from this computer.",
        hidden=True,
        pattern=r"^([0-9a-f]{64})?$",
    )

    def strength(self, module: str, *, convolution: bool) -> tuple[int, float]:
        """Rank and alpha of the adapter beside `module` (a canonical path); rank 0 for none.

        `convolution`: its kernel is larger than one pixel. A rule without alpha keeps the ratio of alpha to rank.
        """
        rank, alpha = (self.conv_rank, self.conv_alpha) if convolution else (self.rank, self.alpha)
        for rule in self.rules:
            pattern, _, numbers = rule.rpartition("=")
            if fnmatchcase(module, pattern):
                new, _, own = numbers.partition(":")
                alpha = float(own) if own else alpha / rank * int(new) if rank else alpha
                rank = int(new)
        return rank, alpha


class LoraNetwork(Adapters):
    """LoRA: two thin matrices beside a layer (Hu et al. 2021, arXiv 2106.09685)."""

    kind: Literal["lora"] = "lora"
    dora: bool = Param(
        False,
        "DoRA",
        "Learns the size of each output apart from its direction. Often better at low rank, and slower.",
        advanced=True,
    )


class LohaNetwork(Adapters):
    """LoHa: the product, number by number, of two LoRAs; more rank for its size (Hyeon-Woo et al. 2022, arXiv 2108.06098)."""

    kind: Literal["loha"] = "loha"


class LokrNetwork(Adapters):
    """LoKr: a Kronecker product of a small and a thin matrix; very small files (Yeh et al. 2024, arXiv 2309.14859)."""

    kind: Literal["lokr"] = "lokr"
    factor: int = Param(
        -1,
        "Factor",
        "Size of the small matrix. −1 splits as evenly as it can, small factors remember more.",
        ge=-1,
        le=64,
        advanced=True,
    )


Network = Annotated[LoraNetwork | LohaNetwork | LokrNetwork, Field(discriminator="kind")]
