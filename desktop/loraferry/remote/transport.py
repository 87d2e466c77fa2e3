"""What a way to a machine can do: run a command to its end, or hold one open as a stream of bytes.

A local process, paramiko and OpenSSH's `ssh` all are one; nothing above this module knows which it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

STDERR_TAIL = 64 * 1024
"""Bytes of a command's stderr that are kept: the last ones."""


@dataclass(frozen=True)
class Completed:
    """A command that ended. `returncode` is negative where a signal ended it, 127 where there is no such command."""

    returncode: int
    stdout: bytes
    stderr: bytes


class Stream(Protocol):
    """A running command as a duplex stream. One thread may read while others write, one at a time."""

    def read(self, size: int) -> bytes:
        """Wait for at least one byte and give at most `size`; empty at the end, however that came about."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`, waiting as long as the other side takes. Raises OSError when nobody takes it any more."""
        ...

    def finish_writing(self) -> None:
        """Tell the command that its input ends here."""
        ...

    def stderr_tail(self) -> bytes:
        """The last of what the command said on stderr so far."""
        ...

    def returncode(self, timeout: float) -> int | None:
        """The exit status, waiting at most `timeout` seconds for it; None where it stays unknown."""
        ...

    def close(self) -> None:
        """End the conversation and wake whoever reads. The command sees the end of its input. May be called twice."""
        ...


class Transport(Protocol):
    """A way to one machine."""

    label: str
    """Who is at the other end, for problem texts."""

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        """Run a command. Raises TimeoutError when it takes longer than `timeout` seconds, ConnectionError when the
        machine is lost, OSError where the command cannot be started."""
        ...

    def open(self, command: Sequence[str]) -> Stream:
        """Start a command and hold its streams. Raises OSError."""
        ...

    def close(self) -> None:
        """Leave the machine. Open streams end."""
        ...


class Tail:
    """The last bytes of something that may go on for ever."""

    def __init__(self, limit: int = STDERR_TAIL) -> None:
        self._limit = limit
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        """Append, and forget what is over the limit."""
        self._data += data
        if len(self._data) > self._limit:
            del self._data[: -self._limit]

    def get(self) -> bytes:
        """What is kept."""
        return bytes(self._data)
