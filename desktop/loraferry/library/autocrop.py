"""Crops by themselves: from faces, or what stands out, to a box of a training bucket's shape inside the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, gcd, log
from typing import Literal

from loraferry.library.faces import Face
from loraferry.library.geometry import box_of, trained_as
from loraferry.library.scaling import Box
from loraferry.library.shapes import Crop
from loraferry_core.dataset.buckets import Size, buckets

Goal = Literal["head", "upper", "full", "subject"]
GOALS: tuple[Goal, ...] = ("head", "upper", "full", "subject")
Reason = Literal["faces", "salient", "middle"]


@dataclass(frozen=True)
class _Reach:
    """How far a part of a person reaches beyond the face, in heights of the face's box."""

    up: float
    down: float
    wide: float


_REACHES: dict[Goal, _Reach] = {
    "head": _Reach(0.65, 1.0, 2.4),
    "upper": _Reach(0.8, 3.6, 3.6),
    "full": _Reach(0.8, 8.9, 4.2),
}
"""YuNet's box goes from the eyebrows to the chin, about 0.7 of a head; grown people are 7.5 heads tall (Loomis, Figure
Drawing for All It's Worth, 1943), shoulders 2 to 3 heads wide, and the waist lies 3 heads below the chin."""
_HEAD = _Reach(0.5, 0.1, 1.1)
"""What must not be cut off."""

_CUT, _HEAD_CUT, _SMALL, _LOOSE = 4.0, 12.0, 1.5, 0.6
"""What it costs to cut off what was wanted, to cut off a head, to be smaller than the bucket, and to show more than was
wanted. Cut parts count by their share; the other two by the logarithm of the factor."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was found in a picture of `size`, in pixels of the turned picture."""

    size: Size
    faces: tuple[Face, ...] = ()
    box: Box | None = None
    """Of what stands out, where it was looked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What crops are wanted."""

    goal: Goal = "upper"
    share: float = 0.9
    """Of the crop's width or height that the wanted part fills, 0.3 to 1."""
    all_faces: bool = True
    """Whether every face must be in; else the largest alone counts."""
    resolution: int = 1024
    step: int = 64


@dataclass(frozen=True, slots=True)
class Proposal:
    """A crop and why it is as it is."""

    crop: Crop
    bucket: Size
    """In which it is trained, as (width, height)."""
    reason: Reason
    small: bool
    """Whether it has fewer pixels than the resolution asks for, so that its bucket is a smaller one."""


def proposed(subject: Subject, wish: Wish) -> Proposal:
    """The crop that shows what is wanted with the least else, inside the picture and of a bucket's shape.

    It is as large as its bucket at least, wherever the picture is.
    """
    wanted, reason = wanted_box(subject, wish)
    heads = [_reached(face, _HEAD) for face in _counting(subject.faces, wish)] if reason == "faces" else []
    core = _within(_union(heads), subject.size) if heads else wanted
    choices = buckets(wish.resolution, wish.step)
    crops = [_placed(_sized(wanted, bucket, subject.size), wanted, core, subject.size) for bucket in choices]
    best = min(range(len(choices)), key=lambda index: _cost(crops[index], choices[index], wanted, core))
    trained = trained_as((crops[best].width, crops[best].height), wish.resolution, wish.step)
    return Proposal(crops[best], trained.bucket, reason, trained.small)


def wanted_box(subject: Subject, wish: Wish) -> tuple[Box, Reason]:
    """The part of the picture that the crop should show, with its margin, and where that comes from."""
    faces = _counting(subject.faces, wish)
    box: Box | None = None
    reason: Reason = "middle"
    if faces and wish.goal != "subject":
        box, reason = _union([_reached(face, _REACHES[wish.goal]) for face in faces]), "faces"
    elif subject.box is not None:
        heads = [_reached(face, _HEAD) for face in faces]
        box, reason = _union([subject.box, *heads]), "faces" if heads else "salient"
    elif faces:
        box, reason = _union([_reached(face, _REACHES["upper"]) for face in faces]), "faces"
    if box is None:
        return (0.0, 0.0, float(subject.size[0]), float(subject.size[1])), "middle"
    return _within(_grown(_within(box, subject.size), 1 / min(max(wish.share, 0.3), 1.0)), subject.size), reason


def _counting(faces: Sequence[Face], wish: Wish) -> Sequence[Face]:
    if wish.all_faces or not faces:
        return faces
    return (max(faces, key=lambda face: face.width * face.height * face.score),)


def _reached(face: Face, reach: _Reach) -> Box:
    middle, half = face.left + face.width / 2, reach.wide * face.height / 2
    top, bottom = face.top - reach.up * face.height, face.top + (1 + reach.down) * face.height
    return middle - half, top, middle + half, bottom


def _union(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _within(box: Box, size: Size) -> Box:
    """The part of a box that lies in the picture, at least one pixel."""
    left, top = min(max(box[0], 0.0), size[0] - 1.0), min(max(box[1], 0.0), size[1] - 1.0)
    right, bottom = min(box[2], float(size[0])), min(box[3], float(size[1]))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _grown(box: Box, factor: float) -> Box:
    wide, high = (box[2] - box[0]) * (factor - 1) / 2, (box[3] - box[1]) * (factor - 1) / 2
    return box[0] - wide, box[1] - high, box[2] + wide, box[3] + high


def _sized(wanted: Box, bucket: Size, size: Size) -> Size:
    """Width and height of the bucket's shape: around what is wanted, not below the bucket, not beyond the picture.

    Whole multiples of the smallest sides of that proportion, so that the trainer has nothing to cut off; in pictures of
    a few pixels as near as whole pixels get.
    """
    parts = gcd(*bucket)
    across, down = bucket[0] // parts, bucket[1] // parts
    times = max(ceil((wanted[2] - wanted[0]) / across), ceil((wanted[3] - wanted[1]) / down), parts)
    times = min(times, size[0] // across, size[1] // down)
    if times:
        return times * across, times * down
    scale = min(size[0] / across, size[1] / down)
    return max(1, round(across * scale)), max(1, round(down * scale))


def _placed(extent: Size, wanted: Box, core: Box, size: Size) -> Crop:
    """Where a crop of that extent shows what is wanted best: around its middle, and with the core in any case."""
    left = _start(extent[0], wanted[0::2], core[0::2], size[0])
    top = _start(extent[1], wanted[1::2], core[1::2], size[1])
    return Crop(left, top, extent[0], extent[1])


def _start(extent: int, wanted: tuple[float, ...], core: tuple[float, ...], limit: int) -> int:
    wished = (wanted[0] + wanted[1] - extent) / 2
    if core[1] - core[0] <= extent:
        wished = min(max(wished, core[1] - extent), core[0])
    else:
        wished = (core[0] + core[1] - extent) / 2
    return round(min(max(wished, 0), limit - extent))


def _cost(crop: Crop, bucket: Size, wanted: Box, core: Box) -> float:
    return (
        _CUT * (1 - _covered(crop, wanted))
        + _HEAD_CUT * (1 - _covered(crop, core))
        + _SMALL * log(max(1.0, bucket[0] / crop.width))
        + _LOOSE * log(max(1.0, crop.width * crop.height / _area(wanted)))
    )


def _covered(crop: Crop, box: Box) -> float:
    """The share of a box that the crop shows."""
    left, top, right, bottom = box_of(crop)
    common = max(left, box[0]), max(top, box[1]), min(right, box[2]), min(bottom, box[3])
    return _area(common) / _area(box)


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
