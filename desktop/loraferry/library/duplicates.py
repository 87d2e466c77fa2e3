"""Groups of pictures that show nearly the same, by their perceptual hashes, and which of each group is best."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal

from loraferry.library.items import Item
from loraferry.library.near_hashes import near_pairs

if TYPE_CHECKING:
    from loraferry.library.near_hashes import Hashes, Places

NEAR = 6
"""Differing bits of 64 up to which pictures count as the same at first."""
FARTHEST = 12
"""Beyond that pictures that only have the same layout are taken for the same."""
_CHUNK = 1 << 20

Likeness = Literal["same", "alike", "mirrored"]
"""To the best of its group: the very same bytes; looks alike; looks alike with left and right exchanged."""
Reason = Literal["kept", "stars", "pixels", "sharpness", "border", "exposure", "noise", "caption", "bytes", "first"]


@dataclass(frozen=True, slots=True)
class Twin:
    """A picture of a group beside the best one."""

    name: str
    likeness: Likeness = "alike"


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that look alike, and what makes one of them the best: the most telling first."""

    best: str
    reasons: tuple[Reason, ...]
    twins: tuple[Twin, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the best first."""
        return (self.best, *(twin.name for twin in self.twins))


@dataclass(frozen=True, slots=True)
class Groups:
    """What was found, in the order of the pictures. `near`: in how many bits they differ at most; fewer than was asked
    for where too many pictures were alike."""

    groups: tuple[Group, ...] = ()
    near: int = NEAR


def find_groups(
    items: Sequence[Item], near: int = NEAR, *, mirrored: bool = False, check: Callable[[], None] = lambda: None
) -> Groups:
    """Groups of two and more among the pictures that were measured and not rejected; each picture is in one at most.

    `mirrored`: also pictures that look alike with left and right exchanged. Reads files whose sizes are equal. `check`
    is called now and then and may raise to cancel.
    """
    import numpy as np

    known = [item for item in items if item.quality is not None and not item.rejected and not item.image_problem]
    own = np.array([item.quality.hash for item in known if item.quality is not None], dtype=np.uint64)
    other = np.array([item.quality.mirrored_hash for item in known if item.quality is not None], dtype=np.uint64)
    hashes = np.concatenate([own, other]) if mirrored else own
    found = near_pairs(hashes, near, check)
    while found is None and near:
        near //= 2
        found = near_pairs(hashes, near, check)
    clusters = _equal(own) if found is None else _stars(*_folded(found, len(own)), len(own))
    groups = []
    for places in clusters:
        check()
        groups.append(_group([known[place] for place in places], near))
    return Groups(tuple(groups), near)


def _folded(pairs: tuple[Places, Places, Places], count: int) -> tuple[Places, Places]:
    """Pairs of pictures: the mirrored hash of picture p has the place p + count."""
    import numpy as np

    first, second = pairs[0] % count, pairs[1] % count
    both = np.unique(np.stack([np.minimum(first, second), np.maximum(first, second)])[:, first != second], axis=1)
    return both[0], both[1]


def _equal(hashes: Hashes) -> list[list[int]]:
    """Places of equal hashes together."""
    import numpy as np

    _, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    clusters = np.split(order, np.cumsum(counts)[:-1])
    return sorted(cluster.tolist() for cluster in clusters if len(cluster) > 1)


def _stars(first: Places, second: Places, count: int) -> list[list[int]]:
    """Clusters in which all are near to one of them: chains of small differences, as in a film, do not grow on."""
    import numpy as np

    ends, others = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((others, ends))
    others = others[order]
    degrees = np.bincount(ends, minlength=count)
    starts = np.cumsum(degrees) - degrees
    free = np.ones(count, dtype=bool)
    clusters = []
    for centre in np.argsort(-degrees, kind="stable")[: np.count_nonzero(degrees)].tolist():
        if not free[centre]:
            continue
        around = others[starts[centre] : starts[centre] + degrees[centre]]
        around = around[free[around]]
        if len(around):
            free[around] = free[centre] = False
            clusters.append(sorted([centre, *around.tolist()]))
    return sorted(clusters)


# --- the best of a group


def _group(members: list[Item], near: int) -> Group:
    best, reasons = best_of(members)
    twins = [Twin(item.name, _likeness(best, item, near)) for item in members if item is not best]
    return Group(best.name, reasons, tuple(twins))


def best_of(members: Sequence[Item]) -> tuple[Item, tuple[Reason, ...]]:
    """The picture to keep, and what spoke for it. One question after the other leaves those out that are clearly worse;
    a person's own verdict comes first, then how much can be seen."""
    left, reasons = list(members), list[Reason]()
    for reason, merit, slack in _QUESTIONS:
        most = max(map(merit, left))
        better = [item for item in left if merit(item) >= most - slack * abs(most)]
        if len(better) < len(left):
            worse = [item for item in left if item not in better]
            reasons.append(_named(reason, better, worse))
            left = better
    # Of equals the shortest name: others are copies of it, as a rule.
    return min(left, key=lambda item: len(item.name)), tuple(reasons) or ("first",)


def _named(reason: Reason, better: list[Item], worse: list[Item]) -> Reason:
    """Detail is lost by few pixels or by blur: what tells the better ones from the others."""
    if reason == "sharpness" and min(map(_pixels, better)) > 1.05 * max(map(_pixels, worse)):
        return "pixels"
    return reason


def _pixels(item: Item) -> int:
    return item.width * item.height


def _detail(item: Item) -> float:
    """The side of the square of sharp pixels that would show as much."""
    return sqrt(_pixels(item)) * (1 - min(0.95, item.quality.blur if item.quality is not None else 0.0))


def _less(measure: str, step: float) -> Callable[[Item], float]:
    """A merit that is higher the less there is of a measure, in steps: smaller differences say nothing."""
    return lambda item: -round(getattr(item.quality, measure) / step)


_QUESTIONS: tuple[tuple[Reason, Callable[[Item], float], float], ...] = (
    ("kept", lambda item: item.verdict == "keep", 0.0),
    ("stars", lambda item: item.stars, 0.0),
    ("sharpness", _detail, 0.07),
    ("border", _less("border", 0.04), 0.0),
    ("exposure", lambda item: _less("dark", 0.05)(item) + _less("bright", 0.05)(item), 0.0),
    ("noise", _less("noise", 0.1), 0.0),
    ("caption", lambda item: bool(item.caption and item.caption.strip()), 0.0),
    ("bytes", lambda item: item.size, 0.05),
)
"""(reason, merit, the share of the highest merit by which others may fall short)."""


def _likeness(best: Item, item: Item, near: int) -> Likeness:
    if best.size == item.size and best.size > 0 and _same_content(best, item):
        return "same"
    if best.quality is None or item.quality is None:
        return "alike"
    own = (best.quality.hash ^ item.quality.hash).bit_count()
    mirrored = (best.quality.hash ^ item.quality.mirrored_hash).bit_count()
    return "mirrored" if mirrored <= near and mirrored < own else "alike"


def _same_content(one: Item, other: Item) -> bool:
    try:
        return _digest(one) == _digest(other)
    except OSError:
        # A file that cannot be read is the same as none.
        return False


def _digest(item: Item) -> bytes:
    digest = hashlib.sha256()
    with item.file.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.digest()
