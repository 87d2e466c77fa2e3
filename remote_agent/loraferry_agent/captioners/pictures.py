"""A stored picture as a captioner sees it: upright, RGB, transparent parts on white."""

import struct
import warnings
import zlib
from pathlib import Path

from PIL import Image, ImageOps

MAX_PIXELS = 200_000_000
"""More would take gigabytes to open."""

# Pillow's own limit is a warning and a guess; `MAX_PIXELS` is checked before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


class Undecodable(Exception):
    """The bytes are no picture that can be shown to a model; the text says why."""


def picture_at(path: Path) -> Image.Image:
    """The picture in a file. Raises Undecodable."""
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which the pixels do not need
            if image.width * image.height > MAX_PIXELS:
                raise Undecodable(f"{image.width} × {image.height} pixels")
            image.load()
            return _on_white(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, MemoryError) as error:
        raise Undecodable(str(error) or type(error).__name__) from error


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    whole = image.convert("RGBA")
    ground = Image.new("RGBA", whole.size, "white")
    ground.alpha_composite(whole)
    return ground.convert("RGB")
