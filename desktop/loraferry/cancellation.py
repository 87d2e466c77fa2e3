"""How long work is asked to stop, and how it tells how far it is. Known to every layer, and to no toolkit."""

import threading
from collections.abc import Callable
from typing import Any


class Cancelled(Exception):
    """Raised inside work that was cancelled; ends it without a word."""


class CancelToken:
    """Handed to every long operation: it asks here whether to go on, and reports here how far it is."""

    def __init__(self, report: Callable[[Any], None] | None = None) -> None:
        self._event = threading.Event()
        self._report = report

    @property
    def cancelled(self) -> bool:
        """Whether the result is no longer wanted."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask the work to stop. Callable from any thread."""
        self._event.set()

    def check(self) -> None:
        """Raise `Cancelled` if the result is no longer wanted; called between chunks of work."""
        if self.cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep until cancelled, at most `seconds`; True when cancelled."""
        return self._event.wait(seconds)

    def report(self, value: Any) -> None:
        """Tell how far the work is. Cheap to call often: whoever listens drops what comes too fast."""
        if self._report is not None:
            self._report(value)
