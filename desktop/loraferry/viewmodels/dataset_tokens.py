"""Counts the tokens of captions in the background, for whoever asks; each caption once."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from loraferry.library.token_counts import CountTokens, TokenCounts, count_all
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.dataset.tokens import count_tokens

PART = 1000
PARTS = 8
"""Pieces of work, of at least PART captions each: after each of them what was counted is told."""


class TokenCounting(QObject):
    """`counts` has what is known; `counted` tells when there is more."""

    counted = Signal()

    def __init__(self, tasks: Runner, parent: QObject | None = None, count: CountTokens = count_tokens) -> None:
        super().__init__(parent)
        self.counts = TokenCounts()
        self._tasks = tasks
        self._count = count
        self._wanted: list[str] = []
        self._part = PART
        self._task: Task[dict[str, int]] | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is being counted."""
        return self._task is not None

    def want(self, captions: Iterable[str | None]) -> None:
        """Count those that are not known yet; what was wanted before and is not among them is not counted any more."""
        wanted = list(captions)
        self.counts.forget_all_but(wanted)
        self._wanted = self.counts.missing(wanted)
        self._wanted.reverse()
        self._part = max(PART, -(-len(self._wanted) // PARTS))
        if self._task is None:
            self._go_on()

    def _go_on(self) -> None:
        part, self._wanted = self._wanted[-self._part :][::-1], self._wanted[: -self._part]
        if not part:
            self._task = None
            return
        task = self._tasks.run(lambda token: count_all(part, self._count, token.check), success=self._take)
        if not task.done:
            self._task = task

    def _take(self, counts: dict[str, int]) -> None:
        self._task = None
        self.counts.add(counts)
        self._go_on()
        self.counted.emit()
