"""Many small files over a real OpenSSH server on loopback: this program beside rsync and beside one SFTP put a file.

Each way starts with nothing there and ends with all files on the disk of the other side, in turn, in the same run.
Ours is timed twice: hashes known (the renderer knows them when it has made a picture), and hashed first.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import paramiko

from loraferry.cancellation import CancelToken
from loraferry.remote.address import parse_address
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import Deployment, deploy
from loraferry.remote.dial import dial
from loraferry.remote.hashes import hash_file
from loraferry.remote.link import open_agent
from loraferry.remote.local import LocalTransport
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.sync import upload
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_of
from tests.fakes.leftovers import end_processes_of
from tests.fakes.sshd import Sshd, running_sshd

FILES = 2000
SIZE = 200_000
ROUNDS = 3


def run(files: int = FILES, size: int = SIZE, rounds: int = ROUNDS) -> dict[str, Any]:
    """Seconds of each way (the median of `rounds`), and ours against the others as ratios of speed."""
    with tempfile.TemporaryDirectory(prefix="loraferry-bench-") as name, running_sshd() as server:
        folder = Path(name)
        sources = make_files(folder / "source", files, size)
        started = time.perf_counter()
        manifest = manifest_of(
            [ManifestEntry(name=path.name, size=size, sha256=hash_file(path)) for path in sources.values()]
        )
        hash_s = time.perf_counter() - started
        deployment = deploy(LocalTransport(), lambda *_: None, CancelToken(), home=str(folder / "home"))
        ways: dict[str, Callable[[Path], None]] = {
            "ours": lambda home: ours(server, deployment, home, manifest, sources),
            "rsync": lambda target: rsync(server, folder / "source", target),
            "put": lambda target: put(server, sources, target),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way, go in ways.items():
                target = folder / f"{way}{number}"
                started = time.perf_counter()
                go(target)
                seconds[way].append(time.perf_counter() - started)
                end_processes_of(target)
                shutil.rmtree(target)
    median = {way: sorted(times)[len(times) // 2] for way, times in seconds.items()}
    return {
        "files_per_s": round(files / median["ours"], 1),
        "mb_per_s": round(files * size / median["ours"] / 1e6, 1),
        "vs_rsync": round(median["rsync"] / median["ours"], 3),
        "vs_put": round(median["put"] / median["ours"], 3),
        "vs_rsync_with_hashing": round(median["rsync"] / (median["ours"] + hash_s), 3),
        "hash_s": round(hash_s, 3),
        "seconds": {way: [round(time_, 2) for time_ in times] for way, times in seconds.items()},
    }


def make_files(folder: Path, files: int, size: int) -> dict[str, Path]:
    """Files of random bytes, which no compression helps with."""
    folder.mkdir(parents=True)
    random = Random(1)
    paths = {f"{number:05d}.png": folder / f"{number:05d}.png" for number in range(files)}
    for path in paths.values():
        path.write_bytes(random.randbytes(size))
    return paths


def ours(server: Sshd, deployment: Deployment, home: Path, manifest: Manifest, sources: dict[str, Path]) -> None:
    """Log in, start an agent in a fresh home, ferry, commit."""
    fresh = Deployment(deployment.python, deployment.code, str(home), deployment.facts)
    transport = dial(parse_address(server.command), KnownHosts(server.known_hosts), Prompts())
    try:
        client = open_agent(transport, fresh)
        try:
            committed = upload([client], manifest, sources, lambda _: None, CancelToken())
        finally:
            client.close()
    finally:
        transport.close()
    assert committed.files == len(sources)


def rsync(server: Sshd, source: Path, target: Path) -> None:
    """`rsync -a` over ssh."""
    shell = f"ssh -p {server.port} -i '{server.key_path}' -o UserKnownHostsFile='{server.known_hosts}' -o BatchMode=yes"
    place = f"{server.user}@{server.host}:{target}/"
    subprocess.run(["rsync", "-a", "-e", shell, f"{source}/", place], check=True)


def put(server: Sshd, sources: dict[str, Path], target: Path) -> None:
    """One paramiko `put` for each file, one after the other."""
    target.mkdir()
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(server.known_hosts))
        client.connect(server.host, server.port, server.user, key_filename=str(server.key_path), look_for_keys=False)
        with client.open_sftp() as sftp:
            for name, path in sources.items():
                sftp.put(str(path), str(target / name))


def main() -> None:
    """Print a table, then one line of JSON."""
    figures = run()
    code = read_agent_code()
    print(f"{FILES} files of {SIZE / 1000:.0f} kB over loopback sshd; agent {code.version[:12]}")
    for way, times in figures["seconds"].items():
        print(f"  {way:6} {'  '.join(f'{time_:6.2f} s' for time_ in times)}")
    print(f"  hashing the files first would add {figures['hash_s']} s")
    print(json.dumps({name: value for name, value in figures.items() if name != "seconds"}))


if __name__ == "__main__":
    main()
