"""Masks: grey pictures that say what is learned, white, and what is not, black; as arrays while they are painted, and
as PNG bytes when they are kept.

A mask shows the upright picture, before any turn and crop. Its longer side has at most EDGE pixels: the trainer needs
one number for each latent, and brings a mask to the size of its picture by itself.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from PIL import Image

from loraferry.library.faces import Face
from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import fail

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey: TypeAlias = NDArray[np.uint8]
    Colours: TypeAlias = NDArray[np.uint8]

EDGE = 1536
"""Longer side of a mask in pixels."""
MAX_BYTES = 32 << 20
HEAD_UP, HEAD_DOWN, HEAD_WIDE = 0.55, 0.25, 0.35
"""How far a head reaches beyond YuNet's box, which ends at the eyebrows and the chin: shares of the box's height above
and below, and of its width at either side."""

Point = tuple[float, float]
"""(x, y) in pixels of the mask."""
Span = tuple[int, int, int, int]
"""left, top, right, bottom in pixels of the mask: what a change may have touched."""
Form = Literal["ellipse", "box"]


@dataclass(frozen=True, slots=True)
class Brush:
    """What a stroke is painted with."""

    size: float
    """Diameter in pixels of the mask."""
    hardness: float = 0.8
    """Share of the radius that is painted in full; from there it falls to nothing at the rim."""
    erase: bool = False


def mask_size(size: Size) -> Size:
    """The size of the mask of an upright picture of `size`."""
    scale = min(1.0, EDGE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def blank(size: Size, value: int = 0) -> Grey:
    """A mask of (width, height), all of it `value`."""
    import numpy as np

    return np.full((size[1], size[0]), value, dtype=np.uint8)


def encoded(mask: Grey) -> bytes:
    """The mask as a grey PNG; the same mask gives the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def decoded(data: bytes, size: Size, name: str) -> Grey:
    """The mask in a PNG, brought to `size`. Raises ProblemError `mask_unreadable` for anything else than a picture."""
    import numpy as np

    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"{len(data)} bytes")
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            grey = image.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise fail("mask_unreadable", name=name, detail=error) from error
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    return np.array(grey)


def painted(mask: Grey, points: Sequence[Point], brush: Brush) -> Span:
    """Paint a stroke through `points` into the mask; gives what it may have touched.

    Each place takes the strongest colour that any part of the stroke leaves there, so that a stroke may be painted
    piece by piece as it is drawn, and crossing itself makes no spots.
    """
    spans = [_segment(mask, start, end, brush) for start, end in zip(points, points[1:] or points, strict=False)]
    return _joined(spans)


def filled(mask: Grey, colours: Colours, at: Point, tolerance: float, value: int = 255) -> Span:
    """Fill the area around `at` whose colours differ from the one there by at most `tolerance`, 0 to 1 of the whole
    range of the channel that differs most; gives what it may have touched.

    `colours` is the picture as rows × columns × RGB, as large as the mask. The area spreads over edges, not corners.
    """
    import numpy as np

    rows, columns = mask.shape
    column, row = (min(max(int(part), 0), side - 1) for part, side in zip(at, (columns, rows), strict=True))
    difference = np.abs(colours.astype(np.int16) - colours[row, column].astype(np.int16)).max(axis=2)
    area = _connected(difference <= round(tolerance * 255), row, column)
    down, across = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    mask[area] = value
    return int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1


def boxed(mask: Grey, start: Point, end: Point, value: int = 255) -> Span:
    """Fill the rectangle between two corners; gives what it touched."""
    rows, columns = mask.shape
    left, right = sorted(min(max(round(x), 0), columns) for x in (start[0], end[0]))
    top, bottom = sorted(min(max(round(y), 0), rows) for y in (start[1], end[1]))
    mask[top:bottom, left:right] = value
    return left, top, right, bottom


def inverted(mask: Grey) -> Grey:
    """White where it was black."""
    return 255 - mask


def of_faces(faces: Sequence[Face], picture: Size, form: Form = "ellipse", feather: float = 0.15) -> Grey:
    """White over the heads of `faces`, which are in pixels of a picture of that size.

    `feather` is the width of the soft rim as a share of half the head's width; half of it lies inside.
    """
    import numpy as np

    wide, high = mask_size(picture)
    scale = wide / picture[0]
    mask = blank((wide, high)).astype(np.float32)
    down, across = np.arange(high, dtype=np.float32)[:, None] + 0.5, np.arange(wide, dtype=np.float32)[None, :] + 0.5
    for face in faces:
        found = face.scaled(scale)
        half_wide = found.width * (0.5 + HEAD_WIDE)
        half_high = found.height * (1 + HEAD_UP + HEAD_DOWN) / 2
        middle = found.top - found.height * HEAD_UP + half_high
        x, y = (across - found.left - found.width / 2) / half_wide, (down - middle) / half_high
        distance = np.hypot(x, y) if form == "ellipse" else np.maximum(np.abs(x), np.abs(y))
        rim = max(feather, 1 / max(half_wide, 1))
        mask = np.maximum(mask, np.clip((1 + rim / 2 - distance) / rim, 0, 1) * 255)
    return np.asarray(np.rint(mask), dtype=np.uint8)


def of_alpha(alpha: Image.Image, size: Size) -> Grey:
    """White where a picture is opaque; `alpha` is its upright alpha channel."""
    import numpy as np

    grey = alpha.convert("L")
    return np.array(grey if grey.size == size else grey.resize(size, Image.Resampling.BOX))


def _segment(mask: Grey, start: Point, end: Point, brush: Brush) -> Span:
    import numpy as np

    rows, columns = mask.shape
    radius = max(brush.size / 2, 0.5)
    left = max(0, int(min(start[0], end[0]) - radius - 1))
    top = max(0, int(min(start[1], end[1]) - radius - 1))
    right = min(columns, int(max(start[0], end[0]) + radius + 2))
    bottom = min(rows, int(max(start[1], end[1]) + radius + 2))
    if left >= right or top >= bottom:
        return 0, 0, 0, 0
    x = np.arange(left, right, dtype=np.float32)[None, :] + 0.5 - start[0]
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + 0.5 - start[1]
    wide, high = end[0] - start[0], end[1] - start[1]
    length = wide * wide + high * high
    along = np.clip((x * wide + y * high) / length, 0, 1) if length else np.float32(0)
    distance = np.hypot(x - along * wide, y - along * high)
    # At least one pixel of rim, so that edges are smooth.
    rim = max(radius * (1 - min(max(brush.hardness, 0.0), 1.0)), 1.0)
    cover = (np.clip((radius + 0.5 - distance) / rim, 0, 1) * 255).astype(np.uint8)
    part = mask[top:bottom, left:right]
    part[:] = np.minimum(part, 255 - cover) if brush.erase else np.maximum(part, cover)
    return left, top, right, bottom


def _joined(spans: Sequence[Span]) -> Span:
    """The smallest span around all that are not empty."""
    full = [span for span in spans if span[0] < span[2] and span[1] < span[3]]
    if not full:
        return 0, 0, 0, 0
    lefts, tops, rights, bottoms = zip(*full, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _connected(allowed: NDArray[np.bool_], row: int, column: int) -> NDArray[np.bool_]:
    """What of `allowed` hangs together, by edges, with one place of it: whole runs of rows are joined to groups."""
    import numpy as np

    rows, columns = allowed.shape
    # A gap behind each row, so that no run goes on in the next one.
    wide = columns + 1
    flat = np.zeros((rows, wide), dtype=bool)
    flat[:, :columns] = allowed
    changes = np.flatnonzero(np.diff(flat.reshape(-1), prepend=False, append=False))
    starts, ends = changes[0::2], changes[1::2]
    # The runs of the row below that a run touches are neighbours in their order.
    first = np.searchsorted(ends, starts + wide, side="right")
    counts = np.maximum(np.searchsorted(starts, ends + wide, side="left") - first, 0)
    upper = np.repeat(np.arange(len(starts)), counts)
    lower = np.arange(len(upper)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    groups = _groups(len(starts), upper, lower)
    seed = np.searchsorted(starts, row * wide + column, side="right") - 1
    inside = groups == groups[seed]
    edges = np.zeros(rows * wide + 1, dtype=np.int8)
    edges[starts[inside]] = 1
    edges[ends[inside]] -= 1
    return np.asarray(np.cumsum(edges[:-1], dtype=np.int8).reshape(rows, wide)[:, :columns] > 0)


def _groups(count: int, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each of `count` things the least of those that it hangs together with, where `one` and `other` are pairs.

    Groups hook onto each other's least member, and chains are halved until there are none (Shiloach and Vishkin, An
    O(log n) parallel connectivity algorithm, 1982).
    """
    import numpy as np

    groups = np.arange(count)
    while True:
        least = np.minimum(groups[one], groups[other])
        joined = groups.copy()
        np.minimum.at(joined, groups[one], least)
        np.minimum.at(joined, groups[other], least)
        while not np.array_equal(joined, joined[joined]):
            joined = joined[joined]
        if np.array_equal(joined, groups):
            return groups
        groups = joined
