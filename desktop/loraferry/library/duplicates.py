"""Groups of pictures that show nearly the same, by their perceptual hashes, and which of each group is best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from loraferry.library.items import Item

NEAR = 6
"""Differing bits of 64 up to which pictures count as the same at first."""
FARTHEST = 16
_AT_ONCE = 4_000_000
"""Pairs that are compared in one go: some 32 MB."""
Reason = Literal["pixels", "sharpness", "exposure", "caption", "bytes", "first"]


@dataclass(frozen=True)
class Group:
    """Pictures that look alike, the best first, and what makes it the best."""

    names: tuple[str, ...]
    reason: Reason


def groups_of(items: Sequence[Item], near: int = NEAR, check: Callable[[], None] = lambda: None) -> list[Group]:
    """Groups of two and more among the pictures whose hashes are known and that were not rejected.

    Pictures belong together where a chain of pairs that differ in at most `near` bits leads from one to the other.
    `check` is called now and then and may raise to cancel.
    """
    import numpy as np

    known = [item for item in items if item.quality is not None and not item.rejected]
    hashes = np.array([item.quality.hash for item in known if item.quality is not None], dtype=np.uint64)
    parents = list(range(len(known)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    size = max(1, _AT_ONCE // max(1, len(known)))
    for start in range(0, len(known), size):
        check()
        block = hashes[start : start + size]
        # Each pair once: with what comes behind alone.
        distances = np.bitwise_count(block[:, None] ^ hashes[None, start:])
        for row, column in zip(*np.nonzero(distances <= near), strict=True):
            if column > row:
                parents[root(start + int(row))] = root(start + int(column))
    found: dict[int, list[Item]] = {}
    for place, item in enumerate(known):
        found.setdefault(root(place), []).append(item)
    return [_ranked(group) for group in found.values() if len(group) > 1]


def _ranked(group: list[Item]) -> Group:
    ordered = sorted(group, key=_merit, reverse=True)
    return Group(tuple(item.name for item in ordered), _reason(ordered[0], ordered[1]))


def _merit(item: Item) -> tuple[float, ...]:
    """What makes one of several like pictures the better one, the most telling first; small differences do not count."""
    quality = item.quality
    assert quality is not None
    sharp_pixels = min(item.width, item.height) * (1 - quality.blur)
    return (
        round(sharp_pixels / 64),
        round(min(item.width, item.height) / 64),
        -round((quality.dark + quality.bright) * 20),
        bool(item.caption),
        item.size,
    )


def _reason(best: Item, second: Item) -> Reason:
    reasons: tuple[Reason, ...] = ("sharpness", "pixels", "exposure", "caption", "bytes")
    for reason, own, other in zip(reasons, _merit(best), _merit(second), strict=True):
        if own != other:
            if reason == "sharpness" and min(best.width, best.height) > min(second.width, second.height):
                return "pixels"
            return reason
    return "first"
