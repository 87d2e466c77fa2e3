"""In which sizes and buckets a picture is trained: as it is turned, and each of its crops."""

from dataclasses import dataclass
from functools import lru_cache

from loraferry.library.geometry import turned_size
from loraferry.library.items import Item
from loraferry_core.dataset.buckets import Size, fit, rungs, training_bucket


@dataclass(frozen=True, slots=True)
class Training:
    """What decides on buckets: side of the square that is trained, and the step of sides, both in pixels."""

    resolution: int = 1024
    step: int = 64


def trained_sizes(item: Item) -> tuple[Size, ...]:
    """(width, height) of every part of a picture that is trained, before it is scaled; none where its size is unknown."""
    if item.crops:
        return tuple((crop.width, crop.height) for crop in item.crops)
    if item.width <= 0 or item.height <= 0:
        return ()
    return (turned_size((item.width, item.height), item.turn),)


@lru_cache(maxsize=1 << 18)
def bucket_of(size: Size, training: Training) -> Size:
    """The bucket for a part of that size."""
    return training_bucket(size, training.resolution, training.step)


def is_small(size: Size, training: Training) -> bool:
    """Whether a part of that size falls below the buckets of the full resolution, or has to be enlarged."""
    bucket = bucket_of(size, training)
    return bucket not in _full_buckets(training) or is_enlarged(size, bucket)


def is_enlarged(size: Size, bucket: Size) -> bool:
    """Whether a part of that size has too few pixels for its bucket."""
    return fit(size, bucket).upscaled


@lru_cache
def _full_buckets(training: Training) -> frozenset[Size]:
    return frozenset(rungs(training.resolution, training.step)[0])
