"""What this end says: one writing thread, answers before bulk, and never much bulk waiting."""

import os
import threading
from collections import deque

MAX_WAITING = 2**20
"""Bytes of bulk that may wait to be written; whoever has more waits itself."""


class Outbox:
    """Writes whole frames to a descriptor, in two lanes: `say` overtakes `send`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._said: deque[bytes] = deque()
        self._sent: deque[bytes] = deque()
        self._waiting = 0
        self._closed = False
        self._broken = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="outbox", daemon=True)
        self._thread.start()

    def say(self, frame: bytes) -> None:
        """Write soon, before all bulk. Never waits."""
        with self._changed:
            self._said.append(frame)
            self._changed.notify_all()

    def send(self, frame: bytes) -> None:
        """Write in turn; waits while too much is waiting. Dropped when nobody listens any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting < MAX_WAITING or self._broken)
            if not self._broken:
                self._sent.append(frame)
                self._waiting += len(frame)
                self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Write what is left, for at most `seconds`, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._said or self._sent or self._closed)
            if self._said:
                return self._said.popleft()
            if not self._sent:
                return None
            frame = self._sent.popleft()
            self._waiting -= len(frame)
            self._changed.notify_all()
            return frame

    def _write_all(self) -> None:
        while (frame := self._next()) is not None:
            rest = memoryview(frame)
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                # The other end is gone. The reader finds its end too and closes the connection.
                with self._changed:
                    self._broken = True
                    self._changed.notify_all()
                return
