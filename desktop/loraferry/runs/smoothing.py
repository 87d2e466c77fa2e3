"""The smoothed loss curve: an exponential average without lag at the start and without dependence on skipped points."""

from array import array
from collections.abc import Sequence
from math import isnan


class DebiasedAverage:
    """Exponential moving average divided by the weight it has gathered (Adam's bias correction, arXiv 1412.6980).

    Constant series stay constant from the first point on. NaN repeats the last value and changes nothing.
    """

    def __init__(self, smoothing: float) -> None:
        self._smoothing = smoothing
        self._sum = 0.0
        self._weight = 0.0

    def add(self, value: float) -> float:
        """The average after one more value."""
        if not isnan(value):
            self._sum = self._smoothing * self._sum + (1 - self._smoothing) * value
            self._weight = self._smoothing * self._weight + (1 - self._smoothing)
        return self._sum / self._weight if self._weight else float("nan")


def smoothed(values: Sequence[float], smoothing: float) -> "array[float]":
    """The debiased average of a whole series; `smoothing` from 0 (none) to below 1."""
    average = DebiasedAverage(smoothing)
    return array("d", (average.add(value) for value in values))
