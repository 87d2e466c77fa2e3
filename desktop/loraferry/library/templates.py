"""Templates of captions, such as `{trigger}, {tags}`: what each field stands for in a picture, and how it is filled in."""

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.kohya_folders import kohya_folder
from loraferry.library.query import plain_tag
from loraferry.library.tagging import Tags
from loraferry_core.dataset.caption import has_trigger, joined, normalised, style_of

Field = Literal["trigger", "class", "tags", "folder", "name", "concept"]
"""`tags` is the caption as it is now, prose too."""
FIELDS: tuple[Field, ...] = get_args(Field)

# Braces with a bar between are a wildcard of the training, and stay.
_FIELD = re.compile(r"\{([^{}|]*)\}")
_CAPTION = re.compile(r"\{\s*tags\s*\}", re.IGNORECASE)
_COMMA = re.compile(r"[^\S\n]*[,，、][^\S\n]*")


@dataclass(frozen=True, slots=True)
class UnknownField:
    """What a template names and nobody knows: `text[start:stop]`."""

    word: str
    start: int
    stop: int


def unknown_fields(template: str) -> list[UnknownField]:
    """What is wrong with a template."""
    return [
        UnknownField(match[1], match.start(), match.end())
        for match in _FIELD.finditer(template)
        if match[1].strip().lower() not in FIELDS
    ]


def fields_of(template: str) -> frozenset[Field]:
    """The fields that a template names."""
    words = (match[1].strip().lower() for match in _FIELD.finditer(template))
    return frozenset(cast("Field", word) for word in words if word in FIELDS)


def values_of(item: Item, project: Project) -> dict[Field, str]:
    """What each field stands for in one picture."""
    folder, _, file = item.name.rpartition("/")
    kohya = kohya_folder(folder) if folder else None
    concept = project.concept(item.concept)
    return {
        "trigger": project.trigger,
        "class": project.class_word,
        "tags": item.caption or "",
        "folder": kohya.words if kohya is not None and kohya.words else folder.rpartition("/")[2],
        "name": file.rpartition(".")[0] or file,
        "concept": "" if concept is None else concept.title,
    }


def filled(template: str, item: Item, project: Project) -> str:
    """The caption that a template makes for a picture.

    What lies between two commas goes where all its fields are empty, and so does what the caption has already: a
    template can be applied twice. Unknown fields stay as they are.
    """
    values = values_of(item, project)
    pieces = [[_Piece.of(piece, values) for piece in _COMMA.split(line)] for line in template.split("\n")]
    caption = values["tags"]
    if style_of(caption) == "prose":
        gone = {
            piece.text for line in pieces for piece in line if not piece.caption and has_trigger(caption, piece.text)
        }
    else:
        gone = set()
        caption = _without(caption, {plain_tag(piece.text) for line in pieces for piece in line if not piece.caption})
    lines = []
    for line in pieces:
        texts = [
            _CAPTION.sub(lambda _: caption, piece.text) for piece in line if piece.shown and piece.text not in gone
        ]
        lines.append(normalised(joined([text for text in texts if text.strip()])))
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What lies between two commas of a template, filled in but for the caption of now."""

    text: str
    caption: bool
    """Whether the caption belongs into it."""
    shown: bool
    """Whether any of its fields says anything, or it has none."""

    @classmethod
    def of(cls, piece: str, values: dict[Field, str]) -> "_Piece":
        fields = fields_of(piece)
        text = _FIELD.sub(lambda match: _value(match, values), piece).strip()
        return cls(text, "tags" in fields, not fields or any(values[field] for field in fields))


def _value(match: "re.Match[str]", values: dict[Field, str]) -> str:
    word = match[1].strip().lower()
    return match[0] if word not in FIELDS or word == "tags" else values[cast("Field", word)]


def _without(caption: str, gone: set[str]) -> str:
    tags = Tags.of(caption)
    for place in reversed([place for place, part in enumerate(tags.parts) if plain_tag(part) in gone]):
        tags.delete(place)
    return tags.text
