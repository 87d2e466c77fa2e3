"""How the learning rate moves over a run. The same functions drive the trainer and draw the curve."""

from math import cos, pi
from typing import Annotated, Literal

from pydantic import Field

from loraferry_core.config.param import Config, Param


def _warmup(step: int, total: int, share: float) -> float:
    """Linear rise from 1/n to 1 over the first n = share × total steps."""
    steps = round(share * total)
    return min(1.0, (step + 1) / steps) if steps else 1.0


class Constant(Config):
    """The same rate from start to end."""

    kind: Literal["constant"] = "constant"
    warmup: float = Param(
        0.0, "Warmup", "Share of the steps in which the rate rises from zero.", ge=0, le=1, advanced=True
    )

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        return _warmup(step, total, self.warmup)


class Cosine(Config):
    """Falls along half a cosine wave (Loshchilov and Hutter 2017, arXiv 1608.03983)."""

    kind: Literal["cosine"] = "cosine"
    warmup: float = Param(
        0.1, "Warmup", "Share of the steps in which the rate rises from zero.", ge=0, le=1, advanced=True
    )
    floor: float = Param(
        0.0, "Floor", "Where the rate ends, as a share of the learning rate.", ge=0, le=1, advanced=True
    )

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        start = round(self.warmup * total)
        if step < start:
            return _warmup(step, total, self.warmup)
        progress = min(1.0, (step - start) / max(1, total - start))
        return self.floor + (1 - self.floor) * (1 + cos(pi * progress)) / 2


Schedule = Annotated[Constant | Cosine, Field(discriminator="kind")]
