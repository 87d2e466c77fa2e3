"""The export of the open folder: what is written where and how, how far it is, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.export import Exported, Exporting, ExportPlan, Words, export, in_the_way, own_caption
from loraferry.library.pieces import Piece, pieces_of
from loraferry.library.renderer import JPEG_QUALITY, Colour, Format, Recipe, ferried
from loraferry.library.scaling import LongestSide, ToBucket, Unscaled
from loraferry.library.trained_sizes import Training
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.problems import Problem

Which = Literal["approved", "shown", "selected"]
WHICH: tuple[Which, ...] = ("approved", "shown", "selected")
Extent = Literal["training", "bucket", "side", "full"]
EXTENTS: tuple[Extent, ...] = ("training", "bucket", "side", "full")
MAX_SIDE = 20_000
_LINE = "export"


@dataclass(frozen=True)
class ExportChoices:
    """What a person has chosen."""

    folder: str = ""
    which: Which = "approved"
    """All that were not rejected, of those only what is shown, or what is selected."""
    extent: Extent = "training"
    """As it is ferried, cut to its bucket, with a longest side, or every pixel."""
    side: int = 1536
    format: Format = "auto"
    quality: int = JPEG_QUALITY
    fill: Colour | None = None
    captions: bool = True
    masks: bool = True
    numbered: bool = False
    replace: bool = False

    def recipe(self, training: Training) -> Recipe:
        """What pictures are made into, where `training` says what the plan trains."""
        scaling = {
            "training": ferried(training.resolution).scaling,
            "bucket": ToBucket(training.resolution, training.step),
            "side": LongestSide(self.side),
            "full": Unscaled(),
        }[self.extent]
        return Recipe(scaling, self.format, self.quality, self.fill)


@dataclass(frozen=True)
class ExportState:
    """What an export is at."""

    busy: bool = False
    done: int = 0
    total: int = 0
    result: Exported | None = None
    """What came of the last one, where it came to its end."""
    stopped: bool = False
    """Whether the last one was stopped on the way."""


class DatasetExport(QObject):
    """One export at a time. What is chosen stays as long as the window."""

    changed = Signal()

    def __init__(
        self,
        hub: DatasetViewModel,
        tasks: Runner,
        training: Callable[[], Training],
        words: Words = own_caption,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hub, self._tasks, self._training, self._words = hub, tasks, training, words
        self._task: Task[Exported] | None = None
        self._looking: Task[list[str]] | None = None
        self._pieces: list[Piece] | None = None
        self._watched = False
        self.choices = ExportChoices()
        self.state = ExportState()
        self.obstacles = 0
        """Files in the chosen folder that have names which would be written."""
        for signal in (hub.opened, hub.changed, hub.selection_changed, hub.visible_changed):
            signal.connect(self._renew)

    @property
    def pieces(self) -> list[Piece]:
        """What would be written: each crop is one."""
        if self._pieces is None:
            self._pieces = self._chosen()
        return self._pieces

    @property
    def training(self) -> Training:
        """What the plan trains."""
        return self._training()

    @property
    def ready(self) -> bool:
        """Whether the export may begin."""
        return bool(self.choices.folder and self.pieces) and not self.state.busy

    def watch(self, watched: bool) -> None:
        """Whether somebody looks: otherwise edits of the pictures are not followed."""
        self._watched = watched
        if watched:
            self._renew()

    def choose(self, **changes: Any) -> None:
        """Change some of the choices."""
        before, self.choices = self.choices, replace(self.choices, **changes)
        if before == self.choices:
            return
        self.state = replace(self.state, result=None, stopped=False)
        if before.which != self.choices.which:
            self._pieces = None
        self._look()
        self.changed.emit()

    def start(self) -> None:
        """Write what was chosen. What the last export left unfinished is taken up. Nothing happens while one is under
        way."""
        if not self.ready:
            return
        self._hub.save_caption()
        self._hub.when_read(self._go)

    def stop(self) -> None:
        """Stop after the pictures that are being written; the rest can follow later."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._show(ExportState(done=self.state.done, total=self.state.total, stopped=True))

    def _go(self) -> None:
        library, pieces = self._hub.library, self.pieces
        if library is None or not self.ready:
            return
        plan, project, blob, words = self._plan(), library.folder, library.blob, self._words
        self._show(ExportState(busy=True, total=len(pieces)))

        def write(token: CancelToken) -> Exported:
            return export(pieces, plan, project, blob=blob, words=words, token=token)

        task = self._tasks.run(
            write, success=self._done, failure=self._failed, progress=self._progressed, executor=_LINE
        )
        self._task = None if task.done else task

    def _plan(self) -> ExportPlan:
        chosen = self.choices
        return ExportPlan(
            Path(chosen.folder),
            chosen.recipe(self._training()),
            captions=chosen.captions,
            masks=chosen.masks,
            numbered=chosen.numbered,
            replace=chosen.replace,
        )

    def _chosen(self) -> list[Piece]:
        library = self._hub.library
        if library is None:
            return []
        pieces = pieces_of(library.items)
        if self.choices.which == "approved":
            return pieces
        names = set(self._hub.visible if self.choices.which == "shown" else self._hub.selected)
        return [piece for piece in pieces if piece.item.name in names]

    def _renew(self) -> None:
        self._pieces = None
        if self._watched:
            self._look()
            self.changed.emit()

    def _look(self) -> None:
        """Look in another thread what lies in the folder already."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self.obstacles = 0
        if not self.choices.folder or self.state.busy:
            return
        pieces, plan = self.pieces, self._plan()

        task = self._tasks.run(
            lambda token: in_the_way(pieces, plan, token.check),
            success=self._looked,
            failure=self._failed,
            executor=_LINE,
        )
        self._looking = None if task.done else task

    def _looked(self, names: list[str]) -> None:
        self._looking = None
        self.obstacles = len(names)
        self.changed.emit()

    def _progressed(self, told: Exporting) -> None:
        self._show(ExportState(busy=True, done=told.done, total=told.total))

    def _done(self, result: Exported) -> None:
        self._task = None
        self.obstacles = 0  # what is there now was just written
        self._show(ExportState(done=self.state.total, total=self.state.total, result=result))

    def _failed(self, found: Problem) -> None:
        self._task = None
        self._show(ExportState(done=self.state.done, total=self.state.total, result=Exported(0, 0, (found,))))

    def _show(self, state: ExportState) -> None:
        self.state = state
        self.changed.emit()
