"""The one door by which work leaves the main thread and its result comes back."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from loraferry.cancellation import Cancelled, CancelToken
from loraferry_core.problems import Problem, ProblemError, problem

R = TypeVar("R")

Success = Callable[[Any], None]
Failure = Callable[[Problem], None]
Progress = Callable[[Any], None]

PROGRESS_INTERVAL_S = 0.05

log = logging.getLogger(__name__)


Operation = Callable[[CancelToken], R]


@dataclass(eq=False)
class Task(Generic[R]):
    """One piece of work under way. Neither of its callbacks runs once it is cancelled."""

    token: CancelToken
    success: Success | None
    failure: Failure | None
    progress: Progress | None
    newest: Callable[[], list[Any]] = list
    """Takes the newest progress that was reported and not told yet."""
    shown: float = 0.0
    """When progress was told last, in seconds of the monotonic clock."""
    done: bool = False
    future: "Future[R] | None" = field(default=None, repr=False)

    def cancel(self) -> None:
        """Drop the result and ask the operation to stop."""
        self.token.cancel()
        if self.future is not None:
            self.future.cancel()


class Runner(Protocol):
    """What view-models need of a task runner; tests give them one that runs at once."""

    failed: Any
    """Signal(Problem): a task failed and nobody had asked to be told."""

    def run(
        self,
        op: Operation[R],
        *,
        success: Success | None = None,
        failure: Failure | None = None,
        progress: Progress | None = None,
        executor: str = "pool",
    ) -> Task[R]:
        """Run `op(token)` elsewhere; `success(result)` or `failure(problem)` follow in the main thread."""
        ...


def as_problem(error: BaseException) -> Problem:
    """The problem an exception stands for; anything but a `ProblemError` is our own fault and is logged in full."""
    if isinstance(error, ProblemError):
        return error.problem
    log.error("A task failed", exc_info=error)
    return problem("task_failed", detail=f"{type(error).__name__}: {error}")


class _Newest:
    """The newest value a task has reported, on its way to the main thread: one notice is under way at a time, and
    whatever comes meanwhile only replaces the value. So nothing piles up, and the last word is never left behind."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._lock = threading.Lock()
        self._values: list[Any] = []

    def put(self, value: Any) -> None:
        """Called in the thread of the work."""
        with self._lock:
            under_way = bool(self._values)
            self._values = [value]
        if not under_way:
            self._notify()

    def take(self) -> list[Any]:
        """Called in the main thread: the newest value, or none where it was taken already."""
        with self._lock:
            values, self._values = self._values, []
        return values


@dataclass(frozen=True)
class _Advanced:
    task: Task[Any]


@dataclass(frozen=True)
class _Ended:
    task: Task[Any]
    result: Any
    error: BaseException | None


class TaskRunner(QObject):
    """Runs operations in threads: a small pool, and one thread for each named executor (one a host, say)."""

    failed = Signal(object)
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executors: dict[str, ThreadPoolExecutor] = {}
        self._tasks: set[Task[Any]] = set()
        self._closed = False
        # Queued even from the main thread, so that a callback never runs inside the call that started its task.
        self._arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        op: Operation[R],
        *,
        success: Success | None = None,
        failure: Failure | None = None,
        progress: Progress | None = None,
        executor: str = "pool",
    ) -> Task[R]:
        """Run `op(token)` in a thread; `success(result)` or `failure(problem)` follow in the main thread.

        `executor` is "pool" or the name of a line of work that must keep its order: each name has one thread.
        Without `failure` a problem goes to the signal `failed`. After `shutdown` nothing is started any more.
        """
        newest = _Newest(lambda: self._arrived.emit(_Advanced(task)))
        task: Task[R] = Task(CancelToken(newest.put if progress else None), success, failure, progress, newest.take)
        if self._closed:
            task.cancel()
            return task
        self._tasks.add(task)

        def work() -> R:
            task.token.check()
            return op(task.token)

        future = self._executor(executor).submit(work)
        task.future = future
        future.add_done_callback(lambda ended: self._report_end(task, ended))
        return task

    @property
    def busy(self) -> bool:
        """Whether any task has not ended yet."""
        return bool(self._tasks)

    def shutdown(self) -> None:
        """Accept nothing more, cancel everything and wait for the threads to end."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        for executor in self._executors.values():
            executor.shutdown(wait=True, cancel_futures=True)
        self._executors.clear()
        self._tasks.clear()

    def _executor(self, name: str) -> ThreadPoolExecutor:
        if name not in self._executors:
            workers = max(2, (os.cpu_count() or 2) - 1) if name == "pool" else 1
            self._executors[name] = ThreadPoolExecutor(workers, thread_name_prefix=f"task-{name}")
        return self._executors[name]

    def _report_end(self, task: Task[Any], future: "Future[Any]") -> None:
        """Runs in the thread of the work: only hands over."""
        if future.cancelled():
            ended = _Ended(task, None, Cancelled())
        else:
            error = future.exception()
            ended = _Ended(task, None if error else future.result(), error)
        # The window may be gone already when the last thread ends.
        with contextlib.suppress(RuntimeError):
            self._arrived.emit(ended)

    def _receive(self, message: "_Advanced | _Ended") -> None:
        task = message.task
        if isinstance(message, _Advanced):
            wait = task.shown + PROGRESS_INTERVAL_S - time.monotonic()
            if wait <= 0:
                self._tell_progress(task)
            else:
                QTimer.singleShot(round(wait * 1000) + 1, self, lambda: self._tell_progress(task))
            return
        self._tell_progress(task)
        self._tasks.discard(task)
        task.done = True
        deliver(task, message.result, message.error, self.failed.emit)

    def _tell_progress(self, task: Task[Any]) -> None:
        if task.token.cancelled or task.progress is None:
            return
        for value in task.newest():
            task.shown = time.monotonic()
            task.progress(value)


def deliver(task: Task[Any], result: Any, error: BaseException | None, unhandled: Failure) -> None:
    """Call the callback that fits how a task ended; cancelled ones are silent."""
    if task.token.cancelled or isinstance(error, Cancelled):
        return
    if error is not None:
        (task.failure or unhandled)(as_problem(error))
    elif task.success is not None:
        task.success(result)
