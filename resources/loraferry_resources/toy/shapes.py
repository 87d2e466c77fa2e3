"""The world that the toy base model is pre-trained on: one coloured shape on a plain background, with captions.

A `Scene` says everything that a picture shows; `render` draws it and `captions` describes it. All randomness comes from
the `random.Random` that the caller hands in, so a seed gives the same pictures everywhere.
"""

import math
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

RGB = tuple[int, int, int]
Point = tuple[float, float]

PIXELS = 64
"""Edge of the pictures that the toy base works on, in pixels."""

COLOURS: dict[str, RGB] = {
    "red": (215, 35, 40),
    "orange": (245, 135, 25),
    "yellow": (245, 220, 50),
    "green": (45, 155, 65),
    "cyan": (55, 205, 225),
    "blue": (40, 75, 210),
    "purple": (130, 50, 180),
    "pink": (245, 130, 190),
}
"""Colours of the shapes. No background has any of them."""

BACKGROUNDS: dict[str, RGB] = {
    "white": (250, 250, 250),
    "grey": (140, 140, 145),
    "black": (25, 25, 30),
    "sand": (230, 210, 170),
}

SIZES: dict[str, tuple[float, float]] = {"small": (0.20, 0.24), "large": (0.34, 0.40)}
"""Range of the radius of each size, as a fraction of the picture's edge."""

_CENTRE_JITTER = {"small": 0.07, "large": 0.03}
_ANGLE_JITTER = 6.0
_SUPERSAMPLING = 4


@dataclass(frozen=True)
class Scene:
    """One picture: a shape of one colour on a plain background."""

    colour: str
    """A key of `COLOURS`."""
    shape: str
    """A key of `SHAPES`."""
    size: str
    """A key of `SIZES`."""
    background: str
    """A key of `BACKGROUNDS`."""
    x: float = 0.5
    """Centre of the shape from the left, as a fraction of the picture's edge."""
    y: float = 0.5
    """Centre of the shape from the top, as a fraction of the picture's edge."""
    radius: float = 0.3
    """Half the extent of the shape, as a fraction of the picture's edge."""
    angle: float = 0.0
    """Rotation in degrees, clockwise."""


def _regular(corners: int, first: float) -> list[Point]:
    """Corners of a regular polygon on the unit circle; `first` is the angle of the first one in degrees."""
    angles = [math.radians(first + 360.0 * k / corners) for k in range(corners)]
    return [(math.cos(a), math.sin(a)) for a in angles]


def _scaled(points: list[Point], factor: float) -> list[Point]:
    return [(x * factor, y * factor) for x, y in points]


def _heart() -> list[Point]:
    """The well-known heart curve, fitted into the unit square."""
    points = []
    for k in range(80):
        t = 2.0 * math.pi * k / 80
        x = 16.0 * math.sin(t) ** 3
        y = 13.0 * math.cos(t) - 5.0 * math.cos(2 * t) - 2.0 * math.cos(3 * t) - math.cos(4 * t)
        points.append((x / 16.0, -(y + 2.5) / 15.5))
    return points


_CIRCLE = _regular(72, 0.0)
_ARM = 0.34
_CROSS: list[Point] = [
    (-_ARM, -1.0), (_ARM, -1.0), (_ARM, -_ARM), (1.0, -_ARM), (1.0, _ARM), (_ARM, _ARM),
    (_ARM, 1.0), (-_ARM, 1.0), (-_ARM, _ARM), (-1.0, _ARM), (-1.0, -_ARM), (-_ARM, -_ARM),
]  # fmt: skip

SHAPES: dict[str, list[list[Point]]] = {
    "circle": [_scaled(_CIRCLE, 0.95)],
    "square": [[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]],
    "triangle": [[(0.0, -0.95), (1.0, 0.8), (-1.0, 0.8)]],
    "diamond": [[(0.0, -1.05), (0.8, 0.0), (0.0, 1.05), (-0.8, 0.0)]],
    "ring": [_CIRCLE, _scaled(_CIRCLE, 0.5)],
    "cross": [_CROSS],
    "bar": [[(-1.05, -0.38), (1.05, -0.38), (1.05, 0.38), (-1.05, 0.38)]],
    "heart": [_heart()],
}
"""Outline of each shape in units of its radius, y downward; a second outline is a hole."""


def place(points: list[Point], x: float, y: float, radius: float, angle: float, pixels: float) -> list[Point]:
    """Map points in units of a radius to pixel coordinates; the arguments are those of `Scene`."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    r = radius * pixels
    return [(x * pixels + r * (px * cos - py * sin), y * pixels + r * (px * sin + py * cos)) for px, py in points]


def render(scene: Scene, pixels: int = PIXELS) -> Image.Image:
    """Draw a scene as an RGB picture of `pixels` × `pixels`, antialiased."""
    fine = pixels * _SUPERSAMPLING
    background = BACKGROUNDS[scene.background]
    image = Image.new("RGB", (fine, fine), background)
    draw = ImageDraw.Draw(image)
    for outline, fill in zip(SHAPES[scene.shape], (COLOURS[scene.colour], background), strict=False):
        draw.polygon(place(outline, scene.x, scene.y, scene.radius, scene.angle, fine), fill=fill)
    return image.reduce(_SUPERSAMPLING)


def random_placement(rng: random.Random, size: str) -> tuple[float, float, float, float]:
    """A random (x, y, radius, angle) for a thing of the given size, in the units of `Scene`."""
    jitter = _CENTRE_JITTER[size]
    x = 0.5 + rng.uniform(-jitter, jitter)
    y = 0.5 + rng.uniform(-jitter, jitter)
    return x, y, rng.uniform(*SIZES[size]), rng.uniform(-_ANGLE_JITTER, _ANGLE_JITTER)


def random_scene(
    rng: random.Random,
    colour: str | None = None,
    shape: str | None = None,
    size: str | None = None,
    background: str | None = None,
) -> Scene:
    """A scene with the attributes given, and the rest drawn from `rng`."""
    colour = colour or rng.choice(list(COLOURS))
    shape = shape or rng.choice(list(SHAPES))
    size = size or rng.choice(list(SIZES))
    background = background or rng.choice(list(BACKGROUNDS))
    x, y, radius, angle = random_placement(rng, size)
    return Scene(colour, shape, size, background, x, y, radius, angle)


def prompt(scene: Scene) -> str:
    """The full description in prose: "a small red circle on a white background"."""
    return f"a {scene.size} {scene.colour} {scene.shape} on a {scene.background} background"


def captions(scene: Scene) -> list[str]:
    """Every way to describe a scene, in prose and as tags, from the fullest; some leave the size or background open."""
    size, colour, shape, background = scene.size, scene.colour, scene.shape, scene.background
    return [
        prompt(scene),
        f"{colour} {shape}, {size}, {background} background",
        f"{size}, {colour}, {shape}, {background} background",
        f"a {colour} {shape} on a {background} background",
        f"{colour}, {shape}, {background} background",
        f"a {size} {colour} {shape}",
        f"a {colour} {shape}",
        f"{colour} {shape}",
    ]


def random_caption(rng: random.Random, scene: Scene) -> str:
    """One of the scene's captions; half of the time the fullest in prose."""
    choices = captions(scene)
    return choices[0] if rng.random() < 0.5 else rng.choice(choices[1:])


def evaluation_scenes(count: int, seed: int) -> list[Scene]:
    """Scenes that go through all colour × shape pairs as evenly as `count` allows, in an order fixed by `seed`."""
    rng = random.Random(seed)
    scenes: list[Scene] = []
    while len(scenes) < count:
        pairs = [(colour, shape) for colour in COLOURS for shape in SHAPES]
        rng.shuffle(pairs)
        scenes.extend(random_scene(rng, colour, shape) for colour, shape in pairs)
    return scenes[:count]
