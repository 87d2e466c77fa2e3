"""Reads the folder names of kohya's trainers, `N_name`: how often the pictures in them are seen, and what they show.

Never required: a folder of any other name is an ordinary one. What is read is offered as concepts.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loraferry.library.concepts import COLOURS, Concept
from loraferry.library.edits import Edit

MAX_REPEATS = 100
"""As many as a Concept has."""

# A leading number and an underscore; kohya takes what stands before the first underscore as the number.
_FOLDER = re.compile(r"^(\d{1,6})_(.*)$", re.ASCII)
# What folders of regularisation pictures are called in kohya's guides and GUI.
_REGULARISATION = re.compile(r"^(reg|regs|regularization|regularisation|class|正则|正则化)([ _-].*)?$", re.IGNORECASE)


@dataclass(frozen=True)
class KohyaFolder:
    """One folder `N_name`."""

    path: str
    """Relative to the project's folder, with forward slashes."""
    repeats: int
    """N, within 1 and MAX_REPEATS."""
    words: str
    """What follows the number: the caption that kohya gives to pictures without one."""
    regularisation: bool
    """Whether it lies in a folder of regularisation pictures."""


@dataclass(frozen=True)
class OfferedConcept:
    """A concept that a folder's name speaks of, and the pictures in it."""

    concept: Concept
    names: tuple[str, ...]


def kohya_folder(path: str) -> KohyaFolder | None:
    """What a folder's path says, or None for a name of another form. `0_name` (never seen) is none either."""
    *parents, last = path.split("/")
    match = _FOLDER.match(last)
    if match is None or int(match[1]) == 0:
        return None
    regularisation = any(_REGULARISATION.match(parent) for parent in parents)
    return KohyaFolder(path, min(int(match[1]), MAX_REPEATS), match[2].strip(), regularisation)


def folder_of_name(name: str) -> KohyaFolder | None:
    """The innermost `N_name` folder that a picture lies in."""
    parts = name.split("/")[:-1]
    for end in range(len(parts), 0, -1):
        found = kohya_folder("/".join(parts[:end]))
        if found is not None:
            return found
    return None


def offered_concepts(names: Iterable[str], concepts: Sequence[Concept] = ()) -> tuple[OfferedConcept, ...]:
    """The concepts that the folders of `names` speak of, in the order of the pictures; without those there are.

    One folder of a set that is all in it, with one repeat, says nothing and is not offered.
    """
    folders: dict[str, KohyaFolder | None] = {}
    members: dict[str, list[str]] = {}
    outside = False
    for name in names:
        parent = name[: name.rfind("/") + 1]
        if parent not in folders:
            folders[parent] = folder_of_name(name)
        found = folders[parent]
        if found is None:
            outside = True
        else:
            members.setdefault(found.path, []).append(name)
    by_path = {found.path: found for found in folders.values() if found is not None}
    if not outside and len(members) == 1 and by_path[next(iter(members))].repeats == 1:
        return ()
    known = {concept.id for concept in concepts}
    colour = len(concepts)
    offers: list[OfferedConcept] = []
    for path, pictures in members.items():
        concept = _concept(by_path[path], (colour + len(offers)) % COLOURS)
        if concept.id not in known:
            offers.append(OfferedConcept(concept, tuple(pictures)))
    return tuple(offers)


def _concept(found: KohyaFolder, colour: int) -> Concept:
    # The identity follows from the folder, so that a set which is opened elsewhere has the same concepts.
    identity = f"folder-{hashlib.sha256(found.path.encode()).hexdigest()[:12]}"
    title = found.words or found.path.split("/")[-1]
    return Concept(identity, title, colour, found.repeats, regularisation=found.regularisation)


def concepts_taken(offers: Sequence[OfferedConcept], concepts: Sequence[Concept], chosen: Mapping[str, str]) -> Edit:
    """One edit that takes offers up. `chosen` is the concept that pictures have now, by name; those keep it."""
    pictures = {name: offer.concept.id for offer in offers for name in offer.names if not chosen.get(name)}
    return Edit(
        "concepts",
        {"concept": pictures} if pictures else {},
        {"concepts": (*concepts, *(offer.concept for offer in offers))},
    )
