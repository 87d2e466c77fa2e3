"""Runs the tools of an installation, tells the desktop how far it is, keeps a log, and ends it all when called off.

Nobody need listen: when the line is lost the work goes on, and whoever comes next finds it done.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

SENTINEL = "\x05loraferry-install "
TAIL_BYTES = 6000
LOG_BYTES = 2**20
END_SECONDS = 3.0
"""How long a tool that was asked to end gets before it is killed."""


class Failure(Exception):
    """Ends an order with a problem code and its parameters."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class CalledOff(Exception):
    """The desktop wants it no more."""


class Desk:
    """The end at which the desktop listens, as long as it does."""

    def __init__(self, output: BinaryIO | None = None) -> None:
        self._output = output or sys.stdout.buffer
        self._called_off = threading.Event()
        self._tool: subprocess.Popen[bytes] | None = None
        self._log: Path | None = None

    def keep_log(self, path: Path) -> None:
        """From now on also write down what is said."""
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        self._log = path

    def tell(self, **fields: object) -> None:
        """One marked line: `done`, `problem`, `progress`, `waiting`."""
        self._write(("\n" + SENTINEL + json.dumps(fields) + "\n").encode())

    def say(self, line: bytes) -> None:
        """Pass on a line of a tool."""
        self._write(line)
        if self._log is not None:
            with contextlib.suppress(OSError), self._log.open("ab") as log:
                log.write(line if line.endswith(b"\n") else line + b"\n")

    def note(self, text: str) -> None:
        """Write a line into the log alone, with the time."""
        if self._log is not None:
            with contextlib.suppress(OSError), self._log.open("a", encoding="utf-8") as log:
                log.write(time.strftime("%Y-%m-%d %H:%M:%S ") + text + "\n")

    def _write(self, data: bytes) -> None:
        # A line that is lost ends nothing: the next desktop finds what was made.
        with contextlib.suppress(OSError, ValueError):
            self._output.write(data)
            self._output.flush()

    def listen(self, source: BinaryIO) -> None:
        """Hear in a thread of its own whether the desktop calls it off."""
        threading.Thread(target=self._hear, args=(source,), daemon=True).start()

    def _hear(self, source: BinaryIO) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in source:
                if line.strip() == b"cancel":
                    self.call_off()

    def call_off(self) -> None:
        """End the running tool and whatever comes after it."""
        self._called_off.set()
        tool = self._tool
        if tool is not None:
            end_tool(tool)

    def check(self) -> None:
        """Raises CalledOff."""
        if self._called_off.is_set():
            raise CalledOff

    def wait(self, seconds: float) -> None:
        """Wait, but not on when it is called off. Raises CalledOff."""
        self._called_off.wait(seconds)
        self.check()

    def call(
        self,
        phase: str,
        argv: Sequence[str],
        environment: dict[str, str],
        folder: Path | None = None,
        heard: Callable[[str], Any] | None = None,
    ) -> str:
        """Run a tool to its end; what it prints goes out as it comes. Gives the last of it.

        Raises Failure with its words where it fails, OSError ENOSPC where the disk was full, CalledOff.
        """
        self.check()
        self.note(" ".join(argv))
        posix = os.name == "posix"
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, cwd=str(folder) if folder else None, start_new_session=posix,
        )  # fmt: skip
        self._tool = process
        if self._called_off.is_set():
            end_tool(process)
        assert process.stdout is not None
        tail = b""
        try:
            for line in process.stdout:
                tail = (tail + line)[-TAIL_BYTES:]
                self.say(line)
                if heard is not None:
                    heard(line.decode("utf-8", "replace"))
        except BaseException:
            end_tool(process)
            raise
        finally:
            self._tool = None
            process.stdout.close()
            status = process.wait()
        self.check()
        output = tail.decode("utf-8", "replace")
        if status:
            if "No space left on device" in output or "os error 28" in output:
                raise OSError(errno.ENOSPC, "no space left")
            raise Failure("deploy_failed", phase=phase, output=output)
        return output

    def ask(self, argv: Sequence[str], environment: dict[str, str]) -> str:
        """What a short tool answers on stdout. Raises Failure."""
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
        if done.returncode:
            raise Failure("deploy_failed", phase="environment", output=done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode("utf-8")


def end_tool(process: subprocess.Popen[bytes]) -> None:
    """Ask a tool and its children to end; after a while end whichever of them is left."""
    if os.name != "posix":
        process.terminate()
        return
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def private(folder: Path) -> list[str]:
    """Make a folder that only this user can enter; the folders that had to be made for it, outermost first."""
    made = []
    place = folder
    while not place.exists() and place.parent != place:
        made.append(str(place))
        place = place.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made[::-1]


def write(path: Path, text: str) -> None:
    """Replace a small text file."""
    part = path.with_name("." + path.name + "." + str(os.getpid()))
    with part.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
