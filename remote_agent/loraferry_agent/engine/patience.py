"""Waiting on a full disk until there is room, instead of losing a run for it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from loraferry_agent.engine.stop import Stop
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.jobs.reserve import is_full
from loraferry_core.events import Event

T = TypeVar("T")
E = TypeVar("E", bound=Event)
LOOK_SECONDS = 0.2
"""A stop is seen after so long."""
LOOKS = 10
"""So many of them, and what was refused is tried again."""


class Patience:
    """Tries again what a full disk refuses, until it is done or a stop is asked for."""

    def __init__(self, stop: Stop, sleep: Callable[[float], None] = time.sleep) -> None:
        self._stop = stop
        self._sleep = sleep

    def done(self, write: Callable[[], T], waiting: Callable[[], None] | None = None) -> T:
        """What `write` gives, which leaves nothing half written where it raises. `waiting` is called before each wait.

        Raises StopRequested, and OSError of other kinds.
        """
        while True:
            try:
                return write()
            except OSError as error:
                if not is_full(error):
                    raise
            if waiting is not None:
                waiting()
            for _ in range(LOOKS):
                self._stop.check()
                self._sleep(LOOK_SECONDS)


class PatientLog(EventLog):
    """Writes events; while the disk is full it waits."""

    def __init__(self, path: Path, attempt: int, patience: Patience) -> None:
        super().__init__(path, attempt)
        self._patience = patience

    def append(self, kind: type[E], **fields: Any) -> E:
        """Write one event and hand it back. Raises StopRequested, and OSError of other kinds than a full disk."""
        return self._patience.done(lambda: super(PatientLog, self).append(kind, **fields))
