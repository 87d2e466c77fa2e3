"""Ferrying many files and pulling large ones over a real OpenSSH server on loopback, beside what others do.

Long lines come from our own relay, which adds delay and caps the rate of both directions. Shares are payload bytes a
second of the whole call (question, bytes, commit) over the line's rate, on a connection that is open, as the window holds
it. Sizes are a tenth of the case that is public (OneTrainer #904: 5,111 files, 1,784 MB), with the files as large as there.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.library.approved import render_approved
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry.library.scan import list_pictures
from loraferry.remote.address import parse_address
from loraferry.remote.bootstrap import Deployment, deploy
from loraferry.remote.client import AgentClient
from loraferry.remote.dial import dial
from loraferry.remote.hashes import hash_file
from loraferry.remote.link import open_agent
from loraferry.remote.local import LocalTransport
from loraferry.remote.pull import pull
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.sync import upload
from loraferry.remote.transport import Transport
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_of
from loraferry_core.events import Artifact
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.protocol import messages as m
from tests.fakes import rivals
from tests.fakes.deployable import quick_code
from tests.fakes.leftovers import end_processes_of
from tests.fakes.relay import Relay, running_relay
from tests.fakes.sshd import Sshd, running_sshd

MBIT = 1e6 / 8
FILES, SIZE = 512, 349_061
"""The public case, a tenth of its files."""
SAMPLE = 12
"""Files that the ways are timed with that need a few round trips for each."""
PULL_BYTES = 200_000_000
UNCHANGED = 20_000
LOOPBACK_FILES, LOOPBACK_SIZE, ROUNDS = 2000, 200_000, 5
JOB = "bench"

Way = Literal["paramiko", "openssh"]


class Box:
    """A machine of its own on loopback: a server, an agent in place, a folder for everything."""

    def __init__(self, server: Sshd, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.deployment = deploy(
            LocalTransport(), lambda *_: None, CancelToken(), home=str(folder / "home"), code=quick_code()
        )

    def at(self, home: Path) -> Deployment:
        """The agent with another home."""
        return replace(self.deployment, home=str(home))

    def dial(self, server: Sshd, way: Way = "paramiko") -> Transport:
        """Log in."""
        return dial(parse_address(server.command), KnownHosts(server.known_hosts), Prompts(), way=way)

    @contextmanager
    def agent(self, server: Sshd, home: Path) -> Iterator[tuple[AgentClient, Callable[[], AgentClient]]]:
        """A conversation, and how to open further channels."""
        transport, deployment = self.dial(server), self.at(home)
        client = open_agent(transport, deployment)
        try:
            yield client, lambda: open_agent(transport, deployment)
        finally:
            client.close()
            transport.close()

    def forget(self, home: Path) -> None:
        """End what runs there and remove it."""
        end_processes_of(home)
        shutil.rmtree(home, ignore_errors=True)  # the killed may still be on their way out


@contextmanager
def far(server: Sshd, round_trip: float, rate: float) -> Iterator[tuple[Sshd, Relay]]:
    """The server behind a long line, in seconds and bytes a second."""
    with running_relay(server.host, server.port) as relay:
        relay.delay, relay.rate = round_trip / 2, rate
        known = server.folder / f"known_hosts_{relay.port}"
        key = server.known_hosts.read_text(encoding="utf-8")
        known.write_text(key + key.replace(f":{server.port} ", f":{relay.port} "), encoding="utf-8")
        yield replace(server, port=relay.port, known_hosts=known), relay


def make_files(folder: Path, files: int, size: int) -> tuple[Manifest, dict[str, Path]]:
    """Files of random bytes, which no compression helps with."""
    folder.mkdir(parents=True)
    random = Random(1)
    paths = {f"{number:05d}.png": folder / f"{number:05d}.png" for number in range(files)}
    for path in paths.values():
        path.write_bytes(random.randbytes(size))
    entries = [ManifestEntry(name=name, size=size, sha256=hash_file(path)) for name, path in paths.items()]
    return manifest_of(entries), paths


def timed(go: Callable[[], object]) -> float:
    """Seconds it takes. What others have not put on the disk yet is put there before: our commit would wait for it."""
    os.sync()
    started = time.perf_counter()
    go()
    return time.perf_counter() - started


# ---- a: many files over a long line -----------------------------------------------------------------------------------


def upload_far(box: Box) -> dict[str, float]:
    """`link_share` and how long the others would take, in seconds, at 160 ms and 70 Mbit/s."""
    rate = 70 * MBIT
    folder = box.folder / "a"
    manifest, sources = make_files(folder / "source", FILES, SIZE)
    payload = manifest.total_bytes
    sample = folder / "sample"
    sample.mkdir()
    for path in list(sources.values())[:SAMPLE]:
        shutil.copy(path, sample)
    times: dict[str, float] = {}
    with far(box.server, 0.160, rate) as (server, _):
        times["open_s"] = time.perf_counter()
        with box.agent(server, folder / "home") as (client, more):
            times["open_s"] = time.perf_counter() - times["open_s"]
            times["ours_s"] = timed(
                lambda: upload([client], manifest, sources, lambda _: None, CancelToken(), more=more)
            )
        times["rsync_s"] = timed(lambda: rivals.rsync(server, folder / "source", folder / "rsync"))
        scale = FILES / SAMPLE
        times["scp_s_extrapolated"] = scale * timed(lambda: rivals.scp(server, sample, folder / "scp"))
        times["put_s_extrapolated"] = scale * timed(lambda: rivals.put(server, list(sample.iterdir()), folder / "put"))
    box.forget(folder / "home")
    shutil.rmtree(folder)
    return {
        "link_share": payload / rate / times["ours_s"],
        "link_share_with_login": payload / rate / (times["ours_s"] + times["open_s"]),
        "floor_s": payload / rate,
        "rsync_link_share": payload / rate / times["rsync_s"],
        **times,
    }


# ---- b, c: nothing changed, one caption changed -------------------------------------------------------------------------


def unchanged(box: Box) -> dict[str, float]:
    """Seconds from listing an open folder of 20,000 known pictures anew, with the times of all files, to the committed
    manifest, at 160 ms and 70 Mbit/s."""
    folder = box.folder / "b"
    places = Places(folder / "data", folder / "cache")
    pictures = folder / "pictures"
    make_pictures(pictures, UNCHANGED)

    library = Library.open(pictures, places)

    def ferry(client: AgentClient) -> int:
        library.relist(list_pictures(pictures))
        library.read()
        ready = render_approved(list(library.items), 32, None, places)
        return upload([client], ready.manifest, ready.sources, lambda _: None, CancelToken()).files

    with far(box.server, 0.0, 0.0) as (server, relay), box.agent(server, folder / "home") as (client, _):
        assert ferry(client) == UNCHANGED
        relay.delay, relay.rate = 0.080, 70 * MBIT
        nothing = [timed(lambda: ferry(client)) for _ in range(3)]
        one = []
        for number in range(3):
            (pictures / f"{number:05d}.txt").write_text("another caption", encoding="utf-8")
            one.append(timed(lambda: ferry(client)))
    library.close()
    box.forget(folder / "home")
    shutil.rmtree(folder)
    return {"unchanged_20k_s": statistics.median(nothing), "one_changed_20k_s": statistics.median(one)}


def make_pictures(folder: Path, count: int) -> None:
    """Small pictures that all differ, each with a caption."""
    folder.mkdir(parents=True)
    random = Random(1)
    for number in range(count):
        picture = Image.frombytes("RGB", (32, 32), random.randbytes(3 * 32 * 32))
        picture.save(folder / f"{number:05d}.png", compress_level=1)
        caption = f"1girl, solo, picture {number}, red hair, smile, looking at viewer"
        (folder / f"{number:05d}.txt").write_text(caption, encoding="utf-8")


# ---- d: a large file home -----------------------------------------------------------------------------------------------


def pull_far(box: Box) -> dict[str, float]:
    """`pull_share` at 100 ms and 200 Mbit/s."""
    rate = 200 * MBIT
    folder = box.folder / "d"
    artifact = make_artifact(folder / "home", PULL_BYTES)
    with far(box.server, 0.100, rate) as (server, _), box.agent(server, folder / "home") as (client, _):
        seconds = timed(lambda: pull(client, JOB, artifact, folder / "here", lambda *_: None, CancelToken()))
    box.forget(folder / "home")
    shutil.rmtree(folder)
    return {"pull_share": PULL_BYTES / rate / seconds, "pull_s": seconds, "pull_floor_s": PULL_BYTES / rate}


def make_artifact(home: Path, size: int) -> Artifact:
    """A file that a job has made, of random bytes."""
    path = home / "jobs" / JOB / "output" / "large.bin"
    path.parent.mkdir(parents=True)
    status = JobStatus(job=JOB, name=JOB, state=JobState.FINISHED, spec_hash="0" * 64)
    (home / "jobs" / JOB / "state.json").write_text(status.model_dump_json(), encoding="utf-8")
    piece = Random(2).randbytes(2**20)
    with path.open("wb") as file:
        for number in range(-(-size // len(piece))):
            file.write((piece[number % 1000 :] + piece[: number % 1000])[: size - number * len(piece)])
    return Artifact(name="output/large.bin", size=size, sha256=hash_file(path))


# ---- pings meanwhile ----------------------------------------------------------------------------------------------------


def pings_under_load(box: Box, seconds: float = 12.0) -> dict[str, float]:
    """How long pings take while an upload and a pull run over the same connection, at 160 ms and 70 Mbit/s."""
    folder = box.folder / "p"
    artifact = make_artifact(folder / "home", 2 * PULL_BYTES)
    manifest, sources = make_files(folder / "source", FILES, SIZE)
    cancel = CancelToken()
    took: list[float] = []
    with far(box.server, 0.160, 70 * MBIT) as (server, relay), box.agent(server, folder / "home") as (client, more):
        before = relay.up_bytes, relay.down_bytes
        bulk = [
            threading.Thread(
                target=until_cancelled,
                args=(lambda: pull(client, JOB, artifact, folder / "here", lambda *_: None, cancel),),
            ),
            threading.Thread(
                target=until_cancelled,
                args=(lambda: upload([client], manifest, sources, lambda _: None, cancel, more=more),),
            ),
        ]
        for thread in bulk:
            thread.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.1)
            note_ping(client, took)
        up, down = relay.up_bytes - before[0], relay.down_bytes - before[1]
        cancel.cancel()
        for thread in bulk:
            thread.join()
    box.forget(folder / "home")
    shutil.rmtree(folder)
    return {
        "ping_under_load_ms": 1000 * statistics.median(took),
        "ping_under_load_p95_ms": 1000 * statistics.quantiles(took, n=20)[-1],
        "ping_under_load_max_ms": 1000 * max(took),
        "load_up_share": up / seconds / (70 * MBIT),
        "load_down_share": down / seconds / (70 * MBIT),
    }


def note_ping(client: AgentClient, took: list[float]) -> None:
    """Send a ping and add how long it took, once it is answered."""
    begun = time.perf_counter()
    client.send(m.Ping()).add_done_callback(lambda _: took.append(time.perf_counter() - begun))


def until_cancelled(go: Callable[[], object]) -> None:
    """Run to the end, or until it is called off."""
    try:
        go()
    except Cancelled:
        return


# ---- e: loopback --------------------------------------------------------------------------------------------------------


def loopback(box: Box, rounds: int = ROUNDS) -> dict[str, Any]:
    """Ours over paramiko and over OpenSSH's program, beside rsync and one put a file, in turn.

    Each way starts with nothing there and ends with all files on the other side; ours has them on its disk by then.
    Ours and rsync go over a connection that is open; `with_login` counts the way there too, for both. Nothing is removed
    in between: a file system that has just lost thousands of files makes new ones several times as slowly (ext4 does not
    use their inodes again at once), which would hide all differences.
    """
    folder = box.folder / "e"
    manifest, sources = make_files(folder / "source", LOOPBACK_FILES, LOOPBACK_SIZE)
    hash_s = timed(lambda: [hash_file(path) for path in sources.values()])
    seconds: dict[str, list[float]] = {way: [] for way in ("ours", "rsync", "ours_openssh", "put", "login", "open")}
    control = box.server.folder / "control"
    with rivals.open_connection(box.server, control):
        for number in range(rounds):
            target = folder / str(number)
            target.mkdir()
            way: Way
            for way, name in (("paramiko", "ours"), ("openssh", "ours_openssh")):
                opening, ferrying = ours(box, target / name, manifest, sources, way)
                seconds[name].append(ferrying)
                if way == "paramiko":
                    seconds["open"].append(opening)
                goal = target / f"rsync beside {name}"
                seconds["rsync"].append(timed(partial(rivals.rsync, box.server, folder / "source", goal, control)))
            seconds["login"].append(timed(lambda: rivals.log_in(box.server)))
            if number < 2:
                seconds["put"].append(timed(partial(rivals.put, box.server, sources.values(), target / "put")))
    end_processes_of(folder)
    shutil.rmtree(folder, ignore_errors=True)
    median = {way: statistics.median(times) for way, times in seconds.items()}
    rsync_s, ours_s, open_s = median["rsync"], median["ours"], median["open"]
    return {
        "files_per_s": LOOPBACK_FILES / ours_s,
        "mb_per_s": LOOPBACK_FILES * LOOPBACK_SIZE / ours_s / 1e6,
        "vs_rsync": rsync_s / ours_s,
        "vs_rsync_openssh": rsync_s / median["ours_openssh"],
        "vs_rsync_with_login": (rsync_s + median["login"]) / (ours_s + open_s),
        "vs_put": median["put"] / ours_s,
        "vs_rsync_with_hashing": rsync_s / (ours_s + hash_s),
        "hash_s": hash_s,
        "seconds": seconds,
    }


def ours(box: Box, home: Path, manifest: Manifest, sources: dict[str, Path], way: Way) -> tuple[float, float]:
    """Seconds to log in and start an agent in an empty home, and seconds to ferry and commit."""
    with box.agent(box.server, home):
        pass  # the machine is set up: its supervisor runs already
    started = time.perf_counter()
    transport = box.dial(box.server, way)
    try:
        client = open_agent(transport, box.at(home))
        opening = time.perf_counter() - started
        try:
            ferrying = timed(lambda: upload([client], manifest, sources, lambda _: None, CancelToken()))
        finally:
            client.close()
    finally:
        transport.close()
    end_processes_of(home)
    return opening, ferrying


PARTS: dict[str, Callable[[Box], dict[str, Any]]] = {
    "upload": upload_far,
    "unchanged": unchanged,
    "pull": pull_far,
    "pings": pings_under_load,
    "loopback": loopback,
}


def run(parts: list[str]) -> dict[str, Any]:
    """All figures of these parts."""
    figures: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="loraferry-bench-", ignore_cleanup_errors=True) as name,
        running_sshd() as server,
    ):
        box = Box(server, Path(name))
        try:
            for part in parts:
                found = PARTS[part](box)
                figures.update(found)
                show(part, found)
        finally:
            end_processes_of(box.folder)
    return figures


def show(part: str, figures: dict[str, Any]) -> None:
    """The figures of a part for people."""
    print(f"{part}:")
    for name, value in figures.items():
        if isinstance(value, dict):
            for way, times in value.items():
                print(f"  {way:14} {'  '.join(f'{time_:6.2f} s' for time_ in times)}")
        else:
            print(f"  {name:24} {value:.3f}")
    sys.stdout.flush()


def main() -> None:
    """Print what was measured, then one line of JSON. Arguments: the parts to run; without, all."""
    print(f"Scaled down ten times: {FILES} files of {SIZE} bytes; a pull of {PULL_BYTES / 1e6:.0f} MB.")
    print("Shares: payload bytes / (seconds x the line's rate). 'extrapolated': timed with", SAMPLE, "files.")
    figures = run(sys.argv[1:] or list(PARTS))
    print(json.dumps({name: round(value, 3) for name, value in figures.items() if name != "seconds"}))


if __name__ == "__main__":
    main()
