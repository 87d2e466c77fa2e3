"""The one renderer of what is ferried to the trainer and of what is exported. Originals are only read."""

import hashlib
import io
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Literal

from PIL import Image

from loraferry.library.colour import as_srgb, layers
from loraferry.library.geometry import (
    EXIF_TURNS,
    UNCUT,
    Cut,
    box_to_upright,
    combined,
    squared_size,
    to_upright,
)
from loraferry.library.pictures import opened, orientation_of, turned, upright_size
from loraferry.library.scaling import Box, ForTraining, Scaled, Scaling
from loraferry.library.shapes import Turn
from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import ProblemError, fail

RENDERER_VERSION = 4
"""Raise it when the same picture would give other bytes: cached results of older versions are then left alone."""

JPEG_QUALITY = 95

Suffix = Literal[".png", ".jpg"]
Format = Literal["auto", "png", "jpg"]
"""`auto`: JPEGs and other lossy photos become JPEG, all else PNG, and so does what has transparent parts."""
Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Recipe:
    """What pictures are made into."""

    scaling: Scaling
    format: Format = "auto"
    quality: int = JPEG_QUALITY
    """Of JPEGs, 1 to 100."""
    fill: Colour | None = None
    """What is seen through transparent parts; None keeps them, where the format can (JPEG cannot: white)."""


def ferried(resolution: int) -> Recipe:
    """As the trainer gets pictures: its own last resize still has pixels to spare, and transparency can be a mask."""
    return Recipe(ForTraining(resolution))


@dataclass(frozen=True)
class Rendered:
    """A picture, or a mask, as it leaves the program."""

    data: bytes
    sha256: str
    suffix: Suffix
    size: Size
    """(width, height) of the result."""
    source_size: Size
    """(width, height) of the original, upright."""
    upscaled: bool
    """Whether it has fewer pixels than the training resolution asks for, so that it is trained smaller."""


def render(path: Path, name: str, recipe: Recipe, cut: Cut = UNCUT) -> Rendered:
    """The picture at `path`, upright, in sRGB, turned, cut and scaled, with no metadata.

    Where transparency is kept, what a fully transparent part hides is not. The same file gives the same bytes. Raises
    ProblemError as `library.pictures.opened` does.
    """
    with opened(path, name) as image:
        size = upright_size(image)
        scaled = _part(size, recipe.scaling, cut)
        suffix = _suffix_for(image, path)
        result = _cut_out(image, cut.turn, scaled.box, scaled.size)
    if recipe.format != "auto":
        suffix = ".png" if recipe.format == "png" else ".jpg"
    elif result.mode == "RGBA" and recipe.fill is None:
        suffix = ".png"
    if result.mode == "RGBA" and (suffix == ".jpg" or recipe.fill is not None):
        below = Image.new("RGB", result.size, recipe.fill or WHITE)
        below.paste(result, mask=result.getchannel("A"))
        result = below
    data = _encoded(result, suffix, recipe.quality)
    return Rendered(data, hashlib.sha256(data).hexdigest(), suffix, result.size, size, scaled.small)


def render_mask(source: Path | bytes, name: str, picture: Size, recipe: Recipe, cut: Cut = UNCUT) -> Rendered:
    """The mask of a picture whose upright size is `picture`, grey, turned, cut and scaled exactly as that is.

    The mask shows the upright picture, in any size. Raises ProblemError `mask_unreadable`.
    """
    scaled = _part(picture, recipe.scaling, cut)
    try:
        with opened(source, name) as image:
            grey = as_srgb(turned(image, orientation_of(image))).convert("L")
    except ProblemError as error:
        detail = str(error.problem.params.get("detail") or error.problem.code)
        raise fail("mask_unreadable", name=name, detail=detail) from error
    scale = (grey.width / picture[0], grey.height / picture[1])
    result = _placed(grey, scale, picture, cut.turn, scaled.box, scaled.size, Image.Resampling.BILINEAR)
    data = _encoded(result, ".png", recipe.quality)
    return Rendered(data, hashlib.sha256(data).hexdigest(), ".png", result.size, picture, scaled.small)


def _part(size: Size, scaling: Scaling, cut: Cut) -> Scaled:
    """Which box of the turned picture becomes a picture of which size."""
    crop = cut.within(size)
    scaled = scaling.of((crop.width, crop.height))
    left, top, right, bottom = scaled.box
    return replace(scaled, box=(crop.left + left, crop.top + top, crop.left + right, crop.top + bottom))


def _cut_out(image: Image.Image, turn: Turn, part: Box, target: Size) -> Image.Image:
    """The box `part` of the turned picture scaled to `target`: RGB in sRGB, or RGBA where some of it is transparent."""
    stored_turn = combined(EXIF_TURNS[orientation_of(image) - 1], turn)
    stored = image.size
    scale = _draft(image, max(target[0] / (part[2] - part[0]), target[1] / (part[3] - part[1])))
    image.load()
    result, alpha = layers(image)
    if alpha is not None:
        result.paste("white", mask=alpha.point(lambda value: 0 if value else 255))
        result.putalpha(alpha)
    return _placed(result, scale, stored, stored_turn, part, target, Image.Resampling.LANCZOS)


def _draft(image: Image.Image, scale: float) -> tuple[float, float]:
    """Have the picture decoded smaller where that leaves twice what `scale` needs; how large it will be, by axis.

    JPEG can be decoded at 1/2, 1/4 or 1/8; what is left is Lanczos's.
    """
    whole = image.size
    wanted = (ceil(whole[0] * scale * 2), ceil(whole[1] * scale * 2))
    drafted = image.draft(None, wanted)
    if drafted is None:
        return 1.0, 1.0
    _, (_, _, width, height) = drafted
    return width / whole[0], height / whole[1]


def _placed(
    image: Image.Image,
    scale: tuple[float, float],
    stored: Size,
    turn: Turn,
    part: Box,
    target: Size,
    resampling: Image.Resampling,
) -> Image.Image:
    """The box `part` of a picture after `turn`, scaled to `target`. `image` is that picture before it, which is of the
    size `stored` and lies here enlarged by `scale`."""
    if turn.degrees:
        return _straightened(image, scale, stored, turn, part, target, resampling)
    left, top, right, bottom = box_to_upright(part, stored, turn)
    box = (
        max(0, left * scale[0]), max(0, top * scale[1]),
        min(right * scale[0], image.width), min(bottom * scale[1], image.height),
    )  # fmt: skip
    size = squared_size(target, turn)
    if image.size != size or box != (0, 0, *size):
        image = image.resize(size, resampling, box=box, reducing_gap=3.0)
    return _squared(image, turn)


def _squared(image: Image.Image, turn: Turn) -> Image.Image:
    """The picture after the quarter turns and the mirroring of `turn`."""
    return turned(image, EXIF_TURNS.index(Turn(turn.quarters, turn.mirrored)) + 1)


def _straightened(
    image: Image.Image,
    scale: tuple[float, float],
    stored: Size,
    turn: Turn,
    part: Box,
    target: Size,
    resampling: Image.Resampling,
) -> Image.Image:
    """As `_placed`, for a turn by any angle: once through cubic interpolation at about the size it has, then scaled."""
    width, height = part[2] - part[0], part[3] - part[1]
    size = (max(1, round(width * min(scale))), max(1, round(height * min(scale))))
    few = int(min(size[0] / target[0], size[1] / target[1]) / 2)
    if few > 1:
        image = image.reduce(few)
        scale = (scale[0] / few, scale[1] / few)
        size = (max(1, round(size[0] / few)), max(1, round(size[1] / few)))

    def place(x: float, y: float) -> tuple[float, float]:
        found = to_upright((part[0] + x * width / size[0], part[1] + y * height / size[1]), stored, turn)
        return found[0] * scale[0], found[1] * scale[1]

    (left, top), right, down = place(0, 0), place(1, 0), place(0, 1)
    coefficients = (right[0] - left, down[0] - left, left, right[1] - top, down[1] - top, top)
    smooth = Image.Resampling.BICUBIC if resampling is Image.Resampling.LANCZOS else Image.Resampling.BILINEAR
    rotated = image.transform(size, Image.Transform.AFFINE, coefficients, smooth)
    return rotated if size == target else rotated.resize(target, resampling, reducing_gap=3.0)


def _suffix_for(image: Image.Image, path: Path) -> Suffix:
    if image.format in ("JPEG", "MPO", "AVIF", "HEIF"):
        return ".jpg"
    if image.format == "WEBP" and not _is_lossless_webp(path):
        return ".jpg"
    return ".png"


def _is_lossless_webp(path: Path) -> bool:
    """By the chunk that holds the pixels (RFC 9649): `VP8L` is lossless, `VP8 ` is not."""
    with path.open("rb") as file:
        return b"VP8L" in file.read(4096)


def _encoded(image: Image.Image, suffix: Suffix, quality: int) -> bytes:
    # A bare copy: `save` would take over profile, EXIF and comments from `info`.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    buffer = io.BytesIO()
    if suffix == ".jpg":
        bare.save(buffer, "JPEG", quality=quality, subsampling=0, optimize=False)
    else:
        bare.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
