"""Rules by which pictures may be sorted out: a measure, a threshold and a direction each. They only name pictures."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from loraferry.library.items import Item
from loraferry.library.trained_sizes import Training, trained_sizes
from loraferry_core.dataset.buckets import Size, bucket_for, fit, rungs

RuleId = Literal["blur", "small", "noise", "dim", "dark", "bright", "border"]


@dataclass(frozen=True)
class Rule:
    """Pictures at or beyond a threshold are named, from `usual` on until somebody moves it between `low` and `high`."""

    id: RuleId
    usual: float
    low: float
    high: float
    below: bool = False
    """Whether small values are the bad ones."""


RULES: tuple[Rule, ...] = (
    # A Gaussian of 1.3 pixels at quality.MEASURED_EDGE: sharp pictures measure up to 0.1, soft ones up to 0.3.
    Rule("blur", 0.45, 0.1, 1.0),
    # The share of the side that its bucket has; below one it would have to be enlarged.
    Rule("small", 0.75, 0.1, 0.99, below=True),
    # Ten grey levels; a meadow measures 0.3.
    Rule("noise", 0.4, 0.1, 1.0),
    Rule("dim", 0.08, 0.0, 0.5, below=True),
    Rule("dark", 0.3, 0.02, 1.0),
    Rule("bright", 0.2, 0.02, 1.0),
    Rule("border", 0.05, 0.01, 0.5),
)


def value_of(rule: RuleId, item: Item, training: Training) -> float | None:
    """What a rule looks at; None where it is not known (yet)."""
    if rule == "small":
        return min((_reached(size, training) for size in trained_sizes(item)), default=None)
    if item.quality is None:
        return None
    value: float = item.quality.exposure if rule == "dim" else getattr(item.quality, rule)
    return value


@lru_cache(maxsize=1 << 16)
def _reached(size: Size, training: Training) -> float:
    """The share of its full-resolution bucket's sides that a part of a picture has; at most 1."""
    bucket = bucket_for(size, rungs(training.resolution, training.step)[0])
    return min(1.0, 1 / fit(size, bucket).scale)


@dataclass(frozen=True)
class Ranking:
    """The pictures that are not rejected by how bad they are in one measure: the mildest first."""

    rule: Rule
    values: tuple[float, ...] = ()
    """Ascending; negative where small ones are bad."""
    names: tuple[str, ...] = ()

    def count(self, threshold: float) -> int:
        """How many pictures the rule would reject."""
        return len(self.values) - self._from(threshold)

    def named(self, threshold: float, most: int | None = None) -> tuple[str, ...]:
        """Those pictures, the worst first; at most so many."""
        start = self._from(threshold)
        return self.names[: start - 1 if start else None : -1][:most]

    def _from(self, threshold: float) -> int:
        return bisect_left(self.values, -threshold if self.rule.below else threshold)


def rank(
    items: Iterable[Item], training: Training, check: Callable[[], None] = lambda: None
) -> Mapping[RuleId, Ranking]:
    """The rankings of all rules. `check` is called for each rule and may raise to cancel."""
    left = [item for item in items if not item.rejected]
    found: dict[RuleId, Ranking] = {}
    for rule in RULES:
        check()
        sign = -1.0 if rule.below else 1.0
        pairs = [(sign * value, item.name) for item in left if (value := value_of(rule.id, item, training)) is not None]
        pairs.sort()
        found[rule.id] = Ranking(rule, tuple(value for value, _ in pairs), tuple(name for _, name in pairs))
    return found
