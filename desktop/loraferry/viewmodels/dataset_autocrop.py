"""Crops proposed for many pictures: looked at one after the other, reviewed, and taken over in one edit."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from loraferry.cancellation import CancelToken
from loraferry.ferry.face_model import FaceModel
from loraferry.library.autocrop import Proposal, Subject, Wish, proposed
from loraferry.library.edits import Edit
from loraferry.library.faces import FaceDetector
from loraferry.library.geometry import trained_as
from loraferry.library.items import Item
from loraferry.library.shapes import Crop, Turn
from loraferry.library.subjects import look
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_crops import target_of
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.problems import Problem, ProblemError

_LINE = "autocrop"
_PART_S = 0.25
"""Seconds of looking until what was found is handed over."""

Looked = tuple[str, Subject | None, Problem | None]


@dataclass(frozen=True)
class Row:
    """One picture under review."""

    name: str
    turn: Turn
    subject: Subject
    proposal: Proposal
    crop: Crop
    """The proposal's, or as a person has put it."""
    accepted: bool = True
    replaces: int = 0
    """How many crops it has already; they would be replaced."""

    @property
    def adjusted(self) -> bool:
        """Whether a person has put the crop elsewhere."""
        return self.crop != self.proposal.crop


class DatasetAutocrop(QObject):
    """Lives in the main thread. Pictures are looked at once; another wish only computes crops anew."""

    changed = Signal()
    """Rows came, or all of them changed."""
    row_changed = Signal(int)
    progressed = Signal()
    """Looking began, went on or ended."""
    problem_found = Signal(object)
    """Problem: faces cannot be looked for, so that only what stands out counts; or a picture could not be read."""

    def __init__(
        self,
        hub: DatasetViewModel,
        tasks: Runner,
        plan: PlanViewModel,
        faces: FaceModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hub = hub
        self._tasks = tasks
        self._plan = plan
        self._faces = faces
        self._wish = Wish()
        self._rows: list[Row] = []
        self._waiting: list[Item] = []
        self._total = 0
        self._failed = 0
        self._detector: FaceDetector | None = None
        self._task: Task[Any] | None = None
        hub.opened.connect(self.clear)

    # --- what is known

    @property
    def hub(self) -> DatasetViewModel:
        """The page's state."""
        return self._hub

    @property
    def rows(self) -> Sequence[Row]:
        """The proposals so far, in the order of the pictures."""
        return self._rows

    @property
    def wish(self) -> Wish:
        """What crops are wanted, for what the plan trains now."""
        target = target_of(self._plan)
        return replace(self._wish, resolution=target.resolution, step=target.step)

    @property
    def running(self) -> bool:
        """Whether pictures are still being looked at."""
        return self._task is not None

    @property
    def looked(self) -> tuple[int, int]:
        """How many pictures were looked at, and of how many."""
        return self._total - len(self._waiting), self._total

    @property
    def failed(self) -> int:
        """How many pictures could not be read."""
        return self._failed

    @property
    def accepted(self) -> int:
        """How many crops would be taken over."""
        return sum(row.accepted for row in self._rows)

    # --- looking

    def start(self, names: Sequence[str]) -> None:
        """Propose crops for these pictures; those under review are left."""
        self.clear()
        library = self._hub.library
        if library is None:
            return
        found = [item for name in names if (item := library.item(name)) is not None]
        self._waiting = [item for item in found if item.image_problem is None]
        self._total, self._failed = len(self._waiting), len(found) - len(self._waiting)
        if self._waiting:
            self._prepare(self._go_on)
        self.progressed.emit()

    def cancel(self) -> None:
        """Look no further; what was found stays."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._total -= len(self._waiting)
        self._waiting = []
        self.progressed.emit()

    def clear(self) -> None:
        """Review nothing any more."""
        self.cancel()
        self._rows, self._total, self._failed = [], 0, 0
        self.changed.emit()

    def suggest(self, name: str, goal_wish: Wish, success: Callable[[Proposal], None]) -> None:
        """A crop for one picture, apart from the review."""
        library = self._hub.library
        item = library.item(name) if library is not None else None
        if item is None:
            return

        def begin() -> None:
            self._task = None
            self._tasks.run(
                lambda token: look(Path(item.path), item.name, item.turn, self._detector),
                success=lambda subject: success(proposed(subject, goal_wish)),
                failure=self.problem_found.emit,
                executor=_LINE,
            )

        self._prepare(begin)

    def _prepare(self, then: Callable[[], None]) -> None:
        """Have the detector ready, if it can be had."""

        def ready(detector: FaceDetector) -> None:
            self._detector = detector
            then()

        def without(found: Problem) -> None:
            self._detector = None
            self.problem_found.emit(found)
            then()

        task = self._tasks.run(self._faces.detector, success=ready, failure=without, executor=_LINE)
        if not task.done:
            self._task = task

    def _go_on(self) -> None:
        """Look at the next few pictures."""
        self._task = None
        if not self._waiting:
            self.progressed.emit()
            return
        waiting, detector = list(self._waiting), self._detector

        def look_at_some(token: CancelToken) -> list[Looked]:
            end = time.monotonic() + _PART_S
            found: list[Looked] = []
            for item in waiting:
                if found and time.monotonic() > end:
                    break
                token.check()
                found.append(_looked(item, detector))
            return found

        task = self._tasks.run(look_at_some, success=self._take, failure=self._stop, executor=_LINE)
        if not task.done:
            self._task = task

    def _take(self, found: list[Looked]) -> None:
        wish = self.wish
        for item, (name, subject, trouble) in zip(self._waiting, found, strict=False):
            if subject is None:
                self._failed += 1
                if trouble is not None:
                    self.problem_found.emit(trouble)
                continue
            proposal = proposed(subject, wish)
            kept = len(item.crops)
            self._rows.append(Row(name, item.turn, subject, proposal, proposal.crop, not kept, kept))
        self._waiting = self._waiting[len(found) :]
        self.changed.emit()
        self.progressed.emit()
        self._go_on()

    def _stop(self, found: Problem) -> None:
        self.cancel()
        self.problem_found.emit(found)

    # --- the review

    def want(self, **changes: Any) -> None:
        """Change the wish; crops that a person has put elsewhere stay."""
        self._wish = replace(self._wish, **changes)
        wish = self.wish
        for index, row in enumerate(self._rows):
            proposal = proposed(row.subject, wish)
            crop = row.crop if row.adjusted else proposal.crop
            self._rows[index] = replace(row, proposal=proposal, crop=crop)
        self.changed.emit()

    def accept(self, index: int, accepted: bool) -> None:
        """Take a crop over, or skip it."""
        self._rows[index] = replace(self._rows[index], accepted=accepted)
        self.row_changed.emit(index)

    def accept_all(self, accepted: bool) -> None:
        """Take all over, or skip all."""
        self._rows = [replace(row, accepted=accepted) for row in self._rows]
        self.changed.emit()

    def adjust(self, index: int, crop: Crop) -> None:
        """Put a crop where a person wants it; it is taken over then."""
        self._rows[index] = replace(self._rows[index], crop=crop, accepted=True)
        self.row_changed.emit(index)

    def reset(self, index: int) -> None:
        """Back to what was proposed."""
        row = self._rows[index]
        self._rows[index] = replace(row, crop=row.proposal.crop)
        self.row_changed.emit(index)

    def small(self, index: int) -> bool:
        """Whether a row's crop has fewer pixels than the training resolution asks for."""
        crop, target = self._rows[index].crop, target_of(self._plan)
        return trained_as((crop.width, crop.height), target.resolution, target.step).small

    def apply(self) -> int:
        """Take the accepted crops over in one edit, and review nothing any more; how many they were.

        Pictures that were turned meanwhile are left out: their crops would lie elsewhere.
        """
        library = self._hub.library
        crops = {}
        for row in self._rows:
            item = library.item(row.name) if library is not None else None
            if row.accepted and item is not None and item.turn == row.turn:
                crops[row.name] = (row.crop,)
        if crops:
            self._hub.save_caption()
            self._hub.apply(Edit("crop", {"crops": crops}))
        self.clear()
        return len(crops)


def _looked(item: Item, detector: FaceDetector | None) -> Looked:
    try:
        return item.name, look(Path(item.path), item.name, item.turn, detector), None
    except ProblemError as error:
        return item.name, None, error.problem
