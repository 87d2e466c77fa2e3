"""What a query asks for, as values: the words of the language, and the tree that `query_parser` makes of a text."""

from dataclasses import dataclass
from typing import Literal, get_args

from loraferry_core.dataset.buckets import Size

Place = Literal["any", "caption", "name", "folder", "concept"]
"""Where a text is looked for; `any` is caption or name."""

StateName = Literal[
    "keep", "reject", "unsure", "open", "approved", "new", "broken", "captioned", "uncaptioned", "tags", "prose",
    "cropped", "turned", "flipped", "masked", "portrait", "landscape", "square",
]  # fmt: skip
"""What a picture can be: `is:keep`. `open` has no verdict yet, `approved` would be trained now."""

Measure = Literal[
    "blur", "dark", "bright", "noise", "border", "stars", "size", "width", "height", "pixels", "mp", "ratio", "tokens",
    "tags", "words",
]  # fmt: skip
"""What can be compared with a number. `size` is the shorter side, `ratio` width by height, `tags` their count; pixels
are those of the upright original."""

Operator = Literal["<", "<=", ">", ">=", "="]

TEXT_KEYS: tuple[Place, ...] = ("caption", "name", "folder", "concept")
STATES: tuple[StateName, ...] = get_args(StateName)
MEASURES: tuple[Measure, ...] = get_args(Measure)
KEYS: tuple[str, ...] = ("tag", *TEXT_KEYS, "is", "bucket", *MEASURES)
"""Everything that may stand before an operator."""


@dataclass(frozen=True, slots=True)
class Text:
    """Pictures that have `pattern` (in small letters) at that place. With `*` in it, it stands for the whole name,
    folder or title; without, for any part. An empty concept means: in none."""

    place: Place
    pattern: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Pictures with a tag; `pattern` is as `plain_tag` makes it, and `*` stands for anything. While it is being typed
    (`open`) the beginning of a tag will do, where nothing is called exactly so."""

    pattern: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Pictures that are so."""

    state: StateName


@dataclass(frozen=True, slots=True)
class Compare:
    """Pictures whose measure compares so with `number`. With "=" anything within `slack` of it is equal: what would be
    written with the same digits. Where the measure is not known yet, no comparison is true."""

    measure: Measure
    operator: Operator
    number: float
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Pictures of which at least one crop is trained in the bucket of this (width, height)."""

    size: Size


@dataclass(frozen=True, slots=True)
class Not:
    """All others."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Pictures that all parts ask for."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Pictures that any part asks for."""

    parts: tuple["Node", ...]


Leaf = Text | Tag | State | Compare | Bucket
Node = Leaf | Not | And | Or


def plain_tag(tag: str) -> str:
    """A tag as tags are compared: small letters, spaces for underscores, no backslashes before brackets."""
    plain = tag.lower()
    if "_" in plain:
        plain = plain.replace("_", " ")
    if "\\" in plain:
        plain = plain.replace("\\", "")
    return plain.strip()


def leaves(node: Node) -> list[Leaf]:
    """All leaves of a tree, from left to right."""
    if isinstance(node, And | Or):
        return [leaf for part in node.parts for leaf in leaves(part)]
    return leaves(node.part) if isinstance(node, Not) else [node]


def quoted(text: str) -> str:
    """`text` as the value of a term: in quotes where it would be taken for several words or for something else."""
    odd = not text or any(character.isspace() or character in '"“”()|（）｜' for character in text)
    return f'"{text.replace(chr(34), "")}"' if odd or text[0] in "-－" else text
