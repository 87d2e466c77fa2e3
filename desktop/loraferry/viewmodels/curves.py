"""Curves made light enough to be drawn many times a second."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Points = tuple[Floats, Floats]
Thin = Callable[[Floats, Floats, int], Points]
Read = Callable[[int, int], Points]
"""The points from one place to before another, as copies."""


def extremes(x: Floats, y: Floats, size: int) -> Points:
    """The smallest and the largest of each `size` points, in their order, so that the same picture is drawn.

    Used for noisy curves, whose spikes must stay. `len(x)` is a multiple of `size`. NaN is left out.
    """
    if size > 2 and len(y):
        low = np.where(np.isfinite(y), y, np.inf).reshape(-1, size).argmin(axis=1)
        high = np.where(np.isfinite(y), y, -np.inf).reshape(-1, size).argmax(axis=1)
        picked = np.sort(np.stack([low, high]), axis=0) + np.arange(len(low)) * size
        index = picked.T.ravel()
        x, y = x[index], y[index]
    seen = np.isfinite(y)
    return x[seen], y[seen]


def means(x: Floats, y: Floats, size: int) -> Points:
    """The mean of each `size` points, for a smooth curve. `len(x)` is a multiple of `size`. NaN is left out."""
    if size > 1 and len(y):
        seen = np.isfinite(y).reshape(-1, size)
        count = seen.sum(axis=1)
        some = count > 0
        total = np.where(seen, y.reshape(-1, size), 0.0).sum(axis=1)
        x, y = x.reshape(-1, size).mean(axis=1)[some], total[some] / count[some]
    kept = np.isfinite(y)
    return x[kept], y[kept]


def bucket_size(length: int, most: int) -> int:
    """Points that are drawn as one where `most` are wanted at most: a power of two, so that it seldom changes."""
    size = 1
    while length > size * most:
        size *= 2
    return size


def thinned(x: Floats, y: Floats, size: int, thin: Thin) -> Points:
    """All of a curve by buckets of `size`; what fills none is one of its own, and the very last point is kept."""
    whole = len(x) // size * size
    parts = [thin(x[:whole], y[:whole], size)]
    if whole < len(x):
        parts += [thin(x[whole:], y[whole:], len(x) - whole), (x[-1:], y[-1:])]
    elif size > 1:
        parts.append((x[-1:], y[-1:]))
    xs, ys = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    seen = np.isfinite(ys)
    return xs[seen], ys[seen]


class GrowingCurve:
    """A curve that gets longer: buckets that will not change any more are kept, so that only its end costs time."""

    def __init__(self, thin: Thin, most: int) -> None:
        self._thin = thin
        self._most = max(1, most)
        self._start_over(1)

    def _start_over(self, size: int) -> None:
        self._size = size
        self._done = 0
        self._kept: Points = (np.array([]), np.array([]))

    def points(self, length: int, settled: int, read: Read) -> Points:
        """The curve as it is now: of its `length` points the first `settled` will not change. Points drawn are two a
        bucket at most for `extremes`, one for `means`, and a few at the end."""
        size = bucket_size(length, self._most)
        if size != self._size or length < self._done:
            self._start_over(size)
        whole = settled // size * size
        if whole > self._done:
            more = self._thin(*read(self._done, whole), size)
            self._kept = (np.concatenate([self._kept[0], more[0]]), np.concatenate([self._kept[1], more[1]]))
            self._done = whole
        if self._done == length:
            return self._kept
        x, y = thinned(*read(self._done, length), size, self._thin)
        return np.concatenate([self._kept[0], x]), np.concatenate([self._kept[1], y])
