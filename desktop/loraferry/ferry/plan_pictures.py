"""What a plan makes of the pictures of a library: how many there are to train, in which buckets, and what is odd."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loraferry.ferry.preflight import Finding, about_pictures, approved_of
from loraferry.ferry.run_length import Pictures, pictures_of
from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.statistics import BucketBar, Entry, statistics
from loraferry.library.trained_sizes import Training
from loraferry_core.config import TrainConfig
from loraferry_core.families import FAMILIES


@dataclass(frozen=True)
class Seen:
    """`unknown` pictures have a size that is not known yet; `size` is what all of them take on a disk, in bytes."""

    pictures: Pictures = field(default_factory=Pictures)
    buckets: tuple[BucketBar, ...] = ()
    """The most frequent first."""
    unknown: int = 0
    findings: tuple[Finding, ...] = ()
    size: int = 0


def look(
    items: Sequence[Item], project: Project, config: TrainConfig, check: Callable[[], None] = lambda: None
) -> Seen:
    """Look at all pictures of a library. `check` is called now and then and may raise to cancel."""
    approved = approved_of(items)
    training = Training(config.dataset.resolution, FAMILIES[config.base.family].bucket_step)
    counted = statistics([Entry(item) for item in approved], training, check)
    check()
    return Seen(
        pictures_of(items, project, config),
        counted.buckets,
        counted.unknown,
        tuple(about_pictures(config, items, check)),
        sum(max(0, item.size) for item in approved),
    )
