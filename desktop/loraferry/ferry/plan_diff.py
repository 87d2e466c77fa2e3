"""In what two plans differ: the settings a person can choose, in the order in which they are declared."""

from dataclasses import dataclass
from typing import Any, Literal

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import differences

OF_ONE_RUN = frozenset({"base.tree", "dataset.manifest", "network.parent_tree", "dataset.concepts"})
"""Hashes and names of files, which the program sets for each run: they say nothing about a plan."""


Source = Literal["plan", "shipped", "own", "run"]


@dataclass(frozen=True)
class Comparable:
    """A plan that can be compared. `name` is what the person called it, or a goal; `when` a run's time (since 1970)."""

    source: Source
    name: str
    config: TrainConfig
    when: float = 0.0


@dataclass(frozen=True)
class Difference:
    """One setting. None where a plan does not have it, as another optimizer has other ones."""

    path: str
    before: Any
    after: Any


def compare(before: TrainConfig, after: TrainConfig) -> tuple[Difference, ...]:
    """What differs, from one plan to the other."""
    found = differences(before, after)
    return tuple(Difference(path, *pair) for path, pair in found.items() if path not in OF_ONE_RUN)
