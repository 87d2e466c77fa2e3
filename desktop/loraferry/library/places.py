"""Where the library keeps what does not lie beside the pictures: data that must last, and caches that need not."""

from dataclasses import dataclass
from pathlib import Path

from loraferry.platform import cache_folder, data_folder


@dataclass(frozen=True)
class Places:
    """Two folders; both are made when first written to."""

    data: Path
    cache: Path


def usual_places() -> Places:
    """The folders of this program and user."""
    return Places(data_folder(), cache_folder())
