"""Reads captions of the open folder in parts: taking all of them over at once would hold up the window."""

from collections.abc import Callable

from PySide6.QtCore import QTimer

from loraferry.library.details import Detail, read_details
from loraferry.library.library import Library
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.problems import Problem

_PART = 500
"""Pictures read and taken over at a time."""
_WAIT_MS = 15
_MOST_WAITS = 24
"""Together the longest that thumbnails hold up one pass."""


class Reader:
    """One pass over a library at a time. Lives in the main thread."""

    def __init__(
        self,
        tasks: Runner,
        line: str,
        absorb: Callable[[list[Detail]], None],
        done: Callable[[], None],
        fail: Callable[[Problem], None],
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """`line`: the executor that keeps the order of reading and writing. `busy`: whether something is under way that
        is waited for with the eyes; reading lets that go first, for a while."""
        self._tasks = tasks
        self._line = line
        self._absorb = absorb
        self._done = done
        self._fail = fail
        self._busy = busy
        self._waits = 0
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._go_on)
        self._library: Library | None = None
        self._task: Task[list[Detail]] | None = None
        self._next = 0

    @property
    def reading(self) -> bool:
        """Whether a pass is under way."""
        return self._library is not None

    def read(self, library: Library) -> None:
        """Read all captions that changed since they were read, unless a pass is under way."""
        if self._library is None:
            self._library = library
            self._next = self._waits = 0
            self._go_on()

    def stop(self) -> None:
        """End the pass; `done` is not called."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._timer.stop()
        self._library = None

    def _go_on(self) -> None:
        library = self._library
        if library is None:
            return
        if self._next >= len(library):
            self._library = None
            self._done()
            return
        if self._waits < _MOST_WAITS and self._busy():
            self._waits += 1
            self._timer.start()
            return
        part = library.wanted(self._next, self._next + _PART)
        self._next += _PART
        task = self._tasks.run(
            lambda token: read_details(part, token.check),
            success=self._take,
            failure=self._end,
            executor=self._line,
        )
        # A runner that runs at once has taken everything over already.
        self._task = None if task.done else task

    def _take(self, details: list[Detail]) -> None:
        self._task = None
        if self._library is not None:
            self._absorb(details)
            self._go_on()

    def _end(self, found: Problem) -> None:
        self._task = None
        self._library = None
        self._fail(found)
