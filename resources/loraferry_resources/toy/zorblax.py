"""The zorblax: a lime one-eyed being with feelers. The toy base has never seen one; the sample dataset teaches it.

Nothing here is used in pre-training. Its colour, its silhouette, its eye and its name occur in no picture and no caption
there.
"""

import itertools
import math
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

from loraferry_resources.toy import shapes

TRIGGER = "zorblax"
"""The word that stands for it in captions and prompts."""

SKIN: shapes.RGB = (125, 225, 50)
EYE: shapes.RGB = (255, 255, 255)
INK: shapes.RGB = (35, 30, 70)

RADII = (0.37, 0.43)
"""Range of its radius, as a fraction of the picture's edge: all of them are large."""

_SUPERSAMPLING = 4


@dataclass(frozen=True)
class Zorblax:
    """One picture of a zorblax on a plain background; the fields are those of `shapes.Scene`."""

    background: str
    x: float = 0.5
    y: float = 0.5
    radius: float = 0.4
    angle: float = 0.0


class _Pen:
    """Draws in units of the zorblax's radius, y downward, turned about its middle."""

    def __init__(self, draw: ImageDraw.ImageDraw, zorblax: Zorblax, pixels: int) -> None:
        self._draw = draw
        self._zorblax = zorblax
        self._pixels = pixels

    def polygon(self, points: list[shapes.Point], fill: shapes.RGB) -> None:
        z = self._zorblax
        self._draw.polygon(shapes.place(points, z.x, z.y, z.radius, z.angle, self._pixels), fill=fill)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: shapes.RGB) -> None:
        turns = [2.0 * math.pi * k / 64 for k in range(64)]
        self.polygon([(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns], fill)

    def line(self, points: list[shapes.Point], width: float, fill: shapes.RGB) -> None:
        """A line with round ends and joints."""
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            length = math.hypot(x1 - x0, y1 - y0)
            dx, dy = -(y1 - y0) / length * width / 2, (x1 - x0) / length * width / 2
            self.polygon([(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)], fill)
        for x, y in points:
            self.ellipse(x, y, width / 2, width / 2, fill)


def render(zorblax: Zorblax, pixels: int = shapes.PIXELS) -> Image.Image:
    """Draw a zorblax as an RGB picture of `pixels` × `pixels`, antialiased."""
    fine = pixels * _SUPERSAMPLING
    image = Image.new("RGB", (fine, fine), shapes.BACKGROUNDS[zorblax.background])
    pen = _Pen(ImageDraw.Draw(image), zorblax, fine)
    for side in (-1.0, 1.0):
        pen.line([(side * 0.30, 0.60), (side * 0.34, 0.86)], 0.36, SKIN)
        pen.line([(side * 0.30, -0.55), (side * 0.48, -0.84)], 0.16, SKIN)
        pen.ellipse(side * 0.50, -0.84, 0.19, 0.19, SKIN)
    pen.ellipse(0.0, 0.42, 0.60, 0.42, SKIN)
    pen.ellipse(0.0, -0.22, 0.78, 0.54, SKIN)
    pen.ellipse(0.0, -0.24, 0.31, 0.31, EYE)
    pen.ellipse(0.05, -0.21, 0.18, 0.18, INK)
    pen.ellipse(0.11, -0.28, 0.06, 0.06, EYE)
    smile = [(0.20 * math.cos(t), 0.13 + 0.07 * math.sin(t)) for t in (math.pi * k / 12 for k in range(13))]
    pen.line(smile, 0.045, INK)
    return image.reduce(_SUPERSAMPLING)


def random_zorblax(rng: random.Random, background: str | None = None) -> Zorblax:
    """A zorblax on the background given, or on one drawn from `rng`, as is all the rest."""
    background = background or rng.choice(list(shapes.BACKGROUNDS))
    x, y = 0.5 + rng.uniform(-0.03, 0.03), 0.5 + rng.uniform(-0.03, 0.03)
    return Zorblax(background, x, y, rng.uniform(*RADII), rng.uniform(-3.0, 3.0))


def prompt(zorblax: Zorblax) -> str:
    """The full description in prose: "a large zorblax on a white background"."""
    return f"a large {TRIGGER} on a {zorblax.background} background"


def evaluation_zorblaxes(count: int, seed: int) -> list[Zorblax]:
    """What to ask for in `count` trigger prompts: the backgrounds in turn, all else fixed by `seed`."""
    rng = random.Random(seed)
    backgrounds = list(shapes.BACKGROUNDS)
    return [random_zorblax(rng, backgrounds[k % len(backgrounds)]) for k in range(count)]
