"""The open library as the plan sees it, looked at in the background while somebody sees the plan."""

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.ferry.plan_pictures import Seen, look
from loraferry.library.items import Changes
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.tasks import Runner, Task

PAUSE_MS = 250
"""Changes that follow each other faster are looked at once."""


class PlanPictures(QObject):
    """Tells the plan what is trained, and keeps what was found."""

    changed = Signal()

    def __init__(
        self, plan: PlanViewModel, dataset: DatasetViewModel, tasks: Runner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._plan, self._dataset, self._tasks = plan, dataset, tasks
        self.seen = Seen()
        self._watched = False
        self._task: Task[Seen] | None = None
        self._asked: object = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.look)
        dataset.opened.connect(self._open)
        dataset.changed.connect(self._follow)
        plan.changed.connect(self._follow_plan)

    def watch(self, on: bool) -> None:
        """Somebody looks at the plan, or does not any more: then nothing is counted."""
        self._watched = on
        if on:
            self.look()
        else:
            self._pause.stop()

    def look(self) -> None:
        """Look now."""
        self._pause.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        library = self._dataset.library
        if not self._watched or library is None:
            return
        self._asked = self._relevant()
        items, project, config = list(library.items), library.project, self._plan.config

        def count(token: CancelToken) -> Seen:
            return look(items, project, config, token.check)

        task = self._tasks.run(count, success=self._take)
        self._task = None if task.done else task

    def _take(self, seen: Seen) -> None:
        self._task = None
        self.seen = seen
        self._plan.note_pictures(seen.pictures)
        self.changed.emit()

    def _open(self) -> None:
        self.seen = Seen()
        self.changed.emit()
        self._later()

    def _follow(self, changes: Changes) -> None:
        if changes:
            self._later()

    def _follow_plan(self) -> None:
        if self._asked is not None and self._relevant() != self._asked:
            self._later()

    def _later(self) -> None:
        if self._watched and not self._pause.isActive():
            self._pause.start()

    def _relevant(self) -> object:
        """What of the plan decides on what is seen."""
        config = self._plan.config
        dataset = config.dataset
        return (
            config.base.family,
            dataset.resolution,
            dataset.trigger,
            dataset.class_word,
            config.regularisation.folder,
            config.validation,
        )
