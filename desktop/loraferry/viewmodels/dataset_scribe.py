"""Brings captions into their files while the person goes on: some at a time, in another thread."""

import time
from collections.abc import Callable

from loraferry.library.items import Changes
from loraferry.library.library import Library
from loraferry.library.scribe import Written
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.problems import Problem

FINISH_S = 2.0
"""Longer a closing window does not stay for captions."""


class Scribe:
    """At most one batch is under way. What is left when it stops is kept, and goes on at the next opening."""

    def __init__(self, tasks: Runner, line: str, tell: Callable[[Changes], None]) -> None:
        """`line`: the executor that also reads captions, so that reading and writing keep their order."""
        self._tasks = tasks
        self._line = line
        self._tell = tell
        self._library: Library | None = None
        self._task: Task[list[Written]] | None = None

    def go_on(self, library: Library | None) -> None:
        """Write what waits in `library`, unless that is under way."""
        if self._task is not None or library is None:
            return
        errands = library.errands()
        if errands is None:
            return
        self._library = library
        task = self._tasks.run(
            lambda token: errands(token.check), success=self._take, failure=self._fail, executor=self._line
        )
        if not task.done:
            self._task = task

    def stop(self) -> None:
        """Begin no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._library = None

    def finish(self, library: Library | None) -> None:
        """Write what waits here and now, when no task runs any more; a very long rest goes on at the next opening."""
        end = time.monotonic() + FINISH_S
        while library is not None and time.monotonic() < end:
            errands = library.errands()
            if errands is None:
                return
            library.written(errands(lambda: None))

    def _take(self, results: list[Written]) -> None:
        self._task = None
        library = self._library
        if library is not None:
            self._tell(library.written(results))
            self.go_on(library)

    def _fail(self, found: Problem) -> None:
        self._task = None
        self._tell(Changes(problems=(found,)))
