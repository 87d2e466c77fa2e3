"""The geometry of turns and crops: sizes, boxes from one system of coordinates to another, and what is trained of a crop.

Upright means after EXIF, turned means after `Turn`. Points and boxes are in pixels with the origin in the upper left
corner of the first pixel, sizes are (width, height). Everything here is arithmetic; `library.renderer` does the same to
pixels, and the trainer's own geometry is `loraferry_core.dataset.buckets`.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin

from loraferry.library.scaling import Box, rendered_size
from loraferry.library.shapes import UNTURNED, Crop, Turn
from loraferry_core.dataset.buckets import Size, bucket_for, buckets, fit, training_bucket

Point = tuple[float, float]
# What is left of a pixel by rounding alone.
_NOTHING = 1e-6

EXIF_TURNS = (
    UNTURNED, Turn(0, True), Turn(2), Turn(2, True), Turn(1, True), Turn(1), Turn(3, True), Turn(3),
)  # fmt: skip
"""What makes a stored picture upright, by EXIF orientation 1 to 8 (Exif 2.32, tag 274)."""


def combined(first: Turn, second: Turn) -> Turn:
    """One turn for two in a row, the first of which only turns by quarters and mirrors."""
    back = -second.quarters if first.mirrored else second.quarters
    return Turn((first.quarters + back) % 4, first.mirrored != second.mirrored, second.degrees)


def squared_size(size: Size, turn: Turn) -> Size:
    """The upright picture's size after the quarter turns."""
    return (size[1], size[0]) if turn.quarters % 2 else size


def turned_size(size: Size, turn: Turn) -> Size:
    """The upright picture's size after quarter turns and straightening, in whole pixels."""
    squared = squared_size(size, turn)
    if not turn.degrees:
        return squared
    width, height = inscribed(squared, turn.degrees)
    return max(1, int(width + _NOTHING)), max(1, int(height + _NOTHING))


def inscribed(size: Size, degrees: float) -> tuple[float, float]:
    """The largest upright box in a picture of `size` that was rotated by `degrees`, −90 to 90.

    Either all four corners of the box touch the picture's sides, or, where the picture is narrow, two of them lie in the
    middle of its long sides.
    """
    width, height = size
    sine, cosine = abs(sin(radians(degrees))), abs(cos(radians(degrees)))
    long, short = max(size), min(size)
    if short <= 2 * sine * cosine * long or abs(sine - cosine) < _NOTHING:
        across, along = short / 2 / sine, short / 2 / cosine
        return (across, along) if width >= height else (along, across)
    double = cosine * cosine - sine * sine
    return (width * cosine - height * sine) / double, (height * cosine - width * sine) / double


def to_upright(point: Point, size: Size, turn: Turn) -> Point:
    """Where a point of the turned picture lies in the upright one, which is of `size`."""
    (width, height), (inner, outer) = squared_size(size, turn), turned_size(size, turn)
    x, y = point
    if turn.degrees:
        sine, cosine = sin(radians(turn.degrees)), cos(radians(turn.degrees))
        x, y = x - inner / 2, y - outer / 2
        x, y = x * cosine + y * sine + width / 2, y * cosine - x * sine + height / 2
    if turn.mirrored:
        x = width - x
    for _ in range(turn.quarters):
        width, height, x, y = height, width, y, width - x
    return x, y


def to_turned(point: Point, size: Size, turn: Turn) -> Point:
    """Where a point of the upright picture, which is of `size`, lies in the turned one; perhaps outside of it."""
    (width, height), (x, y) = size, point
    for _ in range(turn.quarters):
        width, height, x, y = height, width, height - y, x
    if turn.mirrored:
        x = width - x
    if turn.degrees:
        sine, cosine = sin(radians(turn.degrees)), cos(radians(turn.degrees))
        inner, outer = turned_size(size, turn)
        x, y = x - width / 2, y - height / 2
        x, y = x * cosine - y * sine + inner / 2, y * cosine + x * sine + outer / 2
    return x, y


def box_to_upright(box: Box, size: Size, turn: Turn) -> Box:
    """The smallest upright box that holds a box of the turned picture; the same box where nothing is straightened."""
    return _around([to_upright(corner, size, turn) for corner in _corners(box)])


def box_to_turned(box: Box, size: Size, turn: Turn) -> Box:
    """The smallest box that holds a box of the upright picture in the turned one; perhaps partly outside of it."""
    return _around([to_turned(corner, size, turn) for corner in _corners(box)])


def _corners(box: Box) -> list[Point]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _around(points: list[Point]) -> Box:
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def box_of(crop: Crop) -> Box:
    """The same as a box."""
    return crop.left, crop.top, crop.left + crop.width, crop.top + crop.height


def crop_of(box: Box, within: Size) -> Crop:
    """The whole pixels nearest to a box, inside a picture of `within`."""
    left, top = round(box[0]), round(box[1])
    return clamped(Crop(left, top, round(box[2]) - left, round(box[3]) - top), within)


def clamped(crop: Crop, within: Size) -> Crop:
    """The crop moved into a picture of `within`, and made smaller where it is larger than that."""
    width, height = min(max(crop.width, 1), within[0]), min(max(crop.height, 1), within[1])
    left, top = min(max(crop.left, 0), within[0] - width), min(max(crop.top, 0), within[1] - height)
    return Crop(left, top, width, height)


def carried(crop: Crop, size: Size, before: Turn, after: Turn) -> Crop:
    """A crop of the picture turned as `before`, around the same middle of it turned as `after`. Its sides stay as long as
    they are, or become shorter alike where there is no room. `size` is that of the upright picture."""
    middle = (crop.left + crop.width / 2, crop.top + crop.height / 2)
    x, y = to_turned(to_upright(middle, size, before), size, after)
    width, height = squared_size((crop.width, crop.height), Turn((after.quarters - before.quarters) % 4))
    within = turned_size(size, after)
    shrunk = min(1.0, within[0] / width, within[1] / height)
    width, height = max(1, int(width * shrunk)), max(1, int(height * shrunk))
    return clamped(Crop(round(x - width / 2), round(y - height / 2), width, height), within)


@dataclass(frozen=True, slots=True)
class Cut:
    """How one training picture is cut out of an upright picture; without a crop all of it is taken."""

    turn: Turn = UNTURNED
    crop: Crop | None = None

    def within(self, size: Size) -> Crop:
        """The part of the turned picture that is taken, where the upright one is of `size`. A crop that was made when the
        picture was larger is moved inside."""
        whole = turned_size(size, self.turn)
        return Crop(0, 0, *whole) if self.crop is None else clamped(self.crop, whole)


UNCUT = Cut()


@dataclass(frozen=True)
class TrainedAs:
    """What the trainer makes of a crop."""

    bucket: Size
    """The pixels that are trained."""
    kept: Box
    """What is trained of the crop, in pixels of the crop; the trainer cuts off what stands out."""
    small: bool
    """Whether the crop has fewer pixels than the training resolution asks for: it is trained in a smaller bucket."""
    upscaled: bool
    """Whether it has to be enlarged all the same, as no bucket is small enough."""

    @property
    def spare(self) -> float:
        """How many times the pixels of the bucket the kept part has along a side; below 1 it is enlarged."""
        return (self.kept[2] - self.kept[0]) / self.bucket[0]

    @property
    def whole(self) -> bool:
        """Whether nothing is cut off."""
        return max(self.kept[:2]) < _NOTHING


@lru_cache(maxsize=65536)
def trained_as(size: Size, resolution: int, step: int) -> TrainedAs:
    """What the trainer makes of a crop of `size`, which it gets in the size in which it is ferried."""
    ferried, _ = rendered_size(size, resolution)
    bucket = training_bucket(ferried, resolution, step)
    fitted = fit(ferried, bucket)
    across, down = size[0] / ferried[0], size[1] / ferried[1]
    left, top, right, bottom = fitted.box
    kept = (left * across, top * down, right * across, bottom * down)
    full = bucket_for(size, buckets(resolution, step))
    return TrainedAs(bucket, kept, fit(size, full).upscaled, fitted.upscaled)
