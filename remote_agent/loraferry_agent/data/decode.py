"""A picture's bytes as the pixels that are trained: upright, sRGB, opaque on white, cut to its bucket."""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps
from torch import Tensor

from loraferry_core.dataset.buckets import Fit, Size

MAX_PIXELS = 200_000_000
"""More would take gigabytes to open."""

# Pillow's own limit is a warning and a guess; `MAX_PIXELS` is checked before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I", "F")


class Undecodable(Exception):
    """The bytes are no picture that can be trained on; the text says why."""


def read_blob(path: Path, sha256: str) -> bytes:
    """The bytes of a stored file, checked against its hash. Raises Undecodable when they are others, OSError."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Undecodable("the stored bytes are not those that were sent")
    return data


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of the upright picture, from its header alone. Raises Undecodable."""
    with _decoding(), Image.open(path) as image:
        _check_area(image)
        width, height = image.size
        return (height, width) if image.getexif().get(_ORIENTATION) in _TURNED else (width, height)


def decode(data: bytes) -> Image.Image:
    """The upright picture in sRGB, transparent parts on white. Raises Undecodable."""
    with _decoding(), Image.open(io.BytesIO(data)) as image:
        _check_area(image)
        image.load()
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
        return _as_rgb(upright, profile)


def opacity(data: bytes) -> Image.Image | None:
    """The upright picture's alpha channel as grey; None where it has none. Raises Undecodable."""
    with _decoding(), Image.open(io.BytesIO(data)) as image:
        _check_area(image)
        image.load()
        upright = ImageOps.exif_transpose(image)
        return upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None


def mask_values(image: Image.Image, size: Size, fit: Fit, unit: int) -> Tensor:
    """A mask (grey) of a picture of `size` as 1 × height × width in 0 … 1, a number for each latent of `unit` pixels.

    A mask of another size is first brought to that of its picture.
    """
    whole = image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)
    cut = whole.resize((fit.bucket[0] // unit, fit.bucket[1] // unit), Image.Resampling.BOX, box=fit.box)
    return torch.from_numpy(np.asarray(cut, dtype=np.float32) / 255)[None].contiguous()


def training_pixels(image: Image.Image, fit: Fit) -> Tensor:
    """The cut picture as a tensor 1 × RGB × height × width in −1 … 1, after one Lanczos resize."""
    cut = image.resize(fit.bucket, Image.Resampling.LANCZOS, box=fit.box)
    pixels = np.asarray(cut, dtype=np.float32)
    return torch.from_numpy(pixels / 127.5 - 1.0).permute(2, 0, 1)[None].contiguous()


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which the pixels do not need
            yield
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, MemoryError) as error:
        raise Undecodable(str(error) or type(error).__name__) from error


def _check_area(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise Undecodable(f"{image.width} × {image.height} pixels")


def _as_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode in _SIXTEEN_BIT:
        return _from_deep_grey(image)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "L", "CMYK", "LAB"):
        image = image.convert("RGB")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    plain = _in_srgb(image.convert("RGB") if alpha else image, profile)
    if alpha is None:
        return plain
    canvas = Image.new("RGB", plain.size, "white")
    canvas.paste(plain, mask=alpha)
    return canvas


def _from_deep_grey(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.float32)
    top = 1.0 if image.mode == "F" and values.max(initial=0) <= 1 else 65535.0
    return Image.fromarray((values.clip(0, top) * (255.0 / top) + 0.5).astype(np.uint8)).convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours by the embedded profile; a profile that is broken or of another kind of colour is passed over."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            done = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if done is not None:
                return done
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert("RGB")
