"""What is trained besides the denoiser: the text encoders, each at its own rate."""

from typing import Literal

from loraferry_core.config.network import Network
from loraferry_core.config.param import Config, Param
from loraferry_core.lora_file.keys import TEXT_ENCODERS

Encoder = Literal["first", "second"]
ENCODERS: tuple[Encoder, ...] = ("first", "second")
USUAL_SHARE = 0.5
"""Of the denoiser's learning rate: kohya's guide to its `train_network.py` tells 5e-5 beside 1e-4."""


class TextEncoders(Config):
    """Adapters in the text encoders. Their layer rules begin with `text_encoder.` and `text_encoder_2.`."""

    train: tuple[Encoder, ...] = Param(
        (),
        "Trained text encoders",
        "Teaches what reads the captions too. Helps with new words and names, needs more memory and time, and forgets "
        "more easily. Only SDXL has a second one.",
        max_length=2,
        advanced=True,
    )
    lr: float = Param(
        0.0,
        "Learning rate of the first",
        "How large each step of the first text encoder is. 0 takes half of the denoiser's, which is usual.",
        ge=0,
        le=10,
        advanced=True,
    )
    second_lr: float = Param(
        0.0,
        "Learning rate of the second",
        "How large each step of the second text encoder is. 0 takes half of the denoiser's, which is usual.",
        ge=0,
        le=10,
        advanced=True,
    )
    rank: int = Param(
        0,
        "Rank",
        "How much the adapters of the text encoders can remember. 0 takes the rank of the denoiser's.",
        ge=0,
        le=1024,
        advanced=True,
    )
    alpha: float = Param(
        0.0,
        "Alpha",
        "Strength of these adapters while they learn. 0 keeps the denoiser's ratio of alpha to rank.",
        ge=0,
        le=4096,
        advanced=True,
    )

    @property
    def trained(self) -> tuple[str, ...]:
        """What diffusers calls the encoders that are trained, the first one first."""
        return tuple(name for place, name in zip(ENCODERS, TEXT_ENCODERS, strict=True) if place in self.train)

    def rates(self, denoiser: float) -> dict[str, float]:
        """The learning rate of each of them where that of the denoiser is `denoiser`."""
        own = dict(zip(TEXT_ENCODERS, (self.lr, self.second_lr), strict=True))
        return {name: own[name] or USUAL_SHARE * denoiser for name in self.trained}

    def adapters(self, network: Network) -> Network:
        """What stands in the encoders where `network` stands in the denoiser."""
        rank = self.rank or network.rank
        return network.replace(rank=rank, alpha=self.alpha or network.alpha / network.rank * rank)
