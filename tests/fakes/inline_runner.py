"""A task runner that runs at once, so that view-model tests are synchronous."""

from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from loraferry.viewmodels.tasks import CancelToken, Failure, Operation, Progress, Success, Task, deliver

R = TypeVar("R")


class InlineRunner(QObject):
    """Same interface as `TaskRunner`; the callbacks have run when `run` returns. Remembers who ran where."""

    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.executors: list[str] = []
        self.problems: list[Any] = []
        self.failed.connect(self.problems.append)

    def run(
        self,
        op: Operation[R],
        *,
        success: Success | None = None,
        failure: Failure | None = None,
        progress: Progress | None = None,
        executor: str = "pool",
    ) -> Task[R]:
        self.executors.append(executor)
        task: Task[R] = Task(CancelToken(progress), success, failure, progress)
        result: Any = None
        error: Exception | None = None
        try:
            result = op(task.token)
        except Exception as raised:
            error = raised
        task.done = True
        deliver(task, result, error, self.failed.emit)
        return task

    def shutdown(self) -> None:
        """Nothing is ever under way here."""
