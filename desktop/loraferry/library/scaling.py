"""In which size a picture leaves the program: for the trainer, cut to its bucket, with a longest side, or as it is."""

from dataclasses import dataclass
from functools import lru_cache
from math import gcd, sqrt

from loraferry_core.dataset.buckets import Size, bucket_for, buckets, fit, training_bucket

Box = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels, not always whole ones."""

# Finer than any family's, so that the covering size holds for all of them with the margin below.
_FINEST_STEP = 8
# Twice the training area.
_MARGIN = sqrt(2)
# So much larger or smaller a picture may be ferried for the sake of its sides' exact proportion; half a pixel in the
# eleven of the finest step times the margin is less.
_ROOM = 0.05


@dataclass(frozen=True)
class Scaled:
    """What becomes of a picture: the part `box` of it is scaled to `size`. `small` says whether it has fewer pixels than
    the training resolution asks for, so that it is trained smaller."""

    box: Box
    size: Size
    small: bool = False


@dataclass(frozen=True)
class ForTraining:
    """As it is ferried: twice the area that covers the picture's bucket, so that the trainer's own resize still has
    pixels to spare; never larger than the picture is."""

    resolution: int

    def of(self, size: Size) -> Scaled:
        """What becomes of a picture of `size`."""
        target, small = rendered_size(size, self.resolution)
        return Scaled((0, 0, *size), target, small)


@dataclass(frozen=True)
class ToBucket:
    """Exactly as the trainer cuts and scales it."""

    resolution: int
    step: int

    def of(self, size: Size) -> Scaled:
        """What becomes of a picture of `size`."""
        bucket = training_bucket(size, self.resolution, self.step)
        full = bucket_for(size, buckets(self.resolution, self.step))
        return Scaled(fit(size, bucket).box, bucket, fit(size, full).upscaled)


@dataclass(frozen=True)
class LongestSide:
    """At most so many pixels along the longer side."""

    pixels: int

    def of(self, size: Size) -> Scaled:
        """What becomes of a picture of `size`."""
        scale = min(1.0, self.pixels / max(size))
        return Scaled((0, 0, *size), (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))


@dataclass(frozen=True)
class Unscaled:
    """Every pixel it has."""

    def of(self, size: Size) -> Scaled:
        """What becomes of a picture of `size`."""
        return Scaled((0, 0, *size), size)


Scaling = ForTraining | ToBucket | LongestSide | Unscaled


@lru_cache(maxsize=4096)
def rendered_size(size: Size, resolution: int) -> tuple[Size, bool]:
    """The size in which a picture of `size` is ferried, and whether it is smaller than the resolution asks for.

    Where sides of exactly the same proportion are at hand, those are taken: then a crop that has the proportion of its
    bucket still has it, and the trainer cuts nothing off.
    """
    covering = fit(size, bucket_for(size, buckets(resolution, _FINEST_STEP)))
    scale = covering.scale * _MARGIN
    if scale >= 1:
        return size, covering.upscaled
    parts = gcd(*size)
    taken = round(parts * scale)
    if abs(taken - parts * scale) <= parts * scale * _ROOM:
        return (size[0] // parts * taken, size[1] // parts * taken), covering.upscaled
    return (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))), covering.upscaled
