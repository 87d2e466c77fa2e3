"""What a person can set: for each picture, and for the project as a whole. One place for each field's kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from loraferry.library.concepts import Concept
from loraferry.library.shapes import UNTURNED, Crop, Turn

Verdict = Literal["", "keep", "reject", "unsure"]
VERDICTS: tuple[Verdict, ...] = ("", "keep", "reject", "unsure")
MAX_STARS = 5

PictureField = Literal["caption", "verdict", "stars", "concept", "turn", "crops", "mask"]
ProjectField = Literal["trigger", "class_word", "concepts", "filters", "sharing", "declined"]
Sharing = Literal["", "together", "own"]
SHARINGS: tuple[Sharing, ...] = ("", "together", "own")


@dataclass(frozen=True)
class Kind:
    """How one field's values are kept: `decode` may raise ValueError or TypeError for what is none."""

    default: Any
    encode: Callable[[Any], Any] = lambda value: value
    decode: Callable[[Any], Any] = lambda value: value


def _chosen(value: Any) -> Any:
    if value not in VERDICTS:
        raise ValueError(value)
    return value


def _sharing(value: Any) -> Any:
    if value not in SHARINGS:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


PICTURE: dict[PictureField, Kind] = {
    "caption": Kind("", decode=_text),
    "verdict": Kind("", decode=_chosen),
    "stars": Kind(0, decode=lambda value: min(max(int(value), 0), MAX_STARS)),
    "concept": Kind("", decode=_text),
    "turn": Kind(UNTURNED, Turn.encoded, Turn.decoded),
    "crops": Kind((), lambda crops: [crop.encoded() for crop in crops], lambda v: tuple(Crop.decoded(c) for c in v)),
    # SHA-256 of a grey PNG among the store's blobs, of the upright picture before `turn`; empty: no mask.
    "mask": Kind("", decode=_text),
}
"""By name of the attribute of an Item."""

PROJECT: dict[ProjectField, Kind] = {
    "trigger": Kind("", decode=_text),
    "class_word": Kind("", decode=_text),
    "concepts": Kind(
        (), lambda many: [one.encoded() for one in many], lambda value: tuple(Concept.decoded(one) for one in value)
    ),
    # Pairs of (title, query).
    "filters": Kind((), lambda v: [list(pair) for pair in v], lambda v: tuple((str(t), str(q)) for t, q in v)),
    "sharing": Kind("", decode=_sharing),
    "declined": Kind((), list, lambda value: tuple(_text(one) for one in value)),
}
"""By name of the attribute of a Project."""


@dataclass(frozen=True, slots=True)
class Project:
    """What holds for all pictures of the folder."""

    trigger: str = ""
    class_word: str = ""
    concepts: tuple[Concept, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    """(title, query) of saved filters."""
    sharing: Sharing = ""
    """Whether pictures that differ only in their ending have one caption or each its own; empty: not asked yet."""
    declined: tuple[str, ...] = ()
    """Ids of concepts that folders' names offered and the person did not want."""

    def concept(self, id: str) -> Concept | None:
        """The concept of that id."""
        return next((concept for concept in self.concepts if concept.id == id), None)
