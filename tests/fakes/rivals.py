"""How others bring a folder to a machine: `rsync -a`, `scp -r`, and one SFTP `put` a file. For comparison in benches."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import paramiko

from tests.fakes.sshd import Sshd


def rsync(server: Sshd, source: Path, target: Path) -> None:
    """`rsync -a` over ssh."""
    shell = f"ssh -p {server.port} -i '{server.key_path}' -o UserKnownHostsFile='{server.known_hosts}' -o BatchMode=yes"
    place = f"{server.user}@{server.host}:{target}/"
    subprocess.run(["rsync", "-a", "-e", shell, f"{source}/", place], check=True)


def scp(server: Sshd, source: Path, target: Path) -> None:
    """`scp -r`."""
    options = ["-o", f"UserKnownHostsFile={server.known_hosts}", "-o", "BatchMode=yes", "-i", str(server.key_path)]
    place = f"{server.user}@{server.host}:{target}"
    subprocess.run(["scp", "-q", "-r", "-P", str(server.port), *options, str(source), place], check=True)


def put(server: Sshd, files: Iterable[Path], target: Path) -> None:
    """One paramiko `put` for each file, one after the other."""
    target.mkdir()
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(server.known_hosts))
        client.connect(server.host, server.port, server.user, key_filename=str(server.key_path), look_for_keys=False)
        with client.open_sftp() as sftp:
            for path in files:
                sftp.put(str(path), str(target / path.name))
