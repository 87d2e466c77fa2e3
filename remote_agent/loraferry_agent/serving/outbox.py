"""What this end says: one writing thread, answers first, news next, bulk last, and never much waiting."""

import os
import threading
from collections import deque

MAX_WAITING = 2**20
"""Bytes of bulk that may wait to be written; whoever has more waits itself."""
MAX_NEWS = 512 * 1024
"""The same for what a job's followers tell, whose backlog may be longer than memory."""


class Outbox:
    """Writes whole frames to a descriptor: `say` overtakes `tell`, and that `send`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._said: deque[bytes] = deque()
        self._news = _Waiting(MAX_NEWS)
        self._bulk = _Waiting(MAX_WAITING)
        self._closed = False
        self._broken = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="outbox", daemon=True)
        self._thread.start()

    def say(self, frame: bytes) -> None:
        """Write soon, before all else. Never waits."""
        with self._changed:
            self._said.append(frame)
            self._changed.notify_all()

    def tell(self, frame: bytes) -> None:
        """Write before bulk; waits as `send` does."""
        self._put(self._news, frame)

    def send(self, frame: bytes) -> None:
        """Write in turn; waits while too much is waiting. Dropped when nobody listens any more."""
        self._put(self._bulk, frame)

    def _put(self, waiting: "_Waiting", frame: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: waiting.size < waiting.limit or self._broken)
            if not self._broken:
                waiting.frames.append(frame)
                waiting.size += len(frame)
                self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Write what is left, for at most `seconds`, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._said or self._news.frames or self._bulk.frames or self._closed)
            if self._said:
                said, self._said = self._said, deque()
                return b"".join(said)
            for waiting in (self._news, self._bulk):
                if waiting.frames:
                    frame = waiting.frames.popleft()
                    waiting.size -= len(frame)
                    self._changed.notify_all()
                    return frame
            return None

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


class _Waiting:
    """Frames of one kind that wait, and how many bytes of them may."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.frames: deque[bytes] = deque()
        self.size = 0
