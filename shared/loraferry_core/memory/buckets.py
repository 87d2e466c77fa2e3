"""Which of the shapes of a run's pictures takes the most memory."""

from collections.abc import Iterable

from loraferry_core.dataset.buckets import Size


def largest(sizes: Iterable[Size]) -> Size:
    """The size (width, height) with the most pixels."""
    return max(sizes, key=lambda size: (size[0] * size[1], size))
