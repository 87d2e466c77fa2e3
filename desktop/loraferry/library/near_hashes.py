"""Which of many 64-bit hashes differ in few bits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Places = NDArray[np.int64]

BITS = 64
MOST_PAIRS = 4_000_000
"""More than that are not looked at: 64 MB of pairs."""
_AT_ONCE = 1 << 20
"""Pairs that are compared in one go: some 8 MB."""
_FEW = 2_000
"""Up to so many each is simply compared with each."""


def near_pairs(
    hashes: Hashes, distance: int, check: Callable[[], None] = lambda: None
) -> tuple[Places, Places, Places] | None:
    """All pairs of places whose hashes differ in at most `distance` bits, and in how many: (first, second, bits), first
    below second. None where there are more than MOST_PAIRS.

    Equal hashes are taken together first. Two hashes that differ in d bits are the same in at least one of d + 1
    stretches of bits (the pigeonhole principle), so only those are compared that share one; `check` is called now and
    then and may raise to cancel.
    """
    import numpy as np

    values, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    if int((counts.astype(np.float64) * (counts - 1)).sum()) / 2 > MOST_PAIRS:
        return None
    found = _pairs_of_different(values, distance, check)
    if found is None:
        return None
    order = np.argsort(inverse, kind="stable")
    starts = np.cumsum(counts) - counts
    return _spread(found, order, starts, counts)


def _pairs_of_different(values: Hashes, distance: int, check: Callable[[], None]) -> list[Places] | None:
    """Arrays of three rows (first, second, bits) of pairs among hashes that all differ."""
    import numpy as np

    found: list[Places] = []
    if len(values) < 2:
        return found
    total = 0
    bands = [(0, 0)] if len(values) <= _FEW else _bands(distance)
    for index, (shift, width) in enumerate(bands):
        mask = np.uint64((1 << width) - 1)
        keys = (values >> np.uint64(shift)) & mask
        order = np.argsort(keys, kind="stable")
        edges = np.append(np.flatnonzero(np.diff(keys[order], prepend=keys[order][:1] + np.uint64(1))), len(order))
        for start, end in pairwise(edges.tolist()):
            if end - start < 2:
                continue
            for pairs in _compared(values, order[start:end], distance, bands[:index], check):
                found.append(pairs)
                total += pairs.shape[1]
                if total > MOST_PAIRS:
                    return None
    return found


def _bands(distance: int) -> list[tuple[int, int]]:
    """(shift, width) of distance + 1 stretches that cover all bits."""
    edges = [round(BITS * index / (distance + 1)) for index in range(distance + 2)]
    return [(low, high - low) for low, high in pairwise(edges)]


def _compared(
    values: Hashes, places: Places, distance: int, before: list[tuple[int, int]], check: Callable[[], None]
) -> list[Places]:
    """The near pairs among `places`, but for those that share one of the stretches `before`: they were found there."""
    import numpy as np

    found = []
    bucket = values[places]
    step = max(1, _AT_ONCE // len(places))
    for start in range(0, len(places), step):
        check()
        # Each pair once: with what comes behind alone.
        differing = bucket[start : start + step, None] ^ bucket[None, start:]
        bits = np.bitwise_count(differing)
        rows, columns = np.nonzero(bits <= distance)
        later = columns > rows
        rows, columns = rows[later], columns[later]
        left = differing[rows, columns]
        new = np.ones(len(rows), dtype=bool)
        for shift, width in before:
            new &= (left >> np.uint64(shift)) & np.uint64((1 << width) - 1) != 0
        rows, columns = rows[new], columns[new]
        if len(rows):
            found.append(
                np.stack([places[start + rows], places[start + columns], bits[rows, columns].astype(np.int64)])
            )
    return found


def _spread(found: list[Places], order: Places, starts: Places, counts: Places) -> tuple[Places, Places, Places] | None:
    """Pairs of different hashes as pairs of places, with those of equal hashes; `order` has the places by hash."""
    import numpy as np

    same = np.flatnonzero(counts > 1)
    pairs = [np.stack([same, same, np.zeros_like(same)]), *found]
    first, second, bits = np.concatenate(pairs, axis=1)
    sizes = counts[first] * counts[second]
    if int(sizes.sum()) > 2 * MOST_PAIRS:
        return None
    which = np.repeat(np.arange(len(first)), sizes)
    number = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    left = order[starts[first[which]] + number // counts[second[which]]]
    right = order[starts[second[which]] + number % counts[second[which]]]
    # Of equal hashes each pair came up twice, and each place with itself.
    once = (first[which] != second[which]) | (left < right)
    left, right = left[once], right[once]
    return np.minimum(left, right), np.maximum(left, right), bits[which][once]
