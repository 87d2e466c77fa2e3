"""Blobs and blocks between the real client and the real agent, over a pipe."""

import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.process import ProcessStream
from loraferry.remote.pull import pull
from loraferry.remote.sync import upload
from loraferry_agent.layout import Layout
from loraferry_core.dataset.manifest import ManifestEntry, manifest_hash, manifest_of
from loraferry_core.events import Artifact
from loraferry_core.jobs import JobState, JobStatus
from tests.fakes.leftovers import end_processes_of

JOB = "00000000-0000-4000-8000-000000000000"
RANDOM = Random(9)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "家 home"
    end_processes_of(tmp_path)


@pytest.fixture
def connect(home: Path) -> Iterator[Callable[[], AgentClient]]:
    open_ones: list[tuple[AgentClient, ProcessStream]] = []

    def make() -> AgentClient:
        stream = ProcessStream([sys.executable, "-m", "loraferry_agent.serve", "--home", str(home)])
        client = AgentClient(stream, "box")
        open_ones.append((client, stream))
        client.hello()
        return client

    yield make
    for client, stream in open_ones:
        client.close()
        stream.release()


def test_damage_on_the_disk_is_found_on_doubt_and_mended(connect: Callable[[], AgentClient], home: Path) -> None:
    files = {f"{number}.png": RANDOM.randbytes(3000) for number in range(5)}
    manifest = manifest_of(
        [ManifestEntry(name=n, size=len(d), sha256=hashlib.sha256(d).hexdigest()) for n, d in files.items()]
    )
    client, name = connect(), manifest_hash(manifest)
    upload([client], manifest, files, lambda _: None, CancelToken())
    entry = manifest.entries[3]
    blob = Layout(home, home).blobs / entry.sha256[:2] / entry.sha256[2:]
    blob.chmod(0o644)
    blob.write_bytes(b"\0" * entry.size)
    assert client.have(name).indexes == ()
    assert client.have(name, verify=True).indexes == (3,)
    upload([client], manifest, files, lambda _: None, CancelToken())
    assert client.have(name, verify=True).indexes == ()
    assert blob.read_bytes() == files["3.png"]


def test_small_things_pass_while_large_ones_go_both_ways(
    connect: Callable[[], AgentClient], home: Path, tmp_path: Path
) -> None:
    job = Layout(home, home).job(JOB)
    large, small = RANDOM.randbytes(20_000_000), RANDOM.randbytes(5000)
    for name, data in (("large.bin", large), ("small.bin", small)):
        (job.output / name).parent.mkdir(parents=True, exist_ok=True)
        (job.output / name).write_bytes(data)
    status = JobStatus(job=JOB, name="n", state=JobState.FINISHED, spec_hash="0" * 64)
    job.state.write_text(status.model_dump_json(), encoding="utf-8")
    client = connect()
    sent = {f"{number}.png": RANDOM.randbytes(1_000_000) for number in range(20)}
    manifest = manifest_of(
        [ManifestEntry(name=n, size=len(d), sha256=hashlib.sha256(d).hexdigest()) for n, d in sent.items()]
    )

    def fetch(name: str, data: bytes) -> None:
        artifact = Artifact(name=f"output/{name}", size=len(data), sha256=hashlib.sha256(data).hexdigest())
        pull(client, JOB, artifact, tmp_path / "here", lambda *_: None, CancelToken())

    threads = [
        threading.Thread(target=fetch, args=("large.bin", large)),
        threading.Thread(target=fetch, args=("small.bin", small)),
        threading.Thread(target=upload, args=([client], manifest, sent, lambda _: None, CancelToken())),
    ]
    for thread in threads:
        thread.start()
    assert [found.job for found in client.list_jobs()] == [JOB]
    for thread in threads:
        thread.join(120)
    assert (tmp_path / "here" / "output" / "large.bin").read_bytes() == large
    assert (tmp_path / "here" / "output" / "small.bin").read_bytes() == small
    assert client.have(manifest_hash(manifest), verify=True).indexes == ()
