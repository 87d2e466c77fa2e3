"""What each approved picture is for: to be learned, to keep what is known, to be measured on, or to mask another."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def roles_of(entries: Sequence[ManifestEntry], config: TrainConfig) -> Roles:
    """The roles that a plan gives to pictures. They depend on names and content alone, so they are always the same."""
    masks = masks_of([entry.name for entry in entries])
    hidden = set(masks.values())
    folder = config.regularisation.folder.strip("/")
    pictures = [index for index in range(len(entries)) if index not in hidden]
    kept = [index for index in pictures if folder and entries[index].name.startswith(f"{folder}/")]
    own = [index for index in pictures if index not in set(kept)]
    measured = _held_out([entries[index].sha256 for index in own], config)
    return Roles(
        trained=tuple(index for index in own if entries[index].sha256 not in measured),
        regularisation=tuple(index for index in kept if entries[index].sha256 not in measured),
        held_out=tuple(index for index in own if entries[index].sha256 in measured),
        masks=masks,
    )


def masks_of(names: Sequence[str]) -> dict[int, int]:
    """Picture → mask, as indexes of `names`. A mask without its picture is a picture."""
    stems = {_stem(name): index for index, name in enumerate(names) if not _stem(name).endswith(MASK_ENDING)}
    found = {}
    for index, name in enumerate(names):
        stem = _stem(name)
        picture = stems.get(stem.removesuffix(MASK_ENDING)) if stem.endswith(MASK_ENDING) else None
        if picture is not None:
            found[picture] = index
    return found


def _stem(name: str) -> str:
    dot = name.rfind(".")
    return name[:dot] if dot > name.rfind("/") + 1 else name


def _held_out(hashes: Sequence[str], config: TrainConfig) -> set[str]:
    """The content that is kept out: the first by hash, so that another picture more or less moves few. Never all."""
    different = sorted(set(hashes))
    if not config.validation.every or len(different) < 2:
        return set()
    count = min(len(different) - 1, max(1, round(config.validation.share * len(different))))
    return set(different[:count])
