"""Which settings of a run may change before it goes on from a checkpoint. All others decide what is learned."""

from fnmatch import fnmatchcase

from loraferry_core.config.dotted import differences, read
from loraferry_core.config.train import TrainConfig

FREE: tuple[str, ...] = (
    "loop.unit",
    "loop.steps",
    "loop.epochs",
    "loop.gpus",
    "loop.gradient_checkpointing",
    "sampling.*",
    "validation.every",
    "validation.timesteps",
    "saving.*",
)
"""Names, or patterns of them, of what may change: the length, what is made on the way, and what files look like.

A schedule takes the shape of the new length from the next step on, as if the run had been that long from the start; what
was learned stays.
"""
_DRAWN_WITH: tuple[str, ...] = ("sampling.negative", "sampling.steps", "sampling.guidance")
"""Settings of test pictures by which the base model also draws regularisation pictures."""


def may_change(setting: str, before: TrainConfig, after: TrainConfig) -> bool:
    """Whether a run that was planned as `before` may go on as `after` although this setting differs."""
    if not any(fnmatchcase(setting, pattern) for pattern in FREE):
        return False
    if setting == "validation.every":
        # From or to none at all, other pictures would be trained on.
        return bool(read(before, setting)) == bool(read(after, setting))
    return setting not in _DRAWN_WITH or not before.regularisation.make


def fixed_differences(before: TrainConfig, after: TrainConfig) -> tuple[str, ...]:
    """The settings that differ although they must not; empty where a run may go on."""
    return tuple(name for name in differences(before, after) if not may_change(name, before, after))
