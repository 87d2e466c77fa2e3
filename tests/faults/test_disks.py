"""F8: the disk of the machine, or its inodes, run out; the reason is told, and once there is room all goes on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.sync import upload
from loraferry_agent.jobs.reserve import FILES
from loraferry_core.events import CheckpointSaved, SampleMade
from loraferry_core.jobs import JobState
from loraferry_core.problems import ProblemError
from tests.faults.box import Home, await_that, ignore, make_files, manifest_of_files, voyage
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import BROKEN, naive
from tests.faults.test_kills import stop_and_compare

pytestmark = [
    pytest.mark.ssh,
    pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root, to mount a disk"),
]
FILLER = "filler"
DISK = 64 * 2**20
SAVED = 300_000
"""Bytes of a checkpoint; an event has a few hundred."""


@contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """A small disk; skips the test where none may be mounted."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(done.stderr.decode())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def work(home: Home, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The agent's large files lie on a small disk."""
    with disk(tmp_path / "disk", request.param) as folder:
        home.path.mkdir(parents=True)
        (home.path / "work").write_text(str(folder / "work"), encoding="utf-8")
        yield folder
        home.end()


def fill(folder: Path, leave: int = 0) -> Path:
    """Take all room but so many bytes; the file to remove again."""
    path = folder / FILLER
    with path.open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(b"x" * 4096)
    os.truncate(path, max(0, path.stat().st_size - leave))
    return path


def take_inodes(folder: Path) -> Path:
    """Make files until no more can be made; the folder to remove again."""
    fillers = folder / FILLER
    fillers.mkdir()
    with pytest.raises(OSError, match="No space"):
        for number in range(10_000):
            (fillers / str(number)).touch()
    return fillers


def send(home: Home, files: dict[str, bytes]) -> str:
    """Upload; the code of what was in the way, or nothing."""
    with home.connected() as client:
        try:
            upload([client], manifest_of_files(files), files, ignore, CancelToken())
        except ProblemError as error:
            return error.problem.code
    LEDGER.shipped(home, manifest_of_files(files), files)
    return ""


@pytest.mark.parametrize("work", ["size=8m"], indirect=True)
def test_a_full_disk(home: Home, work: Path) -> None:
    assert send(home, make_files(0, (1000,))) == ""
    for number in range(1, count(8, 1) + 1):
        with LEDGER.trial("F8"):
            files = make_files(number, (3000, 200_000, 0))
            filler = fill(work)
            assert send(home, files) == "disk_full"
            filler.unlink()
            assert send(home, files) == ""


@pytest.mark.parametrize("work", ["size=8m"], indirect=True)
def test_a_set_larger_than_the_disk_is_refused(home: Home, work: Path) -> None:
    with LEDGER.trial("F8"):
        assert send(home, make_files(1, (4_000_000,) * 3)) == "disk_full"
        assert send(home, make_files(2, (100_000,))) == ""


@pytest.mark.parametrize("work", ["size=16m,nr_inodes=300"], indirect=True)
def test_no_inodes(home: Home, work: Path) -> None:
    assert send(home, make_files(0, (1000,))) == ""
    for number in range(1, count(5, 1) + 1):
        with LEDGER.trial("F8"):
            fillers = take_inodes(work)
            assert send(home, make_files(number, (1000, 2000))) == "disk_full"
            shutil.rmtree(fillers)
            assert send(home, make_files(number, (1000, 2000))) == ""


# ---- while a job runs -----------------------------------------------------------------------------------------------


TROUBLES: dict[str, Callable[[Path], Path]] = {
    "a checkpoint": lambda disk: fill(disk, SAVED // 2),
    "an event": fill,
    "files": take_inodes,
}
"""What there is no room for."""


@pytest.mark.parametrize("work", [f"size={DISK},nr_inodes=3000"], indirect=True)
@pytest.mark.parametrize("trouble", sorted(TROUBLES) if FULL else ["an event"])
def test_a_disk_that_fills_up_while_a_job_runs(home: Home, work: Path, tmp_path: Path, trouble: str) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job, attempts = running.launch(f"steps=1000000 pause=0.05 checkpoint={SAVED}"), count(3, 1)
        reserve = home.layout.work / "reserve"
        for attempt in range(1, attempts + 1):
            with LEDGER.trial("F8"):
                saves = len(saved(home, job))
                await_that(lambda saves=saves: len(saved(home, job)) > saves)
                await_that(lambda: len(list(reserve.glob("*"))) == FILES)
                filler = TROUBLES[trouble](work)
                status = home.await_state(job, JobState.FAILED)
                assert status.reason is not None
                assert status.reason.code == "disk_full", status.reason
                check_listed(home, job)
                filler.unlink() if filler.is_file() else shutil.rmtree(filler)
                running.client().resume(job)
                await_that(lambda attempt=attempt: home.status(job).attempt == attempt + 1)
                home.await_state(job, JobState.RUNNING)
                started = [event for event in home.events(job) if event.type == "attempt_started"][-1]
                assert (started.attempt, started.resume_step) == (attempt + 1, saved(home, job)[-1].step)
        stop_and_compare(running, job, attempts + 1, tmp_path / "fresh")
        check_listed(home, job)


def saved(home: Home, job: str) -> list[CheckpointSaved]:
    return [event for event in home.events(job) if isinstance(event, CheckpointSaved)]


def check_listed(home: Home, job: str) -> None:
    """What was announced is there, whole, and nothing that is not."""
    folder = home.job(job).path
    for event in home.events(job):
        if isinstance(event, CheckpointSaved | SampleMade):
            LEDGER.file(folder / event.file.name, event.file.sha256)
    assert {int(path.name) for path in home.job(job).checkpoints.iterdir()} == {e.step for e in saved(home, job)}
    assert not list(folder.rglob("*.part"))


@pytest.mark.parametrize("work", ["size=2m"], indirect=True)
def test_a_naive_put_to_a_full_disk_leaves_a_torn_file(home: Home, work: Path) -> None:
    files = make_files(1, (1_500_000, 1_500_000))
    with naive(home.box) as client:
        with pytest.raises(BROKEN):
            client.put_all(files, work / "set")
        client.put_all({name: data for name, data in files.items() if not (work / "set" / name).exists()}, work / "set")
    LEDGER.naive_fails("F8", any((work / "set" / name).read_bytes() != data for name, data in files.items()))
