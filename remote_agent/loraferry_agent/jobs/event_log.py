"""The events of one job on disk: appending with a gapless `seq`, and reading on from any place.

One process at a time appends: the trainer while it lives, then the supervisor. A line that a dying writer left
unfinished is cut off by the next one; readers never see it.

A disk may damage what was written. Then this holds, for every reader alike: a line that cannot be read is passed over,
and each number that is missing before the next readable line is given as a `Logged` warning `event_damaged`, so that
what readers see is gapless. Damaged lines at the end, with no readable one behind them, are moved to `events.damaged`
by the next writer, which puts a warning in the place of each, because somebody may have read them while they were
whole. A line whose number was there before is passed over.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

from loraferry_agent.layout import FROM_NEWER
from loraferry_core.events import EVENT, Event, Failed, Logged
from loraferry_core.problems import problem

E = TypeVar("E", bound=Event)
TAIL_BYTES = 16 * 1024
MAX_MISSING = 10_000
"""A line that claims more missing numbers than this before it is damaged itself."""


class Last(NamedTuple):
    """The last readable line of a file: its number, the offset of its end, and how many damaged lines are behind it."""

    seq: int
    end: int
    damaged: int


class EventLog:
    """The writing end. Raises OSError where the file cannot be opened; a failed write raises too."""

    def __init__(self, path: Path, attempt: int, clock: Callable[[], float] = time.time, after_seq: int = 0) -> None:
        """`after_seq` is what an empty file goes on from."""
        self._attempt = attempt
        self._clock = clock
        last = last_complete(path)
        if last.damaged:
            _set_aside(path, last.end)
        self.last_seq = last.seq or after_seq
        self._file: BinaryIO = path.open("ab", buffering=0)
        if self._file.tell() != last.end:
            self._file.truncate(last.end)
        for _ in range(last.damaged):
            self.append(Logged, level="warning", problem=problem("event_damaged"))

    def append(self, kind: type[E], **fields: Any) -> E:
        """Write one event and hand it back. It is in the operating system's hands when this returns.

        Raises OSError; then nothing of it is in the file, so that the next one may have its number.
        """
        event = kind(seq=self.last_seq + 1, time=self._clock(), attempt=self._attempt, **fields)
        end = self._file.seek(0, os.SEEK_END)
        try:
            _write(self._file, event.model_dump_json().encode() + b"\n")
        except OSError:
            self._file.truncate(end)
            raise
        self.last_seq += 1
        return event

    def sync(self) -> None:
        """Force what is written onto the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Unwritten(EventLog):
    """The log of a process beside the one that writes: its problems go to stderr, all else nowhere."""

    def __init__(self, attempt: int) -> None:
        self._attempt = attempt
        self.last_seq = 0

    def append(self, kind: type[E], **fields: Any) -> E:
        """Hand the event back."""
        self.last_seq += 1
        event = kind(seq=self.last_seq, time=0.0, attempt=self._attempt, **fields)
        if isinstance(event, Logged | Failed) and event.problem:
            sys.stderr.write(f"{event.problem.code}: {dict(event.problem.params)}\n")
        return event

    def sync(self) -> None:
        """There is nothing to be kept."""

    def close(self) -> None:
        """There is nothing to close."""


def _write(file: BinaryIO, data: bytes) -> None:
    """All of it; a disk that fills up takes a part, and refuses the rest."""
    while data:
        data = data[file.write(data) :]


def _set_aside(path: Path, start: int) -> None:
    with path.open("rb") as file, path.with_suffix(".damaged").open("ab") as aside:
        file.seek(start)
        while data := file.read(2**20):
            aside.write(data)


def settle(path: Path) -> None:
    """Force a file onto the disk that another process writes. Whoever tells events to somebody does so first: after a
    power cut the next writer would use the numbers of lost ones again. Raises OSError."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def last_complete(path: Path) -> Last:
    """The last readable line; (0, 0, …) for a file that is absent, or has none."""
    if not path.exists():
        return Last(0, 0, 0)
    with path.open("rb") as file:
        start = file.seek(0, os.SEEK_END)
        damaged = 0
        # Backwards, because the file may be long. `data` are the bytes from `start` up to the last line not looked at.
        data = b""
        while True:
            end = data.rfind(b"\n") + 1
            first = data.rfind(b"\n", 0, end - 1) + 1 if end else 0
            if end and (first or not start):
                event = _parsed(data[first:end])
                if event is not None:
                    return Last(event.seq, start + end, damaged)
                damaged += 1
                data = data[:first]
            elif start:
                length = min(TAIL_BYTES, start)
                start = file.seek(start - length)
                data = file.read(length) + data
            else:
                return Last(0, 0, damaged)


def _parsed(line: bytes) -> Event | None:
    try:
        return EVENT.validate_json(line, extra=FROM_NEWER)
    except ValueError:
        return None


class EventTail:
    """The reading end: each call of `new` gives the events completed since the last call."""

    def __init__(self, path: Path, after_seq: int = 0) -> None:
        self._path = path
        self._after = after_seq
        self._offset = 0
        self._last: Event | None = None
        self._waiting: list[Event] = []
        """Read, but not handed out yet, because of the limit."""

    def new(self, limit: int = 1000) -> list[Event]:
        """At most `limit` further events, in order. Empty when there are none, or no file yet."""
        found, self._waiting = self._waiting, []
        if len(found) < limit and self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                for events in self._readable(file):
                    found += [event for event in events if event.seq > self._after]
                    if len(found) >= limit:
                        break
        self._waiting = found[limit:]
        return found[:limit]

    def _readable(self, file: BinaryIO) -> Iterator[list[Event]]:
        """Each further event, with stand-ins for what is missing before it."""
        offset, damaged = self._offset, 0
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            event = _parsed(line)
            if event is None or not _follows(self._last, event):
                # Not gone past yet: the next writer may cut it off.
                damaged += 1
                continue
            stand_ins = _stand_ins(self._last, event, damaged)
            self._offset, self._last, damaged = offset, event, 0
            yield [*stand_ins, event]


def _follows(last: Event | None, event: Event) -> bool:
    return last is None or last.seq < event.seq <= last.seq + MAX_MISSING


def _stand_ins(last: Event | None, event: Event, damaged: int) -> list[Event]:
    """For the numbers missing before an event. A file may begin with any number."""
    first = max(1, event.seq - damaged) if last is None else last.seq + 1
    attempt = event.attempt if last is None else last.attempt
    damage = problem("event_damaged")
    return [
        Logged(seq=seq, time=event.time, attempt=attempt, level="warning", problem=damage)
        for seq in range(first, event.seq)
    ]
