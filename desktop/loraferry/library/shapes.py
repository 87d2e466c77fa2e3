"""How a picture is cut and turned, as values; nothing here touches pixels."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Turn:
    """What is done to the upright picture (EXIF applied) before any crop, in this order."""

    quarters: int = 0
    """Quarter turns clockwise, 0 to 3."""
    mirrored: bool = False
    """Left and right exchanged, after the quarter turns."""
    degrees: float = 0.0
    """Straightened clockwise by so much, −45 to 45, and cut to the largest upright box without empty corners."""

    def encoded(self) -> Any:
        """As JSON keeps it."""
        return [self.quarters, self.mirrored, self.degrees]

    @classmethod
    def decoded(cls, value: Any) -> "Turn":
        """The inverse of `encoded`. Raises ValueError or TypeError."""
        quarters, mirrored, degrees = value
        return cls(int(quarters) % 4, bool(mirrored), float(degrees))


UNTURNED = Turn()


@dataclass(frozen=True, slots=True)
class Crop:
    """A box in pixels of the turned picture."""

    left: int
    top: int
    width: int
    height: int

    def encoded(self) -> Any:
        """As JSON keeps it."""
        return [self.left, self.top, self.width, self.height]

    @classmethod
    def decoded(cls, value: Any) -> "Crop":
        """The inverse of `encoded`. Raises ValueError or TypeError."""
        left, top, width, height = (int(part) for part in value)
        return cls(left, top, width, height)
