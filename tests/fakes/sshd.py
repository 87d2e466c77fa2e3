"""A private OpenSSH server on loopback, with its own host key and one user key, for tests, benches and the demo."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PRIVILEGE_FOLDER = Path("/run/sshd")


class SshdUnavailable(Exception):
    """There is no OpenSSH server here, or it cannot be started; the text says why."""


@dataclass
class Sshd:
    """A running server. `known_hosts` already holds its key; `known_hosts_line` does too, to be put elsewhere."""

    host: str
    port: int
    user: str
    key_path: Path
    known_hosts: Path
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def command(self) -> str:
        """What a person would paste."""
        return f"ssh -p {self.port} -i '{self.key_path}' {self.user}@{self.host}"

    def log(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "sshd.log").read_text(encoding="utf-8", errors="replace")


def sshd_missing() -> str:
    """Why no server can be started here; empty where it can."""
    if sys.platform == "win32":
        return "needs a POSIX system"
    if _program() is None:
        return "OpenSSH's server (sshd) is not installed"
    if os.geteuid() == 0:
        PRIVILEGE_FOLDER.mkdir(mode=0o755, exist_ok=True)
    return ""


@contextmanager
def running_sshd(*settings: str, host_key: Path | None = None, port: int = 0) -> Iterator[Sshd]:
    """Start a server for this user alone; `settings` are further lines of its configuration. Raises SshdUnavailable."""
    reason = sshd_missing()
    if reason:
        raise SshdUnavailable(reason)
    with tempfile.TemporaryDirectory(prefix="loraferry-sshd-") as name:
        folder = Path(name)
        server_key = host_key or make_key(folder / "host_key")
        user_key = make_key(folder / "user_key")
        shutil.copy(user_key.with_suffix(".pub"), folder / "authorized_keys")
        port = port or _free_port()
        config = folder / "sshd_config"
        config.write_text(_configuration(folder, server_key, port, settings), encoding="utf-8")
        process = subprocess.Popen([str(_program()), "-D", "-f", str(config), "-E", str(folder / "sshd.log")])
        try:
            _await_banner(process, port, folder)
            known = folder / "known_hosts"
            public = server_key.with_suffix(".pub").read_text(encoding="utf-8").split()
            known.write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n", encoding="utf-8")
            yield Sshd("127.0.0.1", port, getpass.getuser(), user_key, known, folder, process)
        finally:
            process.terminate()
            process.wait(10)


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new key pair made by ssh-keygen, quickly: the shortest RSA that servers take, one round for a passphrase."""
    size = ["-b", "2048"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-a", "1", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def _program() -> str | None:
    return shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def _configuration(folder: Path, host_key: Path, port: int, settings: tuple[str, ...]) -> str:
    lines = [
        *settings,  # the first mention of a setting counts
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {host_key}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin yes",
        "MaxStartups 100",
    ]
    if not any(setting.startswith("Subsystem sftp") for setting in settings):
        lines.append("Subsystem sftp internal-sftp")
    return "".join(line + "\n" for line in lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_banner(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log = folder / "sshd.log"
            raise SshdUnavailable(log.read_text(encoding="utf-8") if log.exists() else "sshd ended at once")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.02)
    raise SshdUnavailable("sshd does not answer")
