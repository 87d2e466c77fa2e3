"""What each approved picture is for: to be learned, to keep what is known, to be measured on, or to mask another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loraferry_core.config.dataset import ConceptShare
from loraferry_core.config.train import TrainConfig
from loraferry_core.dataset.manifest import ManifestEntry

MASK_ENDING = "-masklabel"
"""Behind the stem of a picture, the stem of its mask; so do OneTrainer and its users name them."""


@dataclass(frozen=True)
class Roles:
    """Indexes of a manifest's entries, in its order; no picture has two roles."""

    trained: tuple[int, ...]
    regularisation: tuple[int, ...]
    held_out: tuple[int, ...]
    """Never trained."""
    masks: dict[int, int]
    """Picture → its mask."""
    shares: dict[int, ConceptShare] = field(default_factory=dict)
    """Picture → the concept it belongs to; without those of none."""

    def repeats(self, index: int) -> int:
        """How often a picture comes where one of no concept comes once."""
        share = self.shares.get(index)
        return 1 if share is None else share.repeats

    def weight(self, index: int) -> float:
        """How much an error on a picture counts beside one on a picture of no concept."""
        share = self.shares.get(index)
        return 1.0 if share is None else share.weight

    def shown(self, indexes: Iterable[int]) -> int:
        """How many pictures these are, each as often as its concept repeats it."""
        return sum(map(self.repeats, indexes))


def roles_of(entries: Sequence[ManifestEntry], config: TrainConfig) -> Roles:
    """The roles that a plan gives to pictures. They depend on names and content alone, so they are always the same."""
    masks = masks_of([entry.name for entry in entries])
    hidden = set(masks.values())
    pictures = [index for index in range(len(entries)) if index not in hidden]
    shares = shares_of([entries[index].name for index in pictures], config.dataset.concepts)
    by_index = {pictures[place]: share for place, share in shares.items()}
    folder = config.regularisation.folder.strip("/")
    in_folder = {index for index in pictures if folder and entries[index].name.startswith(f"{folder}/")}
    known = in_folder | {index for index, share in by_index.items() if share.regularisation}
    own = [index for index in pictures if index not in known]
    measured = _held_out([entries[index].sha256 for index in own], config)
    return Roles(
        trained=tuple(index for index in own if entries[index].sha256 not in measured),
        regularisation=tuple(index for index in sorted(known) if entries[index].sha256 not in measured),
        held_out=tuple(index for index in own if entries[index].sha256 in measured),
        masks=masks,
        shares=by_index,
    )


def shares_of(names: Sequence[str], concepts: Sequence[ConceptShare]) -> dict[int, ConceptShare]:
    """Place among `names` → the first concept that it fits."""
    if not concepts:
        return {}
    found = (
        (place, next((c for c in concepts if name.startswith(c.prefix)), None)) for place, name in enumerate(names)
    )
    return {place: concept for place, concept in found if concept is not None}


def masks_of(names: Sequence[str]) -> dict[int, int]:
    """Picture → mask, as indexes of `names`. A mask without its picture is a picture."""
    stems = {stem_of(name): index for index, name in enumerate(names) if not stem_of(name).endswith(MASK_ENDING)}
    found = {}
    for index, name in enumerate(names):
        stem = stem_of(name)
        picture = stems.get(stem.removesuffix(MASK_ENDING)) if stem.endswith(MASK_ENDING) else None
        if picture is not None:
            found[picture] = index
    return found


def stem_of(name: str) -> str:
    """The name without its suffix, by which a mask finds its picture."""
    dot = name.rfind(".")
    return name[:dot] if dot > name.rfind("/") + 1 else name


def _held_out(hashes: Sequence[str], config: TrainConfig) -> set[str]:
    """The content that is kept out: the first by hash, so that another picture more or less moves few. Never all."""
    different = sorted(set(hashes))
    if not config.validation.every or len(different) < 2:
        return set()
    count = min(len(different) - 1, max(1, round(config.validation.share * len(different))))
    return set(different[:count])
