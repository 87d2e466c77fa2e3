"""A disk that is about to be full is told of before a save fails."""

import pytest

from loraferry_agent.storage import room
from loraferry_agent.storage.room import DiskAlarm, disk_low, room_for
from loraferry_core.jobs import JobState
from loraferry_core.problems import Problem, problem
from tests.unit.agent.storage.conftest import UsedMachine

MIB = 2**20


def test_room(machine: UsedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda path: 100)
    assert room_for(machine.layout.work / "new", 100)
    assert not room_for(machine.layout.work / "new", 101)


def test_a_low_disk_names_what_can_go(machine: UsedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = machine.manifest(b"a")
    for state in (JobState.FINISHED, JobState.STOPPED, JobState.RUNNING):
        folder = machine.job(manifest, state)
        (folder.checkpoints / "000010" / "optimizer.safetensors").write_bytes(bytes(MIB))
    jobs = machine.layout.jobs
    monkeypatch.setattr(room, "free_bytes", lambda path: 30 * MIB)
    assert disk_low(jobs, 10 * MIB) is None
    assert disk_low(jobs, 10 * MIB + 1) == problem("disk_low", path=jobs, needed_mb=31, free_mb=30, freeable_mb=2)


def low(free_mb: int) -> Problem:
    return problem("disk_low", path="/work/jobs", needed_mb=900, free_mb=free_mb, freeable_mb=10)


def test_a_low_disk_is_told_once_until_it_is_worse_or_was_well() -> None:
    alarm = DiskAlarm()
    assert alarm.news(None) is None
    assert alarm.news(low(500)) == low(500)
    assert [alarm.news(low(free)) for free in (500, 400, 51, 600)] == [None] * 4
    assert alarm.news(low(50)) == low(50)
    assert alarm.news(low(49)) is None
    assert alarm.news(None) == problem("disk_has_room", path="/work/jobs")
    assert alarm.news(None) is None
    assert alarm.news(low(49)) == low(49)


def test_a_full_disk_has_no_worse_to_come() -> None:
    alarm = DiskAlarm()
    assert alarm.news(low(0)) == low(0)
    assert alarm.news(low(0)) is None
