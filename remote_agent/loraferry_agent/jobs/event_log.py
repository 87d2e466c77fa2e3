"""The events of one job on disk: appending with a gapless `seq`, and reading on from any place.

One process at a time appends: the trainer while it lives, then the supervisor. A line that a dying writer left
unfinished is cut off by the next one; readers never see it.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from loraferry_core.events import Event, parse_event

E = TypeVar("E", bound=Event)
TAIL_BYTES = 16 * 1024


class EventLog:
    """The writing end. Raises OSError where the file cannot be opened; a failed write raises too."""

    def __init__(self, path: Path, attempt: int, clock: Callable[[], float] = time.time) -> None:
        self._attempt = attempt
        self._clock = clock
        self.last_seq, end = last_complete(path)
        self._file: BinaryIO = path.open("ab")
        if self._file.tell() != end:
            self._file.truncate(end)

    def append(self, kind: type[E], **fields: Any) -> E:
        """Write one event and hand it back. It is in the operating system's hands when this returns."""
        event = kind(seq=self.last_seq + 1, time=self._clock(), attempt=self._attempt, **fields)
        self._file.write(event.model_dump_json().encode() + b"\n")
        self._file.flush()
        self.last_seq += 1
        return event

    def sync(self) -> None:
        """Force what is written onto the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def last_complete(path: Path) -> tuple[int, int]:
    """The `seq` of the last complete line and the offset of its end; (0, 0) for a file that is absent or empty."""
    if not path.exists():
        return 0, 0
    with path.open("rb") as file:
        start = file.seek(0, os.SEEK_END)
        data = b""
        # Backwards until the last complete line is whole, because the file may be long.
        while start and data.count(b"\n") < 2:
            length = min(TAIL_BYTES, start)
            start = file.seek(start - length)
            data = file.read(length) + data
    end = data.rfind(b"\n") + 1
    if not end:
        return 0, 0
    first = data.rfind(b"\n", 0, end - 1) + 1
    return parse_event(data[first : end - 1]).seq, start + end


class EventTail:
    """The reading end: each call of `new` gives the events completed since the last call."""

    def __init__(self, path: Path, after_seq: int = 0) -> None:
        self._path = path
        self._after = after_seq
        self._offset = 0

    def new(self, limit: int = 1000) -> list[Event]:
        """At most `limit` further events, in order. Empty when there are none, or no file yet."""
        if not self._path.exists():
            return []
        found: list[Event] = []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in self._complete_lines(file):
                event = parse_event(line)
                if event.seq > self._after:
                    found.append(event)
                    if len(found) == limit:
                        break
        return found

    def _complete_lines(self, file: BinaryIO) -> Iterator[bytes]:
        for line in file:
            if not line.endswith(b"\n"):
                return
            self._offset += len(line)
            yield line
