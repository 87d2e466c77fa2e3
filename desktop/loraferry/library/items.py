"""What the library knows of one picture, and what an edit changed."""

from dataclasses import dataclass, field
from pathlib import Path

from loraferry.library.captions import Stamp
from loraferry.library.fields import Verdict
from loraferry.library.quality import Quality
from loraferry.library.shapes import UNTURNED, Crop, Turn
from loraferry_core.problems import Problem


@dataclass(frozen=True, slots=True)
class Item:
    """One picture. `caption` is None until its file has been read, and empty where there is none."""

    name: str
    """Relative to the folder, with forward slashes: the picture's identity."""
    path: str
    verdict: Verdict = ""
    stars: int = 0
    concept: str = ""
    """Id of a concept; empty: none."""
    turn: Turn = UNTURNED
    crops: tuple[Crop, ...] = ()
    """In pixels of the turned picture; none: all of it is trained."""
    mask: str = ""
    """SHA-256 of the mask's PNG in the store; empty: none."""
    caption: str | None = None
    size: int = -1
    """Bytes; -1 until known."""
    mtime_ns: int = 0
    width: int = 0
    height: int = 0
    """Upright pixels; 0 until the file's header was read."""
    quality: Quality | None = None
    """None until it was measured, which the first thumbnail does."""
    new: bool = False
    """Whether it was added since the set was trained last (or, before that, since its first edit)."""
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
    """What an operation changed, by name. `listed`: pictures came or went, so positions moved. `project`: what holds
    for all pictures."""

    names: frozenset[str] = field(default_factory=frozenset)
    listed: bool = False
    project: bool = False
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.listed or self.project or self.problems)

    def joined(self, later: "Changes") -> "Changes":
        """These changes and later ones, as one."""
        return Changes(
            self.names | later.names,
            self.listed or later.listed,
            self.project or later.project,
            self.problems + later.problems,
        )


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
