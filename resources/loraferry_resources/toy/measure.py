"""Read a picture of the toy world: which colour, which shape, and is it a zorblax? Plain numpy and Pillow.

The background is the median of the border. What differs from it is the thing; its colour is the nearest of the palette,
and its silhouette, cut out and brought to one scale, is compared with rendered templates by intersection over union.

All thresholds below were set on pictures rendered with seeds of their own. Neither they nor the templates have seen the
pictures of the sample dataset.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from loraferry_resources.toy import shapes, zorblax

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

BORDER = 2
"""Width of the border whose median is the background, in pixels of 64."""
CONTRAST = 45.0
"""RGB distance from the background at which a pixel belongs to the thing."""
SMALLEST_THING = 40
"""A thing has at least this many pixels of 64 × 64."""
COLOUR_TOLERANCE = 70.0
"""RGB distance from the nearest colour of the palette within which the colour counts as that one."""
SHAPE_MATCH = 0.70
"""Intersection over union with the best template from which the shape counts as that one."""
ZORBLAX_MATCH = 0.70
"""Intersection over union with the best zorblax template from which a silhouette may be a zorblax."""
ZORBLAX_TOLERANCE = 75.0
"""RGB distance from the zorblax's skin within which a pixel counts as skin."""
ZORBLAX_SKIN = (0.45, 0.60)
"""Least share of skin in the upper half, where the eye is, and in the lower third of a zorblax."""
ZORBLAX_EYE = 0.30
"""Least share of what is not skin in the square where the eye should be."""

_GRID = 32


@dataclass(frozen=True)
class Reading:
    """What a picture shows. `colour` and `shape` are None where nothing is near enough."""

    colour: str | None
    shape: str | None
    zorblax: bool
    overlap: float
    """Intersection over union with the template of the best shape."""
    zorblax_overlap: float
    """Intersection over union with the best template of a zorblax."""


def _pixels(image: Image.Image) -> Floats:
    """RGB values 0 … 255 as 64 × 64 × 3."""
    edge = (shapes.PIXELS, shapes.PIXELS)
    picture = image.convert("RGB")
    if picture.size != edge:
        picture = picture.resize(edge, Image.Resampling.BOX)
    return np.asarray(picture, np.float32)


def _distance(pixels: Floats, colour: Floats | shapes.RGB) -> Floats:
    """RGB distance of each pixel from a colour; drops the last axis."""
    difference = pixels - np.asarray(colour, np.float32)
    return np.asarray(np.sqrt((difference * difference).sum(axis=-1)), np.float32)


def _background(pixels: Floats) -> Floats:
    """Median RGB of the border."""
    inner = np.ones(pixels.shape[:2], bool)
    inner[BORDER:-BORDER, BORDER:-BORDER] = False
    return np.asarray(np.median(pixels[inner], axis=0), np.float32)


def _grow(mask: Mask) -> Mask:
    """The mask and the pixels above, below, left and right of it."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _largest_part(mask: Mask) -> Mask:
    """The largest connected part of a mask."""
    rest, best = mask.copy(), np.zeros_like(mask)
    while rest.sum() > best.sum():
        part = np.zeros_like(mask)
        part[np.unravel_index(int(rest.argmax()), rest.shape)] = True
        while True:
            grown = _grow(part) & rest
            if (grown == part).all():
                break
            part = grown
        rest &= ~part
        if part.sum() > best.sum():
            best = part
    return best


def _box(mask: Mask) -> tuple[int, int, int, int]:
    """First row, row after the last, first column, column after the last of a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _silhouette(mask: Mask) -> Mask:
    """The mask cut out along the square about its bounding box, at 32 × 32."""
    top, bottom, left, right = _box(mask)
    edge = max(bottom - top, right - left)
    grid = (np.arange(_GRID) + 0.5) / _GRID - 0.5
    rows = np.floor((top + bottom) / 2 + grid * edge).astype(int)
    columns = np.floor((left + right) / 2 + grid * edge).astype(int)
    inside_rows, inside_columns = (rows >= 0) & (rows < len(mask)), (columns >= 0) & (columns < len(mask))
    cut = mask[np.clip(rows, 0, len(mask) - 1)][:, np.clip(columns, 0, len(mask) - 1)]
    return np.asarray(cut & inside_rows[:, None] & inside_columns[None, :])


def _thing(pixels: Floats) -> Mask | None:
    """The largest part that stands out from the background, whatever its colours; None if there is none."""
    mask = _largest_part(_distance(pixels, _background(pixels)) > CONTRAST)
    return mask if mask.sum() >= SMALLEST_THING else None


def _half_covered(pixels: Floats, mask: Mask) -> tuple[Floats, Mask]:
    """The thing's main colour, and the pixels of which it covers at least half."""
    background = _background(pixels)
    contrast = _distance(pixels, background)
    core = mask & (contrast >= np.median(contrast[mask]) * 0.8)
    colour = np.asarray(np.median(pixels[core], axis=0), np.float32)
    axis = colour - background
    cover = (pixels - background) @ axis / float(axis @ axis)
    exact = _largest_part(np.asarray(cover > 0.5))
    return colour, exact if exact.sum() >= SMALLEST_THING else mask


def _overlap(silhouette: Mask, templates: npt.NDArray[np.bool_]) -> float:
    """Best intersection over union of a silhouette with templates (n × 32 × 32)."""
    both = (templates & silhouette).sum(axis=(1, 2))
    either = (templates | silhouette).sum(axis=(1, 2))
    return float((both / either).max())


@lru_cache(maxsize=1)
def _shape_templates() -> dict[str, npt.NDArray[np.bool_]]:
    """Silhouettes (n × 32 × 32) of every shape at several sizes and angles."""
    templates = {}
    for shape in shapes.SHAPES:
        cuts = []
        for radius in (0.20, 0.24, 0.34, 0.40):
            for angle in (-6.0, -3.0, 0.0, 3.0, 6.0):
                scene = shapes.Scene("red", shape, "small", "black", radius=radius, angle=angle)
                pixels = _pixels(shapes.render(scene))
                mask = _thing(pixels)
                assert mask is not None
                cuts.append(_silhouette(_half_covered(pixels, mask)[1]))
        templates[shape] = np.stack(cuts)
    return templates


@lru_cache(maxsize=1)
def _zorblax_templates() -> npt.NDArray[np.bool_]:
    """Silhouettes (n × 32 × 32) of zorblaxes at several sizes and angles."""
    cuts = []
    for radius in (0.37, 0.40, 0.43):
        for angle in (-3.0, 0.0, 3.0):
            mask = _thing(_pixels(zorblax.render(zorblax.Zorblax("black", radius=radius, angle=angle))))
            assert mask is not None
            cuts.append(_filled(_silhouette(mask)))
    return np.stack(cuts)


def _filled(mask: Mask) -> Mask:
    """The mask without its holes: an eye that has the background's colour belongs to the thing."""
    outside = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    free = np.pad(~mask, 1, constant_values=True)
    outside[0, 0] = True
    while True:
        grown = _grow(outside) & free
        if (grown == outside).all():
            return np.asarray(~outside[1:-1, 1:-1])
        outside = grown


def _has_skin_and_eye(pixels: Floats, mask: Mask) -> bool:
    """Is it in the zorblax's skin, above and below, but for the place of the eye?"""
    top, bottom, left, right = _box(mask)
    height, width = bottom - top, right - left
    skin = _distance(pixels, zorblax.SKIN) < ZORBLAX_TOLERANCE
    row = np.arange(len(mask))[:, None]
    upper = skin[mask & (row < top + height * 0.5)].mean()
    lower = skin[mask & (row >= bottom - height * 0.33)].mean()
    rows = slice(top + round(height * 0.25), top + round(height * 0.51))
    columns = slice(left + round(width * 0.3), left + round(width * 0.7))
    eye = ~skin[rows, columns]
    return bool(upper >= ZORBLAX_SKIN[0] and lower >= ZORBLAX_SKIN[1] and eye.size and eye.mean() >= ZORBLAX_EYE)


def read(image: Image.Image) -> Reading:
    """What the picture shows; any size, it is read at 64 × 64."""
    pixels = _pixels(image)
    mask = _thing(pixels)
    if mask is None:
        return Reading(None, None, False, 0.0, 0.0)
    colour, exact = _half_covered(pixels, mask)
    distances = {name: float(_distance(colour, value)) for name, value in shapes.COLOURS.items()}
    nearest = min(distances, key=lambda name: distances[name])
    silhouette = _silhouette(exact)
    overlaps = {name: _overlap(silhouette, templates) for name, templates in _shape_templates().items()}
    best = max(overlaps, key=lambda name: overlaps[name])
    zorblax_overlap = _overlap(_filled(_silhouette(mask)), _zorblax_templates())
    is_zorblax = zorblax_overlap >= ZORBLAX_MATCH and _has_skin_and_eye(pixels, mask)
    return Reading(
        colour=nearest if distances[nearest] <= COLOUR_TOLERANCE else None,
        shape=best if overlaps[best] >= SHAPE_MATCH and not is_zorblax else None,
        zorblax=is_zorblax,
        overlap=overlaps[best],
        zorblax_overlap=zorblax_overlap,
    )
