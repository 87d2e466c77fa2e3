"""A container for the trials: OpenSSH's server as process 1 of a namespace, so that all within it ends with it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.box import Box, await_that, children_of, free_port, kill

UNSHARE = ("unshare", "--pid", "--mount-proc", "--fork", "--kill-child")


def containers_missing() -> str:
    """Why none can be made here; empty where they can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "needs root, to make namespaces"
    done = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


class Container:
    """What stands at the machine's address. It can be started again, which is what a vendor calls a restart."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._outside: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """A new process 1, and nothing else; the disk is as it was."""
        command = [str(part) for part in self._box.server.process.args]  # type: ignore[union-attr]
        port = free_port()
        # The server has its log; `unshare` only complains that it was killed.
        self._outside = subprocess.Popen([*UNSHARE, *command, "-p", str(port)], stderr=subprocess.DEVNULL)
        self._box.relay.target = (self._box.server.host, port)
        await_that(self._box.answers)

    def kill(self) -> None:
        """End everything in it at the same moment, as the kernel does with whoever has lost its process 1."""
        if self._outside is not None:
            (first,) = children_of(self._outside.pid)
            kill(first)
            self._outside.wait()
            self._outside = None


@contextmanager
def running_container(box: Box) -> Iterator[Container]:
    """One that takes the place of the box's own server meanwhile."""
    before = box.relay.target
    container = Container(box)
    try:
        container.start()
        yield container
    finally:
        container.kill()
        box.relay.target = before
