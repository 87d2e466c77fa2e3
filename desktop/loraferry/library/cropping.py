"""How a crop is moved, resized by its handles, kept to a ratio, and snapped to the shape of a training bucket."""

from functools import lru_cache
from math import gcd, log, sqrt
from typing import Literal

from loraferry.library.geometry import Point, clamped, trained_as
from loraferry.library.shapes import Crop
from loraferry_core.dataset.buckets import Size, rungs

Handle = Literal["nw", "n", "ne", "e", "se", "s", "sw", "w"]
HANDLES: tuple[Handle, ...] = ("nw", "n", "ne", "e", "se", "s", "sw", "w")
SMALLEST = 16
"""Pixels that a side keeps while it is dragged, where the picture has so many."""

RATIOS: tuple[Size, ...] = ((1, 1), (4, 5), (5, 4), (3, 4), (4, 3), (2, 3), (3, 2), (9, 16), (16, 9))
"""The usual ones."""


def anchor_of(handle: Handle) -> Point:
    """The point that stays while a handle is dragged, as shares of the crop's width and height."""
    across = 1.0 if "w" in handle else 0.0 if "e" in handle else 0.5
    down = 1.0 if "n" in handle else 0.0 if "s" in handle else 0.5
    return across, down


def moved(crop: Crop, dx: float, dy: float, within: Size) -> Crop:
    """The crop moved by so many pixels, as far as the picture of `within` goes."""
    return clamped(Crop(round(crop.left + dx), round(crop.top + dy), crop.width, crop.height), within)


def resized(crop: Crop, handle: Handle, dx: float, dy: float, within: Size, ratio: Size | None = None) -> Crop:
    """The crop as it was when a handle was grasped, after that was dragged by (`dx`, `dy`) in all.

    The side or corner across from the handle stays. With `ratio` the sides keep that proportion to the nearest pixel;
    a side's handle then grows the other sides alike in both directions.
    """
    crop = clamped(crop, within)
    across, down = anchor_of(handle)
    width = _length(crop.left, crop.width, dx, across, within[0])
    height = _length(crop.top, crop.height, dy, down, within[1])
    if ratio is not None:
        shape = ratio[0] / ratio[1]
        if across == 0.5 or (down != 0.5 and height * shape > width):
            width = height * shape
        most = min(
            _room(crop.left, crop.width, across, within[0]), _room(crop.top, crop.height, down, within[1]) * shape
        )
        width = min(max(width, min(SMALLEST * max(1.0, shape), most)), most)
        height = width / shape
    return _anchored(crop, (max(1, round(width)), max(1, round(height))), (across, down), within)


def _length(start: int, length: int, by: float, anchor: float, end: int) -> float:
    """A side after its handle was dragged, within the picture; unchanged where the handle moves the other side alone."""
    if anchor == 0.5:
        return float(length)
    room = _room(start, length, anchor, end)
    return min(max(length + (by if anchor == 0 else -by), min(SMALLEST, room)), room)


def _room(start: int, length: int, anchor: float, end: int) -> float:
    """How long a side may become where its point `anchor` stays."""
    point = start + length * anchor
    if anchor == 0:
        return end - point
    return point if anchor == 1 else 2 * min(point, end - point)


def _anchored(crop: Crop, size: Size, anchor: Point, within: Size) -> Crop:
    """A crop of `size` whose point `anchor` lies where that of `crop` lies, moved into the picture where it must be."""
    left = round(crop.left + (crop.width - size[0]) * anchor[0])
    top = round(crop.top + (crop.height - size[1]) * anchor[1])
    return clamped(Crop(left, top, *size), within)


def with_ratio(crop: Crop, ratio: Size, within: Size, anchor: Point = (0.5, 0.5)) -> Crop:
    """The crop of about the same area with that proportion of its sides, to the nearest pixel."""
    shape = ratio[0] / ratio[1]
    width = min(sqrt(crop.width * crop.height * shape), within[0], within[1] * shape)
    return _anchored(crop, (max(1, round(width)), max(1, round(width / shape))), anchor, within)


def snapped(crop: Crop, within: Size, resolution: int, step: int, anchor: Point = (0.5, 0.5)) -> Crop:
    """The nearest crop that has exactly the shape of the bucket in which it is trained, so that nothing is cut off.

    It never has fewer pixels than its bucket. Where the picture of `within` is too small for any, the crop stays.
    """
    crop = clamped(crop, within)
    for _, size in sorted(_candidates(crop, within, resolution, step)):
        trained = trained_as(size, resolution, step)
        if trained.whole and not trained.upscaled:
            return _anchored(crop, size, anchor, within)
    return crop


def _candidates(crop: Crop, within: Size, resolution: int, step: int) -> list[tuple[float, Size]]:
    """How far each bucket's nearest size is from that of the crop, and that size."""
    found = []
    for bucket in _all_buckets(resolution, step):
        size = _nearest(crop, bucket, within)
        if size is not None:
            found.append((abs(log(size[0] / crop.width)) + abs(log(size[1] / crop.height)), size))
    return found


@lru_cache
def _all_buckets(resolution: int, step: int) -> tuple[Size, ...]:
    return tuple(sorted({bucket for rung in rungs(resolution, step) for bucket in rung}, reverse=True))


def _nearest(crop: Crop, bucket: Size, within: Size) -> Size | None:
    """The size in exactly the bucket's proportion, not below the bucket, whose area is nearest to the crop's."""
    least = gcd(*bucket)
    across, down = bucket[0] // least, bucket[1] // least
    most = min(within[0] // across, within[1] // down)
    if most < least:
        return None
    count = min(max(round(sqrt(crop.width * crop.height / (across * down))), least), most)
    return across * count, down * count
