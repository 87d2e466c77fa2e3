"""Edits of the library as values: which fields of which pictures get which values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from loraferry.library.fields import PictureField, Project, ProjectField, Verdict
from loraferry.library.items import Item

Label = Literal[
    "caption", "captions", "machine", "replace", "verdict", "stars", "concept", "concepts",
    "turn", "crop", "mask", "project", "filters", "outside",
]  # fmt: skip
"""What an edit is called in the history; `texts.history` has the words."""


@dataclass(frozen=True)
class Edit:
    """New values: `pictures` by field and picture's name, `project` by field."""

    label: Label
    pictures: Mapping[PictureField, Mapping[str, Any]] = field(default_factory=dict)
    project: Mapping[ProjectField, Any] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """The pictures it touches."""
        return frozenset(name for values in self.pictures.values() for name in values)

    def __bool__(self) -> bool:
        return bool(self.project) or any(self.pictures.values())


Lookup = Callable[[str], Item | None]


def captioned(captions: Mapping[str, str], label: Label = "captions") -> Edit:
    """New captions by the picture's name."""
    return Edit(label, {"caption": captions})


def judged(names: Iterable[str], verdict: Verdict) -> Edit:
    """The same verdict for many pictures."""
    return Edit("verdict", {"verdict": dict.fromkeys(names, verdict)})


def starred(names: Iterable[str], stars: int) -> Edit:
    """The same number of stars for many pictures."""
    return Edit("stars", {"stars": dict.fromkeys(names, stars)})


def grouped(names: Iterable[str], concept: str) -> Edit:
    """Many pictures into one concept, by its id; empty: into none."""
    return Edit("concept", {"concept": dict.fromkeys(names, concept)})


def needed(edit: Edit, item: Lookup, project: Project) -> Edit:
    """The part of an edit that would change something; names that are not there are left out."""
    pictures = {}
    for name_of_field, values in edit.pictures.items():
        changing = {}
        for name, value in values.items():
            found = item(name)
            if found is not None and getattr(found, name_of_field) != value:
                changing[name] = value
        if changing:
            pictures[name_of_field] = changing
    own = {key: value for key, value in edit.project.items() if getattr(project, key) != value}
    return Edit(edit.label, pictures, own)


def inverse(edit: Edit, item: Lookup, project: Project) -> Edit:
    """The edit that brings back what is there now."""
    pictures = {
        name_of_field: {name: _value(found, name_of_field) for name in values if (found := item(name)) is not None}
        for name_of_field, values in edit.pictures.items()
    }
    return Edit(edit.label, pictures, {key: getattr(project, key) for key in edit.project})


def _value(item: Item, name_of_field: PictureField) -> Any:
    value = getattr(item, name_of_field)
    # A caption that has not been read yet is None.
    return "" if value is None else value
