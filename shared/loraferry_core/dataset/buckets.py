"""The one geometry of training pictures: which bucket a picture falls into, and what is cut off.

Previews, exports and the trainer all use these functions, so what the crop shows is what is trained.
Sizes are (width, height) in pixels.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

Size = tuple[int, int]
MAX_ASPECT = 2.0
EIGHTHS = 8


@dataclass(frozen=True)
class Fit:
    """How a picture becomes a training picture: the part `box` (left, top, right, bottom, in pixels of the picture,
    not always whole ones) is scaled to `bucket` in one step. `scale` is the factor from picture to training picture."""

    bucket: Size
    box: tuple[float, float, float, float]
    scale: float

    @property
    def upscaled(self) -> bool:
        """Whether the picture is smaller than its bucket and has to be enlarged."""
        return self.scale > 1


def buckets(resolution: int, step: int, max_aspect: float = MAX_ASPECT) -> tuple[Size, ...]:
    """All bucket sizes: multiples of `step`, of area at most resolution², no side ratio over `max_aspect`.

    For each width the largest height that fits is taken (the rule of NovelAI's aspect ratio bucketing, 2022), so
    there are few distinct shapes. The square is always among them; a `resolution` below `step` gives it alone.
    """
    area = resolution * resolution
    square = max(step, resolution // step * step)
    found = {(square, square)}
    for width in range(step, int(resolution * sqrt(max_aspect)) + step, step):
        height = area // width // step * step
        if height and max(width, height) <= max_aspect * min(width, height):
            found |= {(width, height), (height, width)}
    return tuple(sorted(found))


@lru_cache
def rungs(resolution: int, step: int) -> tuple[tuple[Size, ...], ...]:
    """The buckets of `resolution`, and below them those for smaller pictures: of each whole eighth of it, and at last the
    one square of `step`. However many pictures there are, their shapes are few, and a small one loses little."""
    sides = {max(step, resolution * eighths // EIGHTHS) for eighths in range(1, EIGHTHS + 1)} | {step}
    return tuple(buckets(side, step) for side in sorted(sides, reverse=True))


def bucket_for(size: Size, choices: tuple[Size, ...]) -> Size:
    """The bucket nearest in aspect ratio, whether the picture fills it or not; among equals the largest."""
    aspect = size[0] / size[1]

    def distance(bucket: Size) -> float:
        ratio = aspect / (bucket[0] / bucket[1])
        return max(ratio, 1 / ratio)

    nearest = min(distance(bucket) for bucket in choices)
    return max(bucket for bucket in choices if distance(bucket) <= nearest * 1.0001)


def training_bucket(size: Size, resolution: int, step: int) -> Size:
    """The bucket that a picture of `size` is trained in: that of its shape on the highest rung where it need not be
    enlarged. One that is narrower than `step` is enlarged all the same, as no bucket is narrower."""
    ladder = rungs(resolution, step)
    fitting = (bucket for choices in ladder if not fit(size, bucket := bucket_for(size, choices)).upscaled)
    return next(fitting, None) or bucket_for(size, ladder[-1])


def fit(size: Size, bucket: Size) -> Fit:
    """Scale to cover `bucket`, and cut what stands out alike on both sides."""
    width, height = size
    scale = max(bucket[0] / width, bucket[1] / height)
    kept_width, kept_height = min(width, bucket[0] / scale), min(height, bucket[1] / scale)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    return Fit(bucket, (left, top, left + kept_width, top + kept_height), scale)
