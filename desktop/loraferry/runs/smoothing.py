"""The smoothed loss curve: an exponential average without lag, and without dependence on skipped points."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_LONGEST = 8192
_TENS = 250
"""Values are averaged so many at a time that their weights stay within what a double holds, ten to this power."""


def smoothed(values: Floats, smoothing: float) -> Floats:
    """Forwards and backwards averaged exponentially, so that it follows without lag; `smoothing` from 0 to below 1.

    Each direction is divided by the weight that it has gathered (Adam's bias correction, arXiv 1412.6980), and the two
    are mixed by these weights: at the ends the one that has seen more counts more. Constant series stay constant. NaN
    stands for no value, and stays where nothing was before.
    """
    seen = np.isfinite(values)
    known = values[seen]
    if smoothing <= 0 or not len(known):
        return values.copy()
    forth, forth_weight = _averaged(known, smoothing)
    back, back_weight = (part[::-1] for part in _averaged(known[::-1], smoothing))
    # What is averaged both ways is counted once; the sums are over all values with weights that fall to both sides.
    total = forth + back - (1 - smoothing) * known
    weight = forth_weight + back_weight - (1 - smoothing)
    result = np.full(len(values), np.nan)
    result[seen] = total / weight
    if not seen.all():
        result = _filled(result, seen)
    return result


def _averaged(values: Floats, smoothing: float) -> tuple[Floats, Floats]:
    """Σ (1 − s) sⁱ⁻ʲ vⱼ over j ≤ i for each i, and the sum of its weights, part by part."""
    length = len(values)
    size = int(min(_LONGEST, max(1, _TENS / -np.log10(smoothing))))
    powers = smoothing ** np.arange(1, size + 1)
    sums: Floats = np.empty(length)
    carried = 0.0
    for start in range(0, length, size):
        part = values[start : start + size]
        scale = powers[: len(part)]
        sums[start : start + size] = scale * (carried + np.cumsum(part * ((1 - smoothing) / scale)))
        carried = float(sums[min(start + size, length) - 1])
    weights: Floats = 1 - smoothing ** np.arange(1.0, length + 1)
    return sums, weights


def _filled(result: Floats, seen: npt.NDArray[np.bool_]) -> Floats:
    """The last value in the place of each one that is missing."""
    last = np.maximum.accumulate(np.where(seen, np.arange(len(result)), -1))
    return np.where(last >= 0, result[np.maximum(last, 0)], np.nan)
