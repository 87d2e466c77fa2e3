"""How others bring a folder to a machine: `rsync -a`, `scp -r`, and one SFTP `put` a file. For comparison in benches."""

import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko

from tests.fakes.sshd import Sshd


def rsync(server: Sshd, source: Path, target: Path, control: Path | None = None) -> None:
    """`rsync -a` over ssh; over the open connection whose socket is `control`, where given."""
    shell = " ".join(f"'{word}'" for word in ["ssh", *_options(server), "-p", str(server.port)])
    if control is not None:
        shell += f" -o ControlPath='{control}'"
    place = f"{server.user}@{server.host}:{target}/"
    subprocess.run(["rsync", "-a", "-e", shell, f"{source}/", place], check=True)


@contextmanager
def open_connection(server: Sshd, control: Path) -> Iterator[None]:
    """A connection of OpenSSH's program that other ones use through the socket `control`."""
    target = ["-p", str(server.port), f"{server.user}@{server.host}"]
    options = [*_options(server), "-o", f"ControlPath={control}"]
    master = subprocess.Popen(["ssh", *options, "-o", "ControlMaster=yes", "-N", *target])
    try:
        deadline = time.monotonic() + 20
        while not control.exists():
            if master.poll() is not None or time.monotonic() > deadline:
                raise OSError("ssh does not open its control socket")
            time.sleep(0.02)
        yield
    finally:
        master.terminate()
        master.wait(10)


def log_in(server: Sshd) -> None:
    """What a connection of OpenSSH's program takes by itself."""
    subprocess.run(
        ["ssh", *_options(server), "-p", str(server.port), f"{server.user}@{server.host}", "true"], check=True
    )


def _options(server: Sshd) -> list[str]:
    return ["-o", f"UserKnownHostsFile={server.known_hosts}", "-o", "BatchMode=yes", "-i", str(server.key_path)]


def scp(server: Sshd, source: Path, target: Path) -> None:
    """`scp -r`."""
    place = f"{server.user}@{server.host}:{target}"
    subprocess.run(["scp", "-q", "-r", "-P", str(server.port), *_options(server), str(source), place], check=True)


def put(server: Sshd, files: Iterable[Path], target: Path) -> None:
    """One paramiko `put` for each file, one after the other."""
    target.mkdir()
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(server.known_hosts))
        client.connect(server.host, server.port, server.user, key_filename=str(server.key_path), look_for_keys=False)
        with client.open_sftp() as sftp:
            for path in files:
                sftp.put(str(path), str(target / path.name))
