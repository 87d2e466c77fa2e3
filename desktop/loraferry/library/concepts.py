"""Concepts: groups of pictures that are learned with their own weight, or kept as what is known already."""

from dataclasses import dataclass
from typing import Any

COLOURS = 8
"""How many colours tell concepts apart; the theme names them."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One group. Its pictures name it by `id`; pictures that name none belong to the whole project."""

    id: str
    title: str
    colour: int = 0
    """0 to COLOURS − 1."""
    repeats: int = 1
    """How often each picture is seen in one epoch, 1 to 100."""
    weight: float = 1.0
    """Of its pictures in the loss, 0.05 to 5."""
    regularisation: bool = False
    """Whether its pictures show what must be kept, not what is to be learned."""

    def encoded(self) -> Any:
        """As JSON keeps it."""
        return [self.id, self.title, self.colour, self.repeats, self.weight, self.regularisation]

    @classmethod
    def decoded(cls, value: Any) -> "Concept":
        """The inverse of `encoded`. Raises ValueError or TypeError."""
        key, title, colour, repeats, weight, regularisation = value
        return cls(str(key), str(title), int(colour) % COLOURS, int(repeats), float(weight), bool(regularisation))
