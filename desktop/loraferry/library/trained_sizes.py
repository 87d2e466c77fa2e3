"""In which sizes and buckets a picture is trained: as it is turned, and each of its crops."""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin

from loraferry.library.items import Item
from loraferry.library.shapes import Turn
from loraferry_core.dataset.buckets import Size, fit, training_bucket


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


def turned_size(size: Size, turn: Turn) -> Size:
    """The upright picture's size after quarter turns and straightening, which leaves the largest upright box without
    empty corners (the two cases: it touches all four turned sides, or two corners lie on one of them)."""
    width, height = size if turn.quarters % 2 == 0 else (size[1], size[0])
    if not turn.degrees:
        return width, height
    sine, cosine = abs(sin(radians(turn.degrees))), abs(cos(radians(turn.degrees)))
    long, short = max(width, height), min(width, height)
    if short <= 2 * sine * cosine * long or abs(sine - cosine) < 1e-9:
        across, along = short / 2 / sine, short / 2 / cosine
        wide, high = (across, along) if width >= height else (along, across)
    else:
        double = cosine * cosine - sine * sine
        wide, high = (width * cosine - height * sine) / double, (height * cosine - width * sine) / double
    return max(1, int(wide)), max(1, int(high))


@lru_cache(maxsize=65536)
def bucket_of(size: Size, training: Training) -> Size:
    """The bucket for a part of that size."""
    return training_bucket(size, training.resolution, training.step)


def is_small(size: Size, training: Training) -> bool:
    """Whether a part of that size falls below the buckets of the full resolution, or has to be enlarged."""
    bucket = bucket_of(size, training)
    full = bucket_of((size[0] * training.resolution, size[1] * training.resolution), training)
    return bucket != full or fit(size, bucket).upscaled
