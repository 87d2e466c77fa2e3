"""A child process of this computer as a stream: the agent itself, or OpenSSH's `ssh` with the agent behind it."""

import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from loraferry.platform import quiet_process_flags, widen_pipe
from loraferry.remote.transport import Completed, Tail

CLOSE_PATIENCE = 5.0
"""Seconds a process gets to end by itself after its input ended, and again after it was asked to."""


class ProcessStream:
    """Stdin and stdout of a child process. Raises OSError where the program cannot be started."""

    def __init__(self, argv: Sequence[str], cwd: str | None = None) -> None:
        self._process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=cwd,
            creationflags=quiet_process_flags(),
        )
        for pipe in (self._process.stdin, self._process.stdout):
            widen_pipe(_pipe(pipe).fileno())
        self._tail = Tail()
        self._stderr_thread = threading.Thread(target=self._drain, name=f"stderr of {argv[0]}", daemon=True)
        self._stderr_thread.start()
        self._closing = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def read(self, size: int) -> bytes:
        """See `Stream`."""
        return _pipe(self._process.stdout).read(size)

    def write(self, data: bytes) -> None:
        """See `Stream`."""
        stdin, view = _pipe(self._process.stdin), memoryview(data)
        try:
            while view:
                view = view[stdin.write(view) :]
        except ValueError as error:  # the pipe was closed by `close` meanwhile
            raise BrokenPipeError("the stream is closed") from error

    def finish_writing(self) -> None:
        """See `Stream`."""
        with suppress(BrokenPipeError):  # the process ended first, which is all that closing says
            _pipe(self._process.stdin).close()

    def stderr_tail(self) -> bytes:
        """See `Stream`."""
        return self._tail.get()

    def returncode(self, timeout: float) -> int | None:
        """See `Stream`."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._stderr_thread.join(timeout)
        return code

    def close(self) -> None:
        """See `Stream`. A process that does not end by itself is terminated, then killed."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self.finish_writing()
            for end in (self._process.terminate, self._process.kill):
                if self.returncode(CLOSE_PATIENCE) is not None:
                    break
                end()
            self._process.wait()
            self._stderr_thread.join(CLOSE_PATIENCE)

    def release(self) -> None:
        """Give the pipes back, once nobody reads any more."""
        self.close()
        _pipe(self._process.stdout).close()
        _pipe(self._process.stderr).close()

    def __del__(self) -> None:
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _drain(self) -> None:
        pipe = _pipe(self._process.stderr)
        while data := pipe.read(1 << 14):
            self._tail.add(data)


def run_process(argv: Sequence[str], stdin: bytes, timeout: float) -> Completed:
    """Run a program of this computer to its end. Raises TimeoutError, or OSError where it cannot be started."""
    try:
        done = subprocess.run(
            list(argv), input=stdin, capture_output=True, timeout=timeout, creationflags=quiet_process_flags()
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{argv[0]} took over {timeout} s") from error
    return Completed(done.returncode, done.stdout, done.stderr)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
