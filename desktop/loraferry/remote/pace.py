"""The user's hand on a transfer: pause, go on, and not faster than so much."""

import threading
import time
from collections.abc import Callable

CREDIT_S = 0.1
"""Time lost by late wake-ups that may be made up for."""
LOOK_S = 0.1
"""How often whoever waits asks whether it is still wanted."""


class Pace:
    """Shared by all that should be slow together. `limit` is in bytes a second, 0 for none. Thread-safe."""

    def __init__(self, limit: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._limit = limit
        self._paused = False
        self._free_at = clock()

    @property
    def limit(self) -> float:
        """Bytes a second; 0 for no limit."""
        return self._limit

    @limit.setter
    def limit(self, limit: float) -> None:
        with self._changed:
            self._limit = max(0.0, limit)
            self._free_at = self._clock()
            self._changed.notify_all()

    @property
    def paused(self) -> bool:
        """Whether nothing may go."""
        return self._paused

    def pause(self) -> None:
        """Let nothing more go; what is under way arrives."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._free_at = self._clock()
            self._changed.notify_all()

    def take(self, size: int) -> float:
        """Take `size` bytes of the budget: 0 when they may go, else the seconds after which to ask again, with nothing
        taken."""
        with self._changed:
            return self._take(size)

    def _take(self, size: int) -> float:
        now = self._clock()
        if self._paused:
            return LOOK_S
        if not self._limit:
            return 0.0
        if self._free_at > now:
            return self._free_at - now
        self._free_at = max(self._free_at, now - CREDIT_S) + size / self._limit
        return 0.0

    def admit(self, size: int, wanted: Callable[[], bool]) -> bool:
        """Wait until `size` bytes may go; False as soon as they are not `wanted` any more."""
        with self._changed:
            while wanted():
                seconds = self._take(size)
                if not seconds:
                    return True
                self._changed.wait(min(seconds, LOOK_S))
        return False
