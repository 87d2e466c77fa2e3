"""What the library knows of one picture, and what an edit changed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from loraferry.library.captions import Stamp
from loraferry_core.problems import Problem

Verdict = Literal["", "keep", "reject"]
VERDICTS: tuple[Verdict, ...] = ("", "keep", "reject")


@dataclass(frozen=True, slots=True)
class Item:
    """One picture. `caption` is None until its file has been read, and empty where there is none."""

    name: str
    """Relative to the folder, with forward slashes: the picture's identity."""
    path: str
    verdict: Verdict = ""
    caption: str | None = None
    size: int = -1
    """Bytes; -1 until known."""
    mtime_ns: int = 0
    width: int = 0
    height: int = 0
    """Upright pixels; 0 until a thumbnail was made."""
    caption_stamp: Stamp | None = None
    caption_problem: Problem | None = None
    image_problem: Problem | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the picture or its caption."""
        return tuple(found for found in (self.image_problem, self.caption_problem) if found is not None)

    @property
    def rejected(self) -> bool:
        """Whether it must not be trained."""
        return self.verdict == "reject"

    @property
    def file(self) -> Path:
        """Where the original lies."""
        return Path(self.path)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an operation changed, by name. `listed`: pictures came or went, so positions moved."""

    names: frozenset[str] = field(default_factory=frozenset)
    listed: bool = False
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.listed or self.problems)


NOTHING = Changes()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pictures there are, by what matters before training."""

    total: int = 0
    kept: int = 0
    rejected: int = 0
    broken: int = 0
    """Known to be unusable and not rejected."""
    without_caption: int = 0
    """Approved, read, and without a word."""

    @property
    def approved(self) -> int:
        """What would be trained now."""
        return self.total - self.rejected - self.broken

    def moved(self, before: "Counts", after: "Counts") -> "Counts":
        """These counts when one picture's share changes from `before` to `after`."""
        return Counts(
            self.total + after.total - before.total,
            self.kept + after.kept - before.kept,
            self.rejected + after.rejected - before.rejected,
            self.broken + after.broken - before.broken,
            self.without_caption + after.without_caption - before.without_caption,
        )


def counted(item: Item) -> Counts:
    """One picture's share of the counts."""
    broken = item.image_problem is not None and not item.rejected
    bare = item.caption == "" and not item.rejected and not broken
    return Counts(1, item.verdict == "keep", item.rejected, broken, bare)
