"""How the learning rate moves over a run. The same functions drive the trainer and draw the curve.

The whole length of the run decides the shape: one that is made longer on its way takes the curve of the new length from
its next step on.
"""

from collections.abc import Callable
from math import cos, pi
from typing import Annotated, Literal

from pydantic import Field

from loraferry_core.config.param import Config, Param


class Warmup(Config):
    """The rise at the start that all schedules share."""

    warmup: float = Param(
        0.0, "Warmup", "Share of the steps in which the rate rises from zero.", ge=0, le=1, advanced=True
    )
    warmup_steps: int = Param(
        0, "Warmup steps", "The same as a number of steps. 0 goes by the share.", ge=0, le=1_000_000, advanced=True
    )

    def after_warmup(self, step: int, total: int, then: Callable[[float], float]) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps: a linear rise from 1/n to 1 over
        the first n, then what `then` gives for the progress (0 to 1) through the rest."""
        rising = min(total, self.warmup_steps) if self.warmup_steps else round(self.warmup * total)
        if step < rising:
            return (step + 1) / rising
        return then(min(1.0, (step - rising) / max(1, total - rising)))


class Constant(Warmup):
    """The same rate from start to end."""

    kind: Literal["constant"] = "constant"

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        return self.after_warmup(step, total, lambda progress: 1.0)


class Falling(Warmup):
    """What all schedules that fall share."""

    warmup: float = Param(
        0.1, "Warmup", "Share of the steps in which the rate rises from zero.", ge=0, le=1, advanced=True
    )
    floor: float = Param(
        0.0, "Floor", "Where the rate ends, as a share of the learning rate.", ge=0, le=1, advanced=True
    )

    def fall(self, step: int, total: int, curve: Callable[[float], float]) -> float:
        """As `after_warmup`; `curve` goes from 1 to 0, and the rate from the full one to the floor."""
        return self.after_warmup(step, total, lambda progress: self.floor + (1 - self.floor) * curve(progress))


class Linear(Falling):
    """Falls along a straight line."""

    kind: Literal["linear"] = "linear"

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        return self.fall(step, total, lambda progress: 1 - progress)


class Cosine(Falling):
    """Falls along half a cosine wave (Loshchilov and Hutter 2017, arXiv 1608.03983)."""

    kind: Literal["cosine"] = "cosine"

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        return self.fall(step, total, _half_wave)


class CosineRestarts(Falling):
    """Several cosine waves, each of which starts anew at the full rate (SGDR, arXiv 1608.03983)."""

    kind: Literal["cosine_restarts"] = "cosine_restarts"
    cycles: int = Param(3, "Cycles", "How often the rate falls and starts anew.", ge=1, le=100)

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        return self.fall(step, total, lambda progress: _half_wave(self.cycles * progress % 1) if progress < 1 else 0.0)


class Polynomial(Falling):
    """Falls along a power of the way that is left."""

    kind: Literal["polynomial"] = "polynomial"
    power: float = Param(
        2.0, "Power", "How early the rate falls. 1 is a line, larger falls early.", gt=0, le=10, advanced=True
    )

    def factor(self, step: int, total: int) -> float:
        """Multiplier of the learning rate at `step` (0 is the first) of `total` steps."""
        return self.fall(step, total, lambda progress: float((1 - progress) ** self.power))


def _half_wave(progress: float) -> float:
    return (1 + cos(pi * progress)) / 2


Schedule = Annotated[Constant | Linear | Cosine | CosineRestarts | Polynomial, Field(discriminator="kind")]
