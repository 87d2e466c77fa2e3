"""What stands out in a picture: by how little its colours resemble those at the picture's edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PIL import Image

from loraferry.library.scaling import Box
from loraferry_core.dataset.buckets import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float32]

EDGE = 160
"""Longer side in pixels at which a picture is looked at: enough for where things are."""
BORDER_SHARE = 0.08
"""Thickness of the four strips at the edges, as a share of the shorter side."""
CENTRE_WEIGHT = 0.35
"""How much less a place in the corner counts than one in the middle: people aim at what they photograph."""
OUTSIDE = 0.005
"""Share of what stands out that may lie beyond each side of its box: single specks do not widen it."""
THRESHOLD_SHARE = 0.75
"""Of Otsu's threshold: a box that is a little too wide does less harm than one that cuts off what matters."""
LEAST = 0.05
"""Difference below which nothing stands out, as a share of the whole range of lightness."""


def saliency(image: Image.Image) -> Numbers:
    """How much each place of an RGB picture stands out, 0 to 1, as rows × columns of a copy of at most EDGE pixels.

    The backgroundness of Zhang et al., Minimum Barrier Salient Object Detection at 80 FPS (ICCV 2015, section 3.3):
    for each of the four strips at the edges the Mahalanobis distance of every colour (CIELAB) to the colours there,
    each scaled to 1, summed without the largest, so that a subject may touch one edge. On top of theirs: a blur that
    joins the parts of a subject, and a weight that falls towards the corners. All zeros where nothing differs.
    """
    import numpy as np

    colours = _lab(image)
    rows, columns = colours.shape[:2]
    strip = max(1, round(min(rows, columns) * BORDER_SHARE))
    strips = (colours[:strip], colours[-strip:], colours[:, :strip], colours[:, -strip:])
    maps = [_unlike(colours, edge.reshape(-1, 3)) for edge in strips]
    if max(found.max() for found in maps) < LEAST * 100:
        return np.zeros((rows, columns), dtype=np.float32)
    scaled = [found / max(float(found.max()), 1e-6) for found in maps]
    combined = np.sum(scaled, axis=0) - np.max(scaled, axis=0)
    combined = _blurred(combined, max(1, min(rows, columns) // 40)) * _centred(rows, columns)
    return (combined / max(float(combined.max()), 1e-6)).astype(np.float32)


def subject_box(strength: Numbers, size: Size) -> Box | None:
    """The box of what stands out, in pixels of a picture of `size`; None where nothing does.

    What counts lies above THRESHOLD_SHARE of Otsu's threshold (A Threshold Selection Method from Gray-Level Histograms,
    1979); of that, OUTSIDE is left beyond each side.
    """
    import numpy as np

    if not strength.any():
        return None
    weights = (strength >= _otsu(strength) * THRESHOLD_SHARE).astype(np.float32)
    left, right = _middle(weights.sum(axis=0))
    top, bottom = _middle(weights.sum(axis=1))
    across, down = size[0] / strength.shape[1], size[1] / strength.shape[0]
    return left * across, top * down, right * across, bottom * down


def _lab(image: Image.Image) -> Numbers:
    """CIELAB (D65) with lightness 0 … 100, of an sRGB picture scaled to EDGE (IEC 61966-2-1; CIE 15:2004)."""
    import numpy as np

    small = image.convert("RGB")
    small.thumbnail((EDGE, EDGE), Image.Resampling.BOX, reducing_gap=2.0)
    values = np.asarray(small, dtype=np.float32) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
        dtype=np.float32,
    )
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def _unlike(colours: Numbers, edge: Numbers) -> Numbers:
    """Mahalanobis distance of each colour to those of a strip, times a standard deviation of at least 5 units, so that
    plain strips do not make noise look like a subject; the result is in units of CIELAB."""
    import numpy as np

    least = 25.0
    covariance = np.cov(edge, rowvar=False) + np.eye(3) * least if len(edge) > 1 else np.eye(3) * least
    difference = colours - edge.mean(axis=0)
    squared = np.einsum("rci,ij,rcj->rc", difference, np.linalg.inv(covariance).astype(np.float32), difference)
    return np.asarray(np.sqrt(np.maximum(squared, 0)) * least**0.5, dtype=np.float32)


def _blurred(values: Numbers, radius: int) -> Numbers:
    """A box blur over 2 · radius + 1 pixels each way, twice; edges are repeated."""
    import numpy as np

    blurred = values.astype(np.float64)
    wide = 2 * radius + 1
    for axis in (0, 1, 0, 1):
        pad = [(radius + 1, radius) if axis == way else (0, 0) for way in (0, 1)]
        sums = np.cumsum(np.pad(blurred, pad, mode="edge"), axis=axis)
        upper, lower = (sums[wide:], sums[:-wide]) if axis == 0 else (sums[:, wide:], sums[:, :-wide])
        blurred = (upper - lower) / wide
    return blurred.astype(np.float32)


def _centred(rows: int, columns: int) -> Numbers:
    """1 in the middle, falling with the square of the distance to 1 − CENTRE_WEIGHT in the corners."""
    import numpy as np

    down, across = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None, :]
    return np.asarray(1 - CENTRE_WEIGHT * (down**2 + across**2) / 2, dtype=np.float32)


def _otsu(values: Numbers) -> float:
    """The threshold that best parts values of 0 … 1 into two groups."""
    import numpy as np

    counts, edges = np.histogram(values, bins=64, range=(0, 1))
    below = np.cumsum(counts)
    total = below[-1]
    mass = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * below / total - mass) ** 2 / (below * (total - below))
    between = np.nan_to_num(between, nan=0.0, posinf=0.0)
    # A gap between two groups scores alike all over; its middle is the fairest place.
    best = np.flatnonzero(between >= between.max() * 0.9999)
    return float(edges[1:][best].mean())


def _middle(weights: Numbers) -> tuple[float, float]:
    """Where the weights lie along a line, but for OUTSIDE at either end."""
    import numpy as np

    reached = np.cumsum(weights) / weights.sum()
    first = int(np.searchsorted(reached, OUTSIDE))
    last = int(np.searchsorted(reached, 1 - OUTSIDE))
    return float(first), float(min(last + 1, len(weights)))
