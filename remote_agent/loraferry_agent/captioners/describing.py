"""What every family of captioners gives: a function from a picture to tags or words."""

from collections.abc import Callable

from PIL import Image

from loraferry_core.captioning import Tag

Describe = Callable[[Image.Image], tuple[Tag, ...] | str]
"""Tags, the surest first, or words, for an upright RGB picture."""


class Unfit(Exception):
    """The files are not those of a model of this family; the text says why."""
