"""The numbers of the open set, counted in the background while somebody looks at them."""

from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.statistics import Entry, Statistics, statistics, together
from loraferry.library.text_index import Snapshot
from loraferry.library.token_counts import TokenCounts
from loraferry.library.trained_sizes import Training
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.tasks import Runner, Task

Scope = Literal["approved", "shown"]
SCOPES: tuple[Scope, ...] = ("approved", "shown")
PAUSE_MS = 300
"""Changes that follow each other faster are counted once."""
Result = tuple[Statistics, tuple[tuple[str, int], ...]]


class DatasetStatistics(QObject):
    """Counts what would be trained, or what is shown. Clicks go to the filter."""

    changed = Signal()

    def __init__(self, filter: DatasetFilter, tasks: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.filter = filter
        self.value = Statistics()
        self.scope: Scope = "approved"
        self.tag = ""
        """The tag whose company is shown; empty: none."""
        self.together: tuple[tuple[str, int], ...] = ()
        """How often other tags stand beside `tag`."""
        self._tasks = tasks
        self._watched = False
        self._task: Task[Result] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._count)
        filter.changed.connect(self._later)
        filter.tokens.counted.connect(self._later)

    @property
    def busy(self) -> bool:
        """Whether newer numbers are on their way."""
        return self._task is not None or self._pause.isActive() or self.filter.tokens.busy

    def watch(self, on: bool) -> None:
        """Somebody looks at the numbers, or does not any more: then nothing is counted."""
        self._watched = on
        if on:
            self._count()
        else:
            self._pause.stop()

    def set_scope(self, scope: Scope) -> None:
        """Count what would be trained, or what is shown."""
        self.scope = scope
        self._count()

    def look_at(self, tag: str) -> None:
        """Show what stands beside a tag; empty: show all tags."""
        self.tag, self.together = tag, ()
        self.changed.emit()
        self._count()

    def _later(self) -> None:
        if self._watched and not self._pause.isActive():
            self._pause.start()

    def _count(self) -> None:
        if not self._watched:
            return
        self._pause.stop()
        if self._task is not None:
            self._task.cancel()
        self.filter.count_tokens()
        snapshot, counts, training = self.filter.index.snapshot(), self.filter.tokens.counts, self.filter.training
        places = list(self.filter.shown) if self.scope == "shown" else None
        tag = self.tag

        def count(token: CancelToken) -> Result:
            return counted(snapshot, places, counts, training, tag, token)

        task = self._tasks.run(count, success=self._take)
        self._task = None if task.done else task

    def _take(self, result: Result) -> None:
        self._task = None
        self.value, self.together = result
        self.changed.emit()


def counted(
    snapshot: Snapshot, places: list[int] | None, counts: TokenCounts, training: Training, tag: str, token: CancelToken
) -> Result:
    """The numbers of the pictures at `places`, or of all that would be trained, and what stands beside `tag`."""
    items = snapshot.items
    if places is None:
        places = [place for place, item in enumerate(items) if not item.rejected and item.image_problem is None]
    entries = []
    for number, place in enumerate(places):
        item = items[place]
        prose = snapshot.captions[place] if snapshot.prose[place] else ""
        tokens = counts.known(item.caption) if item.caption is not None else None
        entries.append(Entry(item, snapshot.tags[place], prose, tokens))
        if not number % 500:
            token.check()
    return statistics(entries, training, token.check), together(entries, tag) if tag else ()
