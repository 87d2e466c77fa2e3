"""The user's `ProxyCommand` as a way to a host: a program whose input and output are the connection."""

import socket
import subprocess
import threading
from contextlib import suppress
from typing import IO

from loraferry.platform import quiet_process_flags
from loraferry.remote.ssh.tcp import await_banner
from loraferry.remote.transport import Tail
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

PIECE = 1 << 16
PATIENCE_S = 5.0
"""Seconds a program gets to end after the connection did."""
MAX_DETAIL = 2000


def connect_by_proxy(command: str, host: str, port: int, timeout: float) -> socket.socket:
    """Start the program, in a shell as OpenSSH does, and wait for the server's first bytes.

    Raises ProblemError: `proxy_failed` with what the program printed, or `banner_missing` where it printed nothing.
    """
    ours, theirs = socket.socketpair()
    proxy = _Proxy(command, theirs)
    try:
        await_banner(ours, host, port, timeout)
    except ProblemError as error:
        said = proxy.said()
        raise fail("proxy_failed", host=host, detail=said) if said else error from error.__cause__
    return ours


class _Proxy:
    """Carries bytes between a socket and a running program, until either ends."""

    def __init__(self, command: str, end: socket.socket) -> None:
        self._end, self._tail = end, Tail()
        self._process = subprocess.Popen(
            command,
            shell=True,  # the user's own settings, which are written for one
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            creationflags=quiet_process_flags(),
        )
        self._threads = [
            threading.Thread(target=carry, args=(pipe,), name="proxy command", daemon=True)
            for carry, pipe in (
                (self._up, self._process.stdin),
                (self._down, self._process.stdout),
                (self._note, self._process.stderr),
            )
        ]
        for thread in self._threads:
            thread.start()
        threading.Thread(target=self._finish, name="end of a proxy command", daemon=True).start()

    def said(self) -> str:
        """What the program printed beside the connection, once that has ended."""
        self._threads[2].join(PATIENCE_S)
        return without_control_characters(self._tail.get().decode("utf-8", "replace")).strip()[-MAX_DETAIL:]

    def _up(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:  # the program ended first
            while data := self._end.recv(PIECE):
                view = memoryview(data)
                while view:
                    view = view[pipe.write(view) :]

    def _down(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:  # the connection ended first
            while data := pipe.read(PIECE):
                self._end.sendall(data)
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def _note(self, pipe: IO[bytes]) -> None:
        with pipe:
            while data := pipe.read(PIECE):
                self._tail.add(data)

    def _finish(self) -> None:
        self._threads[0].join()
        for end in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(PATIENCE_S)
                break
            except subprocess.TimeoutExpired:
                end()
        self._process.wait()
        self._threads[1].join()
        self._end.close()
