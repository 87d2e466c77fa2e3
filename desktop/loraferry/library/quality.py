"""What can be measured of a picture without knowing what it shows: blur, clipping, noise, borders, a hash."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    # Loaded by the first measuring, in its thread: it takes longer than the window may take to open.
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.uint8]
    Deltas = NDArray[np.int16]
    Mask = NDArray[np.bool_]

MEASURED_EDGE = 512
"""Longer side in pixels of the grey picture that is measured: what is seen there is seen in training as well."""
QUALITY_VERSION = 1
"""Goes up with every change that makes the same picture measure differently."""

SHARP_SIGMA = 0.7
"""Pixels; the blur of an edge in a sharp picture that was reduced to MEASURED_EDGE (measured: 0.4 to 0.75)."""
FULL_NOISE = 25.0
"""Grey levels of 255; the standard deviation that counts as noise 1."""
_HASH_SIDE = 32
_HASH_BITS = 64


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of the upright picture at MEASURED_EDGE, each from 0 (good) to 1 (bad) where nothing else is said."""

    blur: float
    """Share of the linear resolution that is lost where the picture is sharpest: one with 0.5 shows no more than if it
    were half as wide. 1: there is not one edge."""
    dark: float
    """Share of the area that is black without a visible outline: shadows that have lost their detail."""
    bright: float
    """Share of the area that is burnt out: white without a visible outline."""
    noise: float
    """Standard deviation of the grain in FULL_NOISE grey levels, at most 1."""
    border: float
    """Share of the area that is a plain bar or frame with a straight inner edge."""
    exposure: float
    """Mean brightness, 0 to 1; neither is bad in itself."""
    hash: int
    """64 bits of the perceptual hash."""
    mirrored_hash: int
    """The hash that the picture has with left and right exchanged."""


def measure_quality(grey: Image.Image) -> Quality:
    """Measures a picture in mode "L", upright and at most MEASURED_EDGE wide and high.

    What lies inside a border is measured as if the border were not there.
    """
    import numpy as np

    whole = np.asarray(grey)
    inner = without_border(whole)
    plane = inner if inner.size else whole
    sigma = noise_sigma(plane)
    own, mirrored = perceptual_hashes(grey)
    return Quality(
        blur=_rounded(blur_of(edge_sigma(plane, sigma))),
        dark=_rounded(lost_share(255 - plane)),
        bright=_rounded(lost_share(plane)),
        noise=_rounded(min(1.0, sigma / FULL_NOISE)),
        border=_rounded(1 - inner.size / whole.size),
        exposure=_rounded(float(plane.mean()) / 255),
        hash=own,
        mirrored_hash=mirrored,
    )


def _rounded(value: float) -> float:
    return round(value, 4)


# --- blur


def blur_of(sigma: float) -> float:
    """The share of linear resolution that is lost when edges have a Gaussian blur of `sigma` pixels: what can be told
    apart grows with sigma, and SHARP_SIGMA is that of a sharp picture."""
    return max(0.0, 1 - SHARP_SIGMA / sigma) if sigma > 0 else 0.0


_DIFFERENCE_VARIANCE = 1 / 3
"""What taking differences over two pixels adds to the variance of an edge: that of a box of width 2."""
_WEAKEST = 3.0
"""Grey levels a pixel; what is flatter is no edge."""
_REACH = 3
"""Pixels around an edge that are looked at."""
_MOST_EDGES = 4096
"""Edge pixels that are looked at, spread evenly."""
_BLOCK = 32
_GRAIN_LEFT = 1.2
"""Gradient after the blur, in standard deviations of the noise: six times what the noise itself leaves there."""
_LEAST_EDGES = 4
"""Edge pixels without which a block says nothing."""
_SHARPEST = 0.15
"""The quantile of blocks that counts: a picture is sharp where this share of what has edges is, whatever lies out of
focus; less may be a watermark."""


def edge_sigma(plane: Plane, noise: float) -> float:
    """The standard deviation in pixels of the Gaussian that would blur an ideal edge like the picture's sharpest ones;
    infinite where there is no edge at all. `noise` is the standard deviation of its grain in grey levels.

    Zhuo and Sim, "Defocus map estimation from a single image" (2011): an edge of blur s, blurred again by s0, keeps
    1 / R of its gradient with R² = 1 + s0² / s². Large smooth areas and flat colour have no edges and so no say. Edges
    that run up and those that run across are looked at apart, and the softer kind counts: motion blurs only one.
    """
    import numpy as np

    if min(plane.shape) <= 2 * _REACH + 2:
        return 0.0
    smooth = _smoothed(plane)
    across = np.abs(smooth[1:-1, 2:] - smooth[1:-1, :-2])
    down = np.abs(smooth[2:, 1:-1] - smooth[:-2, 1:-1])
    # 32 times the gradient: 16 by the weights, 2 by differences over two pixels.
    least = max(32 * _WEAKEST * 0.7, 32 * noise * _GRAIN_LEFT, 0.1 * float(max(across.max(), down.max())))
    upright = _ridges(across, down, least)
    lying = _ridges(down.T, across.T, least).T
    sigmas = [_block_sigma(plane, np.nonzero(edges), noise) for edges in (upright, lying)]
    if sigmas == [None, None]:
        # Nothing can be said where grain hides whatever edges there are.
        return 0.0 if noise * _GRAIN_LEFT > _WEAKEST else math.inf
    return max(sigma for sigma in sigmas if sigma is not None)


def _smoothed(plane: Plane) -> Deltas:
    """16 times the plane under binomial weights of three pixels each way, a pixel less on each side: edges are found
    there, so that grain does not choose where it is taken for sharpness."""
    import numpy as np

    levels = plane.astype(np.int16)
    tall = levels[:-2] + 2 * levels[1:-1] + levels[2:]
    smooth: Deltas = tall[:, :-2] + 2 * tall[:, 1:-1] + tall[:, 2:]
    return smooth


def _ridges(gradient: Deltas, other: Deltas, least: float) -> Mask:
    """Where `gradient`, taken across, is over `least`, over the other one, and no smaller than left and right of it:
    off its ridge an edge looks softer than it is. As large as the plane less _REACH on each side."""
    margin = _REACH - 2
    height, width = gradient.shape
    rows = slice(margin, height - margin)
    here, left, right = (gradient[rows, margin + by : width - margin + by] for by in (0, -1, 1))
    return (here > least) & (here >= other[rows, margin : width - margin]) & (here >= left) & (here >= right)


def _block_sigma(plane: Plane, places: tuple[NDArray[np.intp], ...], noise: float) -> float | None:
    """The blur of the sharpest blocks among these edge pixels; None where no block has enough of them."""
    import numpy as np

    rows, columns = (place[:: len(place) // _MOST_EDGES + 1] for place in places)
    windows = np.lib.stride_tricks.sliding_window_view(plane, (2 * _REACH + 1, 2 * _REACH + 1))
    found = windows[rows, columns].reshape(len(rows), (2 * _REACH + 1) ** 2).astype(np.float32) @ _gradients()
    soft = found[:, 2] ** 2 + found[:, 3] ** 2
    # What was only grain is gone after the blur.
    left = soft > max(_WEAKEST**2 / 2, (_GRAIN_LEFT * noise) ** 2, 0.02 * float(soft.max(initial=0)))
    blocks = (rows // _BLOCK * 4096 + columns // _BLOCK)[left]
    order = np.argsort(blocks, kind="stable")
    starts = np.flatnonzero(np.diff(blocks[order], prepend=-1))
    enough = np.diff(starts, append=len(blocks)) >= _LEAST_EDGES
    if not enough.any():
        return None
    sharp = (found[:, 0] ** 2 + found[:, 1] ** 2 - noise**2)[left][order]
    ratios = (np.add.reduceat(sharp, starts) / np.add.reduceat(soft[left][order], starts))[enough]
    variances = np.sort(1 / np.maximum(ratios - 1, 1e-3) - _DIFFERENCE_VARIANCE)
    # Grain makes some blocks look sharper by chance: the more of it, the nearer to the middle.
    quantile = min(0.5, _SHARPEST + 0.07 * noise)
    return math.sqrt(max(0.01, float(variances[int(quantile * (len(variances) - 1))])))


@cache
def _gradients() -> NDArray[np.float32]:
    """What a square of 2 * _REACH + 1 pixels is multiplied with for the gradient in its middle: across and down, and
    the same after a blur by binomial weights, a Gaussian of standard deviation 1."""
    import numpy as np

    side = 2 * _REACH + 1
    difference, point, blur = np.zeros(side), np.zeros(side), np.zeros(side)
    difference[[_REACH - 1, _REACH + 1]] = -0.5, 0.5
    point[_REACH] = 1
    blur[_REACH - 2 : _REACH + 3] = np.array([1, 4, 6, 4, 1]) / 16
    slope = np.convolve(difference, blur[1:-1], mode="same")
    pairs = ((point, difference), (difference, point), (blur, slope), (slope, blur))
    return np.stack([np.outer(down, across).ravel() for down, across in pairs], axis=1).astype(np.float32)


# --- noise

_GRAIN_BLOCK = 16
_SMOOTHEST = 0.1
"""The quantile of blocks that counts: grain is everywhere, texture is not."""


def noise_sigma(plane: Plane) -> float:
    """The standard deviation of the noise in grey levels.

    Immerkær, "Fast noise variance estimation" (1996): the difference of two Laplacians is blind to edges and slopes.
    His mean over the picture takes texture for noise; here the smoother blocks speak. Blocks near black or white
    are left out, for there noise is cut off.
    """
    import numpy as np

    height, width = (side // _GRAIN_BLOCK * _GRAIN_BLOCK for side in (plane.shape[0] - 2, plane.shape[1] - 2))
    if height <= 0 or width <= 0:
        return 0.0
    levels = plane[: height + 2, : width + 2].astype(np.int16)
    across = levels[:, 2:] - 2 * levels[:, 1:-1] + levels[:, :-2]
    grain = _block_means(np.abs(across[2:] - 2 * across[1:-1] + across[:-2]))
    level = _block_means(levels[1:-1, 1:-1])
    usable = grain[(level > 12) & (level < 243)]
    if not usable.size:
        return 0.0
    return float(np.quantile(usable, _SMOOTHEST)) * math.sqrt(math.pi / 2) / 6


def _block_means(values: Deltas) -> NDArray[np.float32]:
    import numpy as np

    height, width = values.shape
    # Sixteen values of at most 8 * 255, the most that the two Laplacians make, still fit into 16 bits.
    tall = values.astype(np.uint16).reshape(height // _GRAIN_BLOCK, _GRAIN_BLOCK, width).sum(axis=1, dtype=np.uint16)
    sums = tall.reshape(len(tall), width // _GRAIN_BLOCK, _GRAIN_BLOCK).sum(axis=2, dtype=np.float32)
    means: NDArray[np.float32] = sums / _GRAIN_BLOCK**2
    return means


# --- exposure


_WHITE = 253
"""Grey level from which on nothing is left to tell apart."""
_NEARLY = 239
"""JPEG leaves so much of white paper beside an outline."""
_FADING = 190
_OUTLINED, _FADED = 0.25, 0.5
"""Shares of what surrounds an area of white that is fading still: up to the first it ends at outlines (measured:
drawings 0.02 to 0.23), from the second on it fades away (photographs 0.45 to 0.95)."""


def lost_share(plane: Plane) -> float:
    """The share of the area that is burnt out: white, but for what ends at an outline. The paper of a drawing is meant to
    be white, while light that burns out fades into it. Of the negative: what is lost in black."""
    import numpy as np

    share = float(np.count_nonzero(plane >= _WHITE)) / plane.size
    if share < 0.001:
        return share
    bright = plane >= _NEARLY
    around = plane[_grown(bright) & ~bright]
    if not around.size:
        return share
    fading = float(np.count_nonzero(around >= _FADING)) / around.size
    return share * min(1.0, max(0.0, (fading - _OUTLINED) / (_FADED - _OUTLINED)))


def _grown(mask: Mask) -> Mask:
    """The mask, two pixels wider on all sides."""
    grown = mask.copy()
    for by in (1, 2):
        grown[by:] |= mask[:-by]
        grown[:-by] |= mask[by:]
    wide = grown.copy()
    for by in (1, 2):
        wide[:, by:] |= grown[:, :-by]
        wide[:, :-by] |= grown[:, by:]
    return wide


# --- borders

_SAME = 10
"""Grey levels within which a border is plain; JPEG leaves that much."""
_PLAIN = 0.98
"""Share of a line that must be plain: a small sign in a bar does not hide it."""
_EDGE = 0.5
"""Share of the first line inside that must differ: the ground of a drawing ends raggedly, a bar at once."""


def without_border(plane: Plane) -> Plane:
    """What lies inside plain bars and frames; nothing of a picture that is all of one colour."""
    inner = plane
    for side in range(4):
        turned = (inner, inner[::-1], inner.T, inner.T[::-1])[side]
        turned = turned[_bar(turned) :]
        inner = (turned, turned[::-1], turned.T, turned[::-1].T)[side]
        if not inner.size:
            break
    return inner


def _bar(plane: Plane) -> int:
    """How many lines at the top are a plain bar."""
    import numpy as np

    colour = int(np.median(plane[0]))
    low, high = max(0, colour - _SAME), min(255, colour + _SAME)
    first = plane[0]
    # Most pictures have no bar, and their first line says so.
    if np.count_nonzero((first >= low) & (first <= high)) < _PLAIN * first.size:
        return 0
    differing = ((plane < low) | (plane > high)).mean(axis=1)
    inside = np.flatnonzero(differing > 1 - _PLAIN)
    if not inside.size:
        return len(plane)
    depth = int(inside[0])
    # A line that was blended with the bar while the picture was reduced differs a little, and is left out too.
    sudden = np.flatnonzero(differing[depth : depth + 3] >= _EDGE)
    return depth + int(sudden[0]) if depth >= 2 and sudden.size else 0


# --- perceptual hash


@cache
def _cosines() -> NDArray[np.float32]:
    """The first lines of the discrete cosine transform (DCT-II) of _HASH_SIDE samples."""
    import numpy as np

    lines, places = np.arange(11)[:, None], np.arange(_HASH_SIDE)[None, :]
    return np.cos(np.pi * lines * (2 * places + 1) / (2 * _HASH_SIDE)).astype(np.float32)


@cache
def _lowest() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The (down, across) frequencies of the hash's bits: the 64 lowest but for the mean, diagonal by diagonal."""
    import numpy as np

    places = sorted(((u, v) for u in range(11) for v in range(11) if 0 < u + v <= 10), key=lambda at: (sum(at), at))
    chosen = np.array(places[:_HASH_BITS])
    return chosen[:, 0], chosen[:, 1]


def perceptual_hashes(grey: Image.Image) -> tuple[int, int]:
    """The picture's hash and that of its mirror image, to be compared by the number of differing bits.

    Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), section 3.1.1: signs of the
    lowest frequencies of the cosine transform. Frequencies of hardly any weight count as negative, so that symmetrical
    and plain pictures do not get random bits; mirroring turns the sign of every odd frequency across.
    """
    import numpy as np

    small = np.asarray(grey.resize((_HASH_SIDE, _HASH_SIDE), Image.Resampling.BOX), dtype=np.float32)
    cosines = _cosines()
    down, across = _lowest()
    weights = (cosines @ small @ cosines.T)[down, across]
    least = max(0.05 * float(np.abs(weights).mean()), 16.0)
    flipped = np.where(across % 2, -weights, weights)
    return _as_bits(weights > least), _as_bits(flipped > least)


def _as_bits(bits: Mask) -> int:
    import numpy as np

    return int.from_bytes(np.packbits(bits).tobytes(), "big")
