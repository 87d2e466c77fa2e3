"""What a client does that thinks of none of this: a put a file, the ssh library's keepalive, `tail -f`.

Each row of the trials is shown to break it first; a fault that does it no harm would prove nothing about ours.
"""

import json
import shlex
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko

from tests.faults.box import Box

KEEPALIVE_S = 1
CONNECT_S = 10.0
BROKEN = (OSError, EOFError, paramiko.SSHException, paramiko.SFTPError)
"""How the library says that the line is gone."""


class Naive:
    """One connection of such a client. All calls raise what the library raises."""

    def __init__(self, box: Box, password: str = "") -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        address = box.address
        self.client.connect(
            address.host, address.port, address.user, key_filename=address.key_path, look_for_keys=False,
            allow_agent=False, password=password or None, banner_timeout=CONNECT_S, auth_timeout=CONNECT_S,
        )  # fmt: skip
        transport = self.client.get_transport()
        assert transport is not None
        transport.set_keepalive(KEEPALIVE_S)
        self.transport = transport
        self._tails: list[threading.Thread] = []

    def put_all(self, files: dict[str, bytes], folder: Path) -> None:
        """One put a file; what is there by its name was sent before."""
        with self.client.open_sftp() as sftp:
            with suppress(OSError):
                sftp.mkdir(str(folder))
            there = set(sftp.listdir(str(folder)))
            for name, data in files.items():
                if name not in there:
                    with sftp.open(str(folder / name), "wb") as file:
                        file.write(data)

    def get(self, remote: Path, local: Path) -> None:
        """Fetch a file to its final name, unless one is there."""
        if not local.exists():
            with self.client.open_sftp() as sftp:
                sftp.get(str(remote), str(local), prefetch=False)

    def get_all(self, remote: Path, local: Path) -> None:
        """Fetch a folder, under the names that the machine gives."""
        with self.client.open_sftp() as sftp:
            for entry in sftp.listdir_attr(str(remote)):
                if not stat.S_ISDIR(entry.st_mode or 0):
                    sftp.get(f"{remote}/{entry.filename}", str(local / entry.filename))

    def run(self, command: str, timeout: float | None = None) -> str:
        """A command, to its end."""
        _, stdout, _ = self.client.exec_command(command, timeout=timeout)
        return stdout.read().decode()

    def tail(self, path: Path, heard: list[int]) -> None:
        """Follow the events of a job from the beginning; their numbers are kept as they come."""
        _, stdout, _ = self.client.exec_command(f"tail -n +1 -f {shlex.quote(str(path))}")

        def read() -> None:
            with suppress(*BROKEN, ValueError):
                for line in stdout:
                    heard.append(json.loads(line)["seq"])

        thread = threading.Thread(target=read, name="naive tail", daemon=True)
        self._tails.append(thread)
        thread.start()

    def thinks_it_is_connected(self) -> bool:
        """What the library says."""
        return bool(self.transport.is_active())

    def close(self) -> None:
        """Leave."""
        self.client.close()
        for thread in self._tails:
            thread.join(CONNECT_S)


@contextmanager
def naive(box: Box, password: str = "") -> Iterator[Naive]:
    """See `Naive`."""
    client = Naive(box, password)
    try:
        yield client
    finally:
        client.close()


def stays_connected(client: Naive, seconds: float) -> bool:
    """Whether the client sees nothing wrong for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not client.thinks_it_is_connected():
            return False
        time.sleep(0.05)
    return True
