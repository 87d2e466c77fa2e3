"""Memory runs out under real limits: of the address space, where errors can be caught, and of a control group, where the
kernel kills. The run goes on with fewer pictures at once, and ends with the same adapter."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry_agent.layout import HOME_VARIABLE, JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import Adapted, AttemptStarted, CheckpointSaved, Finished, Logged, PhaseChanged
from loraferry_core.jobs import JobState, JobStatus
from tests.fakes.agent_process import end_all
from tests.fakes.control_group import ControlGroup, NoControlGroups, control_group
from tests.fakes.job_folder import Machine, events, png
from tests.faults.ledger import FULL

pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
TRAINING_S = 600.0
CALM = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "HF_HUB_OFFLINE": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}
"""One thread, and a heap that gives back at once what is freed."""


def test_under_a_limit_of_the_address_space(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.limited_training", str(tmp_path)],
        env={**os.environ, **CALM},
        capture_output=True,
        text=True,
        timeout=TRAINING_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["finished"] == [True, True]
    assert told["without_limit"] == []
    assert told["rungs"][:2] == ["retry", "split_batch"], told
    assert told["difference"] < 1e-3, told


# ---- killed by the kernel -------------------------------------------------------------------------------------------

SIDE = 128
PICTURES = 48
LEFT = 100 * 2**20
"""Bytes for the steps; all pictures at once take four times as much."""


@pytest.fixture
def group() -> Iterator[ControlGroup]:
    try:
        with control_group(2**33) as made:
            yield made
    except NoControlGroups as reason:
        pytest.skip(str(reason))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    yield Machine(tmp_path / "work")
    end_all(tmp_path / "work")


def plan(machine: Machine, base: Path) -> TrainConfig:
    from tests.fakes import tiny_base

    pictures = [(f"{n}.png", png(f"hsl({n * 7}, 80%, 50%)", (SIDE, SIDE)), f"thing {n}") for n in range(PICTURES)]
    return TrainConfig.model_validate(
        {
            "base": {"source": str(tiny_base.make(base, levels=2))},
            "dataset": {"manifest": machine.dataset(pictures), "resolution": SIDE},
            "network": {"kind": "lora", "rank": 2, "alpha": 2},
            "loop": {"unit": "steps", "steps": 4, "batch": PICTURES},
            "sampling": {"every": 0},
            "saving": {"every": 2, "dtype": "fp32"},
        }
    )


def private_bytes(group: ControlGroup) -> int:
    """What its processes hold that is no file, and cannot be taken from them."""
    lines = (group.folder / "memory.stat").read_text(encoding="ascii").splitlines()
    found = dict(line.split() for line in lines)
    return int(found.get("total_rss") or found["anon"])


def supervise(machine: Machine, group: ControlGroup, programs: Path) -> "subprocess.Popen[bytes]":
    """A supervisor in the group, with all that it starts; it ends when there is nothing more to do."""
    command = [group.python(programs / "python"), "-m", "loraferry_agent.jobs.supervisor", f"--home={machine.work}"]
    environment = {**os.environ, **CALM, HOME_VARIABLE: str(machine.work)}
    return subprocess.Popen([*command, "--trainer=loraferry_agent.train", "--idle-seconds=1"], env=environment)


def queued(folder: JobFolder) -> None:
    status = JobStatus(job=folder.path.name, name="tiny", state=JobState.QUEUED, spec_hash="0" * 64)
    folder.state.write_text(status.model_dump_json(), encoding="utf-8")


@pytest.mark.skipif(not FULL, reason="trains")
def test_killed_by_the_kernel_it_comes_back_with_fewer_pictures_at_once(
    machine: Machine, group: ControlGroup, tmp_path: Path
) -> None:
    folder = machine.job(plan(machine, tmp_path / "base"))
    queued(folder)
    folder.events.touch()
    supervisor = supervise(machine, group, tmp_path / "bin")
    give_up_at = time.monotonic() + TRAINING_S
    limited = False
    while supervisor.poll() is None:
        assert time.monotonic() < give_up_at, events(folder)[-3:]
        if not limited and any(isinstance(e, PhaseChanged) and e.phase == "train" for e in events(folder)):
            group.limit(private_bytes(group) + LEFT)
            limited = True
        time.sleep(0.02)
    told = events(folder)
    assert isinstance(told[-1], Finished), told[-1]
    assert group.kills >= 1
    rungs = [event for event in told if isinstance(event, Adapted)]
    assert [event.rung for event in rungs] == ["split_batch"] * group.kills
    assert [event.problem.code for event in told if isinstance(event, Logged) and event.problem] == [
        "trainer_oom_killed"
    ] * group.kills
    starts = [event for event in told if isinstance(event, AttemptStarted)]
    assert [event.attempt for event in starts] == list(range(1, group.kills + 2))
    saved = [event.step for event in told if isinstance(event, CheckpointSaved)]
    assert saved == [2, 4] and starts[-1].resume_step in (0, 2)
    assert JobStatus.model_validate_json(folder.state.read_bytes()).state is JobState.FINISHED
