"""The disk fills up in the middle of a save: the run waits, says so, and goes on when there is room."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent import train
from loraferry_agent.engine import checkpoint, patience
from loraferry_agent.engine.patience import Patience, PatientLog
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import CheckpointSaved, Event, Finished, Logged, Step
from tests.fakes.job_folder import Machine, Picture, events
from tests.unit.agent.engine.conftest import changed

DISK = 8 * 2**20
LEFT = 20_000
"""Bytes: room for events, not for a checkpoint."""


class Asked(Stop):
    """Calls `look` each time somebody looks for a stop; what that says is the answer."""

    def __init__(self, path: Path, look: Callable[[], bool]) -> None:
        super().__init__(path)
        self._look = look

    @property
    def requested(self) -> bool:
        return self._look()


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.001)


def test_what_is_refused_is_tried_again(tmp_path: Path) -> None:
    refusals, waits, slept = iter([True, True]), [], []

    def write() -> str:
        if next(refusals, False):
            full()
        return "done"

    waiting = Patience(Stop(tmp_path / "stop"), slept.append)
    assert waiting.done(write, lambda: waits.append(1)) == "done"
    assert (len(waits), len(slept)) == (2, 2 * patience.LOOKS)


def test_a_stop_ends_the_wait(tmp_path: Path) -> None:
    looks = iter([False, False, True])
    with pytest.raises(StopRequested):
        Patience(Asked(tmp_path, lambda: next(looks)), lambda _: None).done(full)


def test_other_errors_are_not_waited_for(tmp_path: Path) -> None:
    def refuse() -> None:
        raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        Patience(Stop(tmp_path / "stop")).done(refuse)


def test_events_wait_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = PatientLog(tmp_path / "events.jsonl", 1, Patience(Stop(tmp_path / "stop"), lambda _: None))
    refusals = iter([True])
    real = log._file.write

    class Torn:
        def __getattr__(self, name: str) -> Any:
            return getattr(file, name)

        def write(self, data: bytes) -> int:
            if next(refusals, False):
                real(data[:5])
                full()
            return real(data)

    file = log._file
    monkeypatch.setattr(log, "_file", Torn())
    log.append(Logged, level="info", text="a")
    log.append(Logged, level="info", text="b")
    log.close()
    assert [e.seq for e in events(JobFolder(tmp_path))] == [1, 2]


# ---- a real disk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose work folder lies on a small disk."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("needs root, to mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(done.stderr.decode())
    try:
        yield Machine(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def job(disk: Machine, plan: TrainConfig, pictures: list[Picture]) -> JobFolder:
    manifest = disk.dataset(pictures)
    return disk.job(changed(plan, dataset__manifest=manifest, loop__steps=4, saving__every=2, sampling__every=0))


def fill(folder: Path) -> Path:
    """Take all room but a little; the file to remove again."""
    path = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    path.write_bytes(bytes(free - LEFT))
    return path


def codes(folder: JobFolder) -> list[str]:
    return [e.problem.code for e in events(folder) if isinstance(e, Logged) and e.problem]


def of_kind(folder: JobFolder, *kinds: type[Event]) -> list[str]:
    return [f"{e.type} {e.step}" for e in events(folder) if isinstance(e, kinds)]


@pytest.mark.parametrize("stops", [False, True])
def test_in_the_middle_of_a_save(job: JobFolder, disk: Machine, monkeypatch: pytest.MonkeyPatch, stops: bool) -> None:
    real, fillers = checkpoint.save, []

    def save(*arguments: Any) -> Path:
        if len(of_kind(job, Step)) == 4 and not fillers:
            fillers.append(fill(disk.work))
        return real(*arguments)

    def look() -> bool:
        if "disk_awaited" not in codes(job) or "disk_has_room" in codes(job):
            return False
        # Nothing half-written lies there, and nothing is listed that is not whole.
        assert [path.name for path in job.checkpoints.iterdir()] == ["000002"]
        assert checkpoint.is_whole(job.checkpoints / "000002")
        if not stops:
            fillers[0].unlink(missing_ok=True)
        return stops

    monkeypatch.setattr(checkpoint, "save", save)
    assert train.run(job.path, disk.layout, Asked(job.stop_request, look)) == 0
    told = [code for code in codes(job) if code != "disk_low"]
    if stops:
        assert told == ["disk_awaited"]
        assert of_kind(job, CheckpointSaved) == ["checkpoint 2"]
        assert (events(job)[-1].type, events(job)[-1].step) == ("stopped", 2)
        fillers[0].unlink()
        assert train.run(job.path, disk.layout, Stop(job.stop_request)) == 0
    else:
        assert told == ["disk_awaited", "disk_has_room"]
    assert of_kind(job, CheckpointSaved, Finished) == ["checkpoint 2", "checkpoint 4", "finished 4"]
    assert all(checkpoint.is_whole(path) for path in job.checkpoints.iterdir())


def test_a_stop_while_there_is_room_for_no_word_at_all(
    job: JobFolder, disk: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as one that was stopped does; the supervisor has kept some room to say so."""
    real = PatientLog.append

    def append(self: PatientLog, kind: Any, **fields: Any) -> Any:
        if kind is Step:
            monkeypatch.setattr("loraferry_agent.jobs.event_log._write", lambda *_: full())
        return real(self, kind, **fields)

    monkeypatch.setattr(PatientLog, "append", append)
    waiting = iter([False] * 10)
    assert train.run(job.path, disk.layout, Asked(job.stop_request, lambda: next(waiting, True))) == 0
    assert of_kind(job, Step) == []
