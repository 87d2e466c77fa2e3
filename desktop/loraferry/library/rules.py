"""Rules by which pictures may be sorted out: a measure and a threshold each. Nothing happens by them alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from loraferry.library.items import Item
from loraferry.library.trained_sizes import Training, is_small, trained_sizes

RuleId = Literal["blur", "noise", "dark", "bright", "border", "small"]


@dataclass(frozen=True)
class Rule:
    """Pictures with more of a measure than `usual` are named, until somebody moves the threshold."""

    id: RuleId
    usual: float
    most: float = 1.0
    """Where the threshold ends."""


RULES: tuple[Rule, ...] = (
    Rule("blur", 0.6),
    Rule("noise", 0.5),
    Rule("dark", 0.3),
    Rule("bright", 0.2),
    Rule("border", 0.05, 0.5),
    Rule("small", 0.0),
)
"""`small` has no threshold: pictures are trained at their full size, or they are not."""


def named_by(rule: RuleId, threshold: float, items: Iterable[Item], training: Training) -> list[str]:
    """The pictures that a rule would reject: not rejected yet, and measured."""
    if rule == "small":
        return [
            item.name
            for item in items
            if not item.rejected and any(is_small(size, training) for size in trained_sizes(item))
        ]
    return [
        item.name
        for item in items
        if item.quality is not None and not item.rejected and getattr(item.quality, rule) > threshold
    ]
