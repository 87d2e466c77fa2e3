"""Clocks that know nothing of real time."""


class Ticking:
    """Time passes by `step` seconds with each look at it, and in no other way."""

    def __init__(self, step: float) -> None:
        self.step, self.now = step, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now
