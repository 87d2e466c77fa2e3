"""What can be measured of a picture without knowing what it shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of the picture at MEASURED_EDGE, each from 0 (good) to 1 (bad) where nothing else is said."""

    blur: float
    """1: nothing is sharp."""
    dark: float
    """Share of pixels that are black."""
    bright: float
    """Share of pixels that are clipped to white."""
    noise: float
    border: float
    """Share of the area that is a plain border at the edges."""
    exposure: float
    """Mean brightness, 0 to 1; neither is bad in itself."""
    hash: int
    """64 bits of the perceptual hash."""
