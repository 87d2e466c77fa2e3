"""How long a run is: pictures, as often as concepts and repeats show them, by batch and epochs, to steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.pieces import pieces_of, shares_of
from loraferry_core.config import TrainConfig, total_steps
from loraferry_core.config.train import regularisation_places


@dataclass(frozen=True)
class Pictures:
    """What is trained, each crop a picture of its own. `shown` counts a picture as often as its concept repeats it."""

    count: int = 0
    shown: int = 0
    regularisation: int = 0
    """Pictures of what is to be kept, as often as their concept repeats them."""
    held_out: int = 0
    """Kept for measuring; in none of the other numbers."""

    @classmethod
    def plain(cls, count: int) -> "Pictures":
        """So many pictures of no concept."""
        return cls(count, count)


def pictures_of(items: Sequence[Item], project: Project, config: TrainConfig) -> Pictures:
    """What of a library would be trained. As `loraferry_core.dataset.roles` divides it, but that which pictures are held
    out is decided by hashes, which are known only once the pictures are ready: of concepts the average counts."""
    shares = shares_of(items, project)
    folder = config.regularisation.folder.strip("/")
    own = own_shown = known = 0
    for piece in pieces_of(items):
        if piece.item.image_problem is not None:
            continue
        share = shares.get(piece.item.concept)
        repeats = 1 if share is None else share.repeats
        if (share is not None and share.regularisation) or (folder and piece.name.startswith(f"{folder}/")):
            known += repeats
        else:
            own, own_shown = own + 1, own_shown + repeats
    held_out = _held_out(own, config)
    shown = round(own_shown * (own - held_out) / own) if own else 0
    return Pictures(own - held_out, shown, known, held_out)


def _held_out(count: int, config: TrainConfig) -> int:
    if not config.validation.every or count < 2:
        return 0
    return min(count - 1, max(1, round(config.validation.share * count)))


@dataclass(frozen=True)
class Arithmetic:
    """How the number of steps comes about."""

    images: int
    shown: int
    """In an epoch before `repeats`: more than `images` where concepts repeat their pictures."""
    repeats: int
    regularisation: int
    """Pictures of what is to be kept, in an epoch."""
    batch: int
    """Pictures a step: batch × accumulation."""
    epochs: float
    """Passes over all pictures; a fraction where the run is counted in steps."""
    steps: int
    by_steps: bool
    """Whether the run is counted in steps, so that the epochs follow and not the steps."""


def arithmetic(config: TrainConfig, pictures: Pictures) -> Arithmetic:
    """The run's length on `pictures`."""
    batch = config.loop.batch * config.loop.accumulation
    by_steps = config.loop.unit == "steps"
    known = regularisation_places(config, pictures.shown, pictures.regularisation + config.regularisation.make)
    seen = pictures.shown * config.dataset.repeats + known
    steps = total_steps(config, pictures.shown, pictures.regularisation) if pictures.shown or by_steps else 0
    epochs = (steps * batch / seen if seen else 0.0) if by_steps else float(config.loop.epochs)
    return Arithmetic(pictures.count, pictures.shown, config.dataset.repeats, known, batch, epochs, steps, by_steps)
