"""What the pictures of a project come to: one piece for each crop, with its mask, by names that never meet.

Only what was rejected stays out; a picture that nobody is sure of is taken.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.fields import Project
from loraferry.library.geometry import Cut
from loraferry.library.items import Item
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.dataset.roles import MASK_ENDING, masks_of, stem_of

MARK = "~"
"""Behind the stem of a picture's name before the number of a further crop, and before the id of a concept: no picture
of the folder may have such a name, or the mark is repeated."""
MAX_ID = 64


@dataclass(frozen=True, slots=True)
class Mask:
    """What of a picture counts: bytes in the library's store by their SHA-256, or a file beside the picture."""

    sha256: str = ""
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One training picture to be."""

    item: Item
    name: str
    """The picture's own for its first crop; further ones have their number in it: `a~2.png`."""
    cut: Cut
    mask: Mask | None = None

    @property
    def mask_name(self) -> str:
        """What its mask is called."""
        return mask_name(self.name)


def mask_name(name: str) -> str:
    """What the mask of a picture is called."""
    return f"{stem_of(name)}{MASK_ENDING}.png"


def pieces_of(items: Sequence[Item]) -> list[Piece]:
    """The pieces of all pictures that are not rejected, in their order, each picture's crops in theirs.

    `items` are all pictures of the library: names depend on all of them. A picture that is another's mask is no piece,
    also where that other one was rejected. A mask that was painted counts before one in a file.
    """
    kept = [item for item in items if not item.rejected]
    names = [item.name for item in items]
    hidden = {names[mask] for mask in masks_of(names).values()}
    masks = {kept[picture].name: kept[mask] for picture, mask in masks_of([item.name for item in kept]).items()}
    hidden |= {item.name for item in masks.values()}
    stems = Counter(stem_of(name) for name in names)
    taken = set(stems)
    found: list[Piece] = []
    for item in kept:
        if item.name not in hidden:
            found += _pieces_of_one(item, _mask_of(item, masks.get(item.name)), stems, taken)
    return found


def _mask_of(item: Item, beside: Item | None) -> Mask | None:
    if item.mask:
        return Mask(sha256=item.mask)
    return None if beside is None else Mask(file=beside.file)


def _pieces_of_one(item: Item, mask: Mask | None, stems: Counter[str], taken: set[str]) -> list[Piece]:
    stem = stem_of(item.name)
    suffix = item.name[len(stem) :]
    first = item.name
    if mask is not None and stems[stem] > 1:
        # A mask finds its picture by the stem, which `a.png` and `a.jpg` have in common.
        stem = _free(item.name, taken)
        first = stem + suffix
    crops = item.crops or (None,)
    names = [first, *(_free(f"{stem}{MARK}{number}", taken) + suffix for number in range(2, len(crops) + 1))]
    return [Piece(item, name, Cut(item.turn, crop), mask) for name, crop in zip(names, crops, strict=True)]


def _free(stem: str, taken: set[str]) -> str:
    while stem in taken or stem + MASK_ENDING in taken:
        stem += MARK
    taken.add(stem)
    return stem


def shares_of(items: Iterable[Item], project: Project) -> dict[str, ConceptShare]:
    """By id how much a concept counts, for those that have pictures and are not like all others.

    `items` are all pictures of the library. Each share names a folder in which no picture of the library lies: the names
    of its pictures in a manifest are to begin with it.
    """
    items = list(items)
    tops, used = {item.name.partition("/")[0] for item in items}, {item.concept for item in items if not item.rejected}
    found = {}
    for concept in project.concepts:
        share = ConceptShare(repeats=concept.repeats, weight=concept.weight, regularisation=concept.regularisation)
        if concept.id in used and share != ConceptShare():
            folder = _free(MARK + _plain(concept.id), tops)
            found[concept.id] = share.replace(folder=folder)
    return found


def _plain(id: str) -> str:
    return "".join("_" if sign == "/" or not sign.isprintable() else sign for sign in id[:MAX_ID])
