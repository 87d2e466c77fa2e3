"""Takes what is dropped on the Dataset page or pasted into it: opens what lies here, saves what a browser gave."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.arrivals import Dropped, Saving, plan, save
from loraferry.library.places import Places
from loraferry.viewmodels.tasks import Runner
from loraferry_core.problems import Problem, ProblemError

FOLDER_NAME = "dropped pictures"
"""Of the folder, among this program's data, that a picture begins which comes while no folder is open."""


class Hub(Protocol):
    """What is needed of the Dataset page's view-model."""

    changed: Any
    problem_found: Any

    @property
    def folder(self) -> Path | None: ...

    def open_dropped(self, paths: Sequence[Path]) -> None: ...

    def refresh(self) -> None: ...

    def select(self, names: Sequence[str], current: str = "") -> None: ...


class Arrivals(QObject):
    """Pictures from a browser are saved one after the other; each is selected once it is listed."""

    busy_changed = Signal()

    def __init__(self, hub: Hub, tasks: Runner, places: Places, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self._tasks = tasks
        self._places = places
        self._under_way = 0
        self._awaited: list[str] = []
        hub.changed.connect(self._look_for_awaited)

    @property
    def busy(self) -> bool:
        """Whether a picture is being fetched."""
        return self._under_way > 0

    def take(self, dropped: Dropped) -> None:
        """Open or save what was dropped; what cannot be is told by the hub's `problem_found`."""
        if dropped.paths:
            # Whether they exist is found out in another thread: they may lie on a disk that has gone.
            self._hub.open_dropped(list(dropped.paths))
            return
        try:
            saving = plan(dropped)
        except ProblemError as error:
            self._hub.problem_found.emit(error.problem)
            return
        assert isinstance(saving, Saving)
        folder = self._hub.folder or self._places.data / FOLDER_NAME

        def fetch(token: CancelToken) -> Path:
            return save(saving, folder)

        self._under_way += 1
        self._tasks.run(fetch, success=self._saved, failure=self._failed, executor="arrivals")
        self.busy_changed.emit()

    def _saved(self, path: Path) -> None:
        self._end()
        if self._hub.folder != path.parent:
            if self._hub.folder is None:
                self._hub.open_dropped([path])
            return
        self._awaited.append(path.name)
        self._hub.refresh()

    def _failed(self, found: Problem) -> None:
        self._end()
        self._hub.problem_found.emit(found)

    def _end(self) -> None:
        self._under_way -= 1
        self.busy_changed.emit()

    def _look_for_awaited(self, changes: Any) -> None:
        """The listing has been renewed: what was saved is among the pictures now."""
        found = [name for name in self._awaited if name in changes.names]
        if changes.listed and found:
            self._awaited = [name for name in self._awaited if name not in found]
            self._hub.select(found)
