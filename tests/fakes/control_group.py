"""A control group of a test's own whose processes may use little memory; the kernel kills the one that wants more."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
LIMITS = {"memory/memory.limit_in_bytes": "memory/{name}", "cgroup.controllers": "{name}"}
"""What is there in the root of version 1 and of version 2, and where a group is then made."""
GONE_S = 60.0


class NoControlGroups(Exception):
    """None can be made here; the text says why."""


@dataclass(frozen=True)
class ControlGroup:
    """A group for memory, of either version."""

    folder: Path

    def limit(self, size: int) -> None:
        """Allow so many bytes in all. Raises OSError."""
        old = self.folder / "memory.limit_in_bytes"
        (old if old.exists() else self.folder / "memory.max").write_text(str(size), encoding="ascii")

    @property
    def used(self) -> int:
        """Bytes in use, the file cache among them."""
        old = self.folder / "memory.usage_in_bytes"
        return int((old if old.exists() else self.folder / "memory.current").read_text(encoding="ascii"))

    @property
    def kills(self) -> int:
        """How many of its processes the kernel has killed."""
        old = self.folder / "memory.oom_control"
        lines = (old if old.exists() else self.folder / "memory.events").read_text(encoding="ascii").splitlines()
        return int(dict(line.split() for line in lines).get("oom_kill", 0))

    def pids(self) -> list[int]:
        """Who is in it."""
        return [int(line) for line in (self.folder / "cgroup.procs").read_text(encoding="ascii").split()]

    def python(self, program: Path) -> str:
        """Write a program that is Python in this group; its children are in it too."""
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(
            f'#!/bin/sh\necho $$ > "{self.folder}/cgroup.procs" && exec "{sys.executable}" "$@"\n', encoding="utf-8"
        )
        program.chmod(0o755)
        return str(program)

    def remove(self) -> None:
        """End who is left in it, and it."""
        give_up_at = time.monotonic() + GONE_S
        while self.folder.exists():
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
            try:
                self.folder.rmdir()
            except OSError:  # the kernel lets go of the dead a little later
                assert time.monotonic() < give_up_at, f"{self.folder} cannot be removed"
                time.sleep(0.05)


@contextmanager
def control_group(size: int) -> Iterator[ControlGroup]:
    """A new group that may use so many bytes. Raises NoControlGroups."""
    group = ControlGroup(_place(f"loraferry-{os.getpid()}-{time.monotonic_ns()}"))
    try:
        group.folder.mkdir()
    except OSError as error:
        raise NoControlGroups(str(error)) from error
    try:
        try:
            group.limit(size)
        except OSError as error:
            raise NoControlGroups(f"memory is not limited here: {error}") from error
        yield group
    finally:
        group.remove()


def _place(name: str) -> Path:
    for mark, place in LIMITS.items():
        if (ROOT / mark).exists():
            return ROOT / place.format(name=name)
    raise NoControlGroups("there are none")
