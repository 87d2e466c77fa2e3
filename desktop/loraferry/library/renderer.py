"""The one renderer of what is ferried to the trainer. Originals are only read."""

import hashlib
import io
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Literal

from PIL import Image

from loraferry.library.colour import layers
from loraferry.library.pictures import opened, orientation_of, turned, upright_size
from loraferry_core.dataset.buckets import Size, bucket_for, buckets, fit

RENDERER_VERSION = 2
"""Raise it when the same picture would give other bytes: cached results of older versions are then left alone."""

JPEG_QUALITY = 95
# Finer than any family's, so that the covering size holds for all of them with the margin below.
_BUCKET_STEP = 8
# Twice the training area.
_MARGIN = sqrt(2)

Suffix = Literal[".png", ".jpg"]


@dataclass(frozen=True)
class Rendered:
    """A picture as it is ferried."""

    data: bytes
    sha256: str
    suffix: Suffix
    size: Size
    """(width, height) of the result."""
    source_size: Size
    """(width, height) of the original, upright."""
    upscaled: bool
    """Whether it has fewer pixels than the training resolution asks for, so that it is trained smaller."""


def rendered_size(size: Size, resolution: int) -> tuple[Size, bool]:
    """The size in which a picture of `size` is ferried, and whether it is smaller than the resolution asks for.

    Twice the area that covers the picture's bucket, so that the trainer's own resize still has pixels to spare; never
    larger than the picture is.
    """
    covering = fit(size, bucket_for(size, buckets(resolution, _BUCKET_STEP)))
    scale = min(1.0, covering.scale * _MARGIN)
    target = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    return target, covering.upscaled


def render(path: Path, name: str, resolution: int) -> Rendered:
    """The picture at `path`, upright, in sRGB, no larger than needed, with no metadata.

    Transparency is kept, as it can be a mask for the training, but not what a fully transparent part hides. The same
    file gives the same bytes. JPEGs and other lossy photos become JPEG at quality 95, all else PNG. Raises
    ProblemError as `library.pictures.opened` does.
    """
    with opened(path, name) as image:
        source_size = upright_size(image)
        target, upscaled = rendered_size(source_size, resolution)
        suffix = _suffix_for(image, path)
        result = upright(image, target)
    if result.mode == "RGBA":
        suffix = ".png"
    data = _encoded(result, suffix)
    return Rendered(data, hashlib.sha256(data).hexdigest(), suffix, result.size, source_size, upscaled)


def upright(image: Image.Image, target: Size) -> Image.Image:
    """`image` decoded, in sRGB, resized to `target` (upright width and height) and turned upright: RGB, or RGBA."""
    orientation = orientation_of(image)
    stored = (target[1], target[0]) if orientation >= 5 else target
    # JPEG can be decoded at 1/2, 1/4 or 1/8; twice the target leaves the rest to Lanczos.
    image.draft(None, (stored[0] * 2, stored[1] * 2))
    image.load()
    result, alpha = layers(image)
    if alpha is not None:
        result.paste("white", mask=alpha.point(lambda value: 0 if value else 255))
        result.putalpha(alpha)
    if result.size != stored:
        result = result.resize(stored, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return turned(result, orientation)


def _suffix_for(image: Image.Image, path: Path) -> Suffix:
    if image.format in ("JPEG", "MPO", "AVIF"):
        return ".jpg"
    if image.format == "WEBP" and not _is_lossless_webp(path):
        return ".jpg"
    return ".png"


def _is_lossless_webp(path: Path) -> bool:
    """By the chunk that holds the pixels (RFC 9649): `VP8L` is lossless, `VP8 ` is not."""
    with path.open("rb") as file:
        return b"VP8L" in file.read(4096)


def _encoded(image: Image.Image, suffix: Suffix) -> bytes:
    # A bare copy: `save` would take over profile, EXIF and comments from `info`.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    buffer = io.BytesIO()
    if suffix == ".jpg":
        bare.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=False)
    else:
        bare.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
