"""A lock that is given in the order in which it was asked for, so that a question never waits behind a whole upload."""

import threading
from collections import deque
from types import TracebackType


class Turn:
    """See above. Python's own lock lets a busy thread take it again and again while others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock; without `blocking` only where nobody has it."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            if not blocking:
                return False
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()  # until `release` hands it over
        return True

    def release(self) -> None:
        """Give the lock to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
