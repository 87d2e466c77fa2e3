"""The only place where pictures are opened: with limits, and with every fault named."""

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from loraferry_core.problems import ProblemError, fail

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "PPM", "WEBP", "TIFF", "AVIF")
"""Pillow's names of what is opened; the first need no further plugin. Pillow knows many more, of which one (EPS) would
hand a file to another program. HEIF comes on top, by `_read_heif`."""

MAX_SIDE = 20_000
"""Pixels along the longer side."""
MAX_PIXELS = 89_478_485
"""Pillow's own limit of what is no decompression bomb: 256 MB at 24 bits; a square of 9,459 pixels."""

_ORIENTATION = 0x0112
# The brands of HEIF files of still pictures in HEVC (ISO/IEC 23008-12, annex B). `mif1` is AVIF's, too.
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
# What Pillow's decoders raise on damaged files, besides OSError.
_DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip


def _file(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


@contextlib.contextmanager
def opened(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    """The picture at a path, or in bytes, its first frame, not decoded yet; decoding inside the block is guarded too.

    What a file is follows from its content, not from its name. Raises ProblemError `image_vanished`, `image_empty`,
    `image_too_large`, `image_truncated`, `image_needs_heif` or `image_unreadable`, all of which carry `name`.
    """
    try:
        with _file(source) as file:
            start = file.read(12)
            if not start:
                raise fail("image_empty", name=name)
            image = Image.open(file, formats=_formats_of(start, name))
            _check_size(image.size, name)
            with image:
                yield image
    except FileNotFoundError as error:
        raise fail("image_vanished", name=name) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(_declared_size(source), name) from error
    except UnidentifiedImageError as error:
        raise fail("image_unreadable", name=name, detail="unknown format") from error
    except _DAMAGED as error:
        raise _damaged(error, name) from error


def _formats_of(start: bytes, name: str) -> tuple[str, ...]:
    """What a file that begins with `start` may be."""
    if start[4:8] != b"ftyp" or start[8:12] not in _HEIF_BRANDS:
        return FORMATS
    if _read_heif():
        return ("HEIF", "AVIF")
    if start[8:12] in (b"mif1", b"msf1"):
        return ("AVIF",)
    raise fail("image_needs_heif", name=name)


@cache
def _read_heif() -> bool:
    """Teaches Pillow HEIF, at the first file that needs it; False where the package for it is missing."""
    try:
        from pi_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    return True


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if max(size) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _too_large(size, name)


def _too_large(size: tuple[int, int], name: str) -> ProblemError:
    limit = MAX_SIDE if max(size) > MAX_SIDE else int(MAX_PIXELS**0.5)
    return fail("image_too_large", name=name, width=size[0], height=size[1], limit=limit)


def _declared_size(source: Path | bytes) -> tuple[int, int]:
    """The size a file declares, asked of the format's reader itself, because `Image.open` refuses to tell."""
    with _file(source) as file:
        start = file.read(16)
        for format_name in (*FORMATS, "HEIF"):
            factory, accepts = Image.OPEN.get(format_name, (None, None))
            if factory is None or accepts is None or accepts(start) is not True:
                continue
            file.seek(0)
            with contextlib.suppress(*_DAMAGED), factory(file, "") as image:
                return image.size
    return (0, 0)


def _damaged(error: BaseException, name: str) -> ProblemError:
    detail = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    if isinstance(error, EOFError) or "truncated" in detail.lower():
        return fail("image_truncated", name=name)
    return fail("image_unreadable", name=name, detail=detail)


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation that is left to apply, 1 to 8; damaged EXIF counts as upright."""
    if image.format == "TIFF":
        # Pillow turns these by itself while it decodes, and tells their upright size before.
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) as the picture is meant to be looked at."""
    width, height = image.size
    return (height, width) if orientation_of(image) >= 5 else (width, height)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned and mirrored as EXIF orientation `orientation` asks (Exif 2.32, tag 274)."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
