"""A disk that is about to be full is told of before a save fails."""

import pytest

from loraferry_agent.storage import room
from loraferry_agent.storage.room import disk_low, room_for
from loraferry_core.jobs import JobState
from loraferry_core.problems import problem
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
