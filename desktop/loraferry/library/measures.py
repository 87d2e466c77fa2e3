"""What is known of pictures from their files: sizes and quality, read in parts in another thread."""

from dataclasses import dataclass

from loraferry.library.quality import Quality
from loraferry_core.problems import Problem


@dataclass(frozen=True, slots=True)
class Measure:
    """What was found out about one picture. `width` and `height` are upright pixels, 0 where the header could not be
    read; `quality` is None where it was not measured (yet); `problem` says what is wrong with the file."""

    name: str
    width: int = 0
    height: int = 0
    quality: Quality | None = None
    problem: Problem | None = None
