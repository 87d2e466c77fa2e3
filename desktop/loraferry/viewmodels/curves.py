"""Curves made light enough to be drawn many times a second."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def extremes(x: Floats, y: Floats, buckets: int) -> tuple[Floats, Floats]:
    """At most 2 × `buckets` points that draw the same picture: the smallest and largest of each bucket, in their order.

    Used for noisy curves, whose spikes must stay. NaN is left out. The tail that fills no bucket is kept whole.
    """
    seen = np.isfinite(y)
    x, y = x[seen], y[seen]
    if len(y) <= 2 * buckets:
        return x, y
    width = len(y) // buckets
    whole = width * buckets
    blocks = y[:whole].reshape(buckets, width)
    first = np.arange(buckets) * width
    picked = np.sort(np.stack([first + blocks.argmin(axis=1), first + blocks.argmax(axis=1)]), axis=0).T.ravel()
    index = np.concatenate([picked, np.arange(whole, len(y))])
    return x[index], y[index]


def means(x: Floats, y: Floats, buckets: int) -> tuple[Floats, Floats]:
    """At most `buckets` points of a smooth curve: the mean of each bucket, and the very last point."""
    seen = np.isfinite(y)
    x, y = x[seen], y[seen]
    if len(y) <= buckets:
        return x, y
    width = -(-len(y) // buckets)
    whole = len(y) // width * width
    mean_x = np.append(x[:whole].reshape(-1, width).mean(axis=1), x[-1])
    mean_y = np.append(y[:whole].reshape(-1, width).mean(axis=1), y[-1])
    return mean_x, mean_y
