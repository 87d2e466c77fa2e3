"""Pictures decoded no larger than they are needed: upright, in sRGB, and fast."""

from pathlib import Path

from PIL import Image

from loraferry.library.colour import as_srgb
from loraferry.library.pictures import opened, orientation_of, turned, upright_size
from loraferry_core.dataset.buckets import Size


def decoded(path: Path, name: str, edge: int) -> tuple[Image.Image, Size]:
    """The picture in mode "RGB", upright, in sRGB, within `edge`; and its full upright size.

    Raises ProblemError as `pictures.opened` does.
    """
    with opened(path, name) as image:
        source_size = upright_size(image)
        orientation = orientation_of(image)
        # Decoding a JPEG at 1/2, 1/4 or 1/8 saves most of the time; the smallest that is not too small is taken.
        image.draft(None, _fitted(image.size, edge))
        image.load()
        if max(image.size) > 2 * edge and image.mode in ("RGB", "L", "RGBA", "LA", "CMYK"):
            # Whole-number shrinking first: colour conversion then works on a fraction of the pixels.
            factor = max(image.size) // (2 * edge) + 1
            profile = image.info.get("icc_profile")
            image = image.reduce(factor)
            if profile:
                image.info["icc_profile"] = profile
        small = turned(within(as_srgb(image), edge), orientation)
    return small, source_size


def within(image: Image.Image, edge: int) -> Image.Image:
    """The picture at most `edge` pixels wide and high."""
    target = _fitted(image.size, edge)
    return image if target == image.size else image.resize(target, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _fitted(size: Size, edge: int) -> Size:
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
