"""What an edit of many captions would do, worked out in the background and shown before it is made."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.edits import Label, captioned
from loraferry.library.items import Changes, Item
from loraferry.library.replace import Change
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.tag_edits import Scope
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.problems import Problem

PAUSE_MS = 120
"""Typing that pauses so long is looked at."""

Compute = Callable[[Sequence[Item], Callable[[], None]], list[Change]]
"""From pictures, and what is called now and then and may raise to cancel, to what would change."""


class CaptionChanges(QObject):
    """One preview. `look` again whenever what is asked for changes; edits made meanwhile are noticed."""

    changed = Signal()

    def __init__(self, hub: DatasetViewModel, tasks: Runner, label: Label, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hub, self._tasks, self._label = hub, tasks, label
        self.scope: Scope = "all"
        self.changes: Sequence[Change] = ()
        self.problem: Problem | None = None
        self._compute: Compute | None = None
        self._seen: dict[str, str | None] = {}
        self._task: Task[list[Change]] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._look)
        hub.changed.connect(self._follow)
        hub.opened.connect(self._restart)
        hub.selection_changed.connect(self._follow_selection)
        hub.visible_changed.connect(self._follow_visible)

    @property
    def busy(self) -> bool:
        """Whether newer changes are on their way."""
        return self._task is not None or self._pause.isActive()

    def set_scope(self, scope: Scope) -> None:
        """Look at other pictures."""
        self.scope = scope
        self._restart()

    def look(self, compute: Compute | None) -> None:
        """Work out something else, when typing pauses; None: nothing is asked for."""
        self._compute = compute
        self._restart()

    def apply(self) -> int:
        """Make the changes, as one step to undo; how many they were. Captions that have changed since stay as they
        are."""
        self.hub.save_caption()
        library = self.hub.library
        if library is None or self.busy:
            return 0
        captions = {
            change.name: change.after
            for change in self.changes
            if (item := library.item(change.name)) is not None and item.caption == change.before
        }
        if captions:
            self.hub.apply(captioned(captions, self._label))
        return len(captions)

    def close(self) -> None:
        """Nobody looks any more."""
        self._pause.stop()
        self._cancel()
        self._compute = None
        self.changes, self.problem = (), None

    def _follow(self, changes: Changes) -> None:
        library = self.hub.library
        # Pictures are measured all the time; only other captions matter.
        if (
            changes.listed
            or changes.project
            or (
                library is not None
                and any(
                    (item := library.item(name)) is not None and item.caption != self._seen[name]
                    for name in changes.names
                    if name in self._seen
                )
            )
        ):
            self._restart()

    def _follow_selection(self) -> None:
        if self.scope == "selected":
            self._restart()

    def _follow_visible(self) -> None:
        if self.scope == "shown":
            self._restart()

    def _restart(self) -> None:
        self._cancel()
        if self._compute is not None:
            self._pause.start()
        else:
            self._pause.stop()
            self.changes, self.problem = (), None
        self.changed.emit()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _items(self) -> list[Item]:
        library = self.hub.library
        if library is None:
            return []
        if self.scope == "all":
            return list(library.items)
        names = self.hub.selected if self.scope == "selected" else self.hub.visible
        return [item for name in names if (item := library.item(name)) is not None]

    def _look(self) -> None:
        compute = self._compute
        if compute is None:
            return
        items = self._items()
        self._seen = {item.name: item.caption for item in items}
        items = [item for item in items if item.caption is not None]

        def work(token: CancelToken) -> list[Change]:
            return compute(items, token.check)

        task = self._tasks.run(work, success=self._take, failure=self._fail)
        self._task = None if task.done else task
        if self._task is not None:
            self.changed.emit()

    def _take(self, found: list[Change]) -> None:
        self._task = None
        self.changes, self.problem = found, None
        self.changed.emit()

    def _fail(self, found: Problem) -> None:
        self._task = None
        self.changes, self.problem = (), found
        self.changed.emit()
