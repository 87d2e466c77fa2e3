"""Made-up photographs with known faults, for what measures pictures."""

import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Size = tuple[int, int]
Pixels = NDArray[np.float32]


def photo(seed: int, size: Size = (768, 512)) -> Image.Image:
    """Sharp things before a ground of soft light that fills most of it, as in a portrait."""
    chance = random.Random(seed)
    width, height = size
    ground = Image.frombytes("RGB", (5, 4), bytes(chance.randrange(60, 200) for _ in range(60)))
    picture = ground.resize(size, Image.Resampling.BICUBIC)
    large = picture.resize((width * 2, height * 2), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(large)
    centre = (width * chance.uniform(0.7, 1.3), height * chance.uniform(0.8, 1.2))
    for _ in range(30):
        x, y = (chance.gauss(middle, height * 0.3) for middle in centre)
        reach = height * chance.uniform(0.03, 0.18)
        shade = tuple(chance.randrange(25, 225) for _ in range(3))
        points = [(x + chance.uniform(-1, 1) * reach, y + chance.uniform(-1, 1) * reach) for _ in range(5)]
        draw.polygon(points, fill=shade)
    return large.resize(size, Image.Resampling.LANCZOS)


def drawing(seed: int, size: Size = (640, 640), paper: str = "white") -> Image.Image:
    """Flat colour in outlines, dark ones on white paper and light ones on black."""
    chance = random.Random(seed)
    width, height = size
    large = Image.new("RGB", (width * 2, height * 2), paper)
    draw = ImageDraw.Draw(large)
    ink = (20, 15, 25) if paper == "white" else (225, 230, 220)
    for _ in range(9):
        x, y = (chance.uniform(0.5, 1.5) * side for side in size)
        reach = min(size) * chance.uniform(0.05, 0.35)
        shade = tuple(chance.randrange(40, 250) for _ in range(3))
        draw.ellipse((x - reach, y - reach * 1.2, x + reach, y + reach), fill=shade, outline=ink, width=6)
    return large.resize(size, Image.Resampling.LANCZOS)


def blurred(picture: Image.Image, share: float) -> Image.Image:
    """Out of focus by a Gaussian of `share` of the longer side."""
    return picture.filter(ImageFilter.GaussianBlur(share * max(picture.size)))


def moved(picture: Image.Image, pixels: int) -> Image.Image:
    """The camera moved to the side by so many pixels."""
    return _with_pixels(picture, lambda now: sum(np.roll(now, by, 1) for by in range(pixels)) / pixels)


def grainy(picture: Image.Image, sigma: float, seed: int = 1) -> Image.Image:
    """With noise of that standard deviation in grey levels, the same in all channels."""
    grain = np.random.default_rng(seed).normal(0, sigma, (picture.height, picture.width, 1)).astype(np.float32)
    return _with_pixels(picture, lambda now: now + grain)


def exposed(picture: Image.Image, factor: float, shift: float = 0.0) -> Image.Image:
    """Brighter or darker, and cut off where it is too much."""
    return _with_pixels(picture, lambda now: now * factor + shift)


def framed(picture: Image.Image, top: int, side: int, colour: str) -> Image.Image:
    """Between plain bars."""
    large = Image.new("RGB", (picture.width + 2 * side, picture.height + 2 * top), colour)
    large.paste(picture, (side, top))
    return large


def _with_pixels(picture: Image.Image, change: Callable[[Pixels], Pixels]) -> Image.Image:
    pixels = change(np.asarray(picture.convert("RGB"), dtype=np.float32))
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))
