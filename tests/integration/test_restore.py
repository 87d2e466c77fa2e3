"""A run outlives its machine: mirrored while it goes on, then the machine is gone, and another takes it up."""

import io
import os
import shutil
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loraferry.cancellation import CancelToken
from loraferry.ferry.cargo import Cargo
from loraferry.ferry.follow import Follower
from loraferry.ferry.launch import launch
from loraferry.ferry.restore import lost_runs, newest_mirror, restore
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import Deployment
from loraferry.remote.client import AgentClient
from loraferry.remote.link import open_agent
from loraferry.remote.local import LocalTransport
from loraferry.runs.store import RunStore
from loraferry.runs.wants import Wants
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import AttemptStarted
from loraferry_core.jobs import JobState
from loraferry_core.problems import ProblemError
from tests.fakes.agent_process import end_all
from tests.unit.desktop.ferry.conftest import cargo_of

DEADLINE = 120.0
STEPS = 60
NOWHERE: Any = None
pytestmark = [pytest.mark.timeout(600), pytest.mark.skipif(os.name == "nt", reason="ends processes by their tag")]


@dataclass
class Machines:
    """Agents on this computer, each in a home of its own, on code with the fake trainer."""

    folder: Path

    def open(self, name: str) -> tuple[LocalTransport, AgentClient]:
        transport = LocalTransport()
        deployment = Deployment(sys.executable, str(self.folder / "code"), str(self.folder / name), NOWHERE)
        return transport, open_agent(transport, deployment, "--trainer=fake_trainer", "--stop-seconds=3")

    def wipe(self, name: str) -> None:
        """End everything there and remove it."""
        end_all(self.folder / name)
        shutil.rmtree(self.folder / name)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    zipfile.ZipFile(io.BytesIO(read_agent_code().archive())).extractall(tmp_path / "code")
    trainer = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
    shutil.copy(trainer, tmp_path / "code" / trainer.name)
    machines = Machines(tmp_path)
    yield machines
    for name in ("first", "second"):
        end_all(tmp_path / name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


def await_that(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_a_run_goes_on_on_another_machine_without_a_gap(machines: Machines, store: RunStore, tmp_path: Path) -> None:
    mirror = tmp_path / "runs"
    cargo: Cargo = cargo_of(tmp_path / "pictures", {"a.png": b"one", "b.png": b"two" * 10_000})
    transport, client = machines.open("first")
    run = launch(client, store, TrainConfig(), cargo, name=f"steps={STEPS} pause=0.1", token=CancelToken())
    job = run.spec.job
    failures: list[ProblemError] = []

    def follow() -> None:
        try:
            Follower(client, store, mirror, job, wants=Wants(checkpoints="all", keep=1)).follow(CancelToken())
        except ProblemError as error:
            failures.append(error)

    follower = threading.Thread(target=follow)
    follower.start()
    await_that(lambda: newest_mirror(store, mirror, job))
    machines.wipe("first")
    client.close()
    transport.close()
    follower.join(DEADLINE)
    assert [error.problem.code for error in failures] == ["link_lost"]
    known = store.last_seq(job)

    transport, client = machines.open("second")
    try:
        assert [lost.spec.job for lost in lost_runs(store, run.host, client.list_jobs())] == [job]
        found = newest_mirror(store, mirror, job)
        assert found is not None
        restored = restore(client, store, mirror, store.run(job), CancelToken())
        assert restored.spec == run.spec
        assert restored.host == client.agent_id != run.host
        over = Follower(client, store, mirror, job).follow(CancelToken())
    finally:
        client.close()
        transport.close()

    assert over.status.state is JobState.FINISHED
    assert over.last_seq > known
    starts = [event for event in store.events(job, ["attempt_started"]) if isinstance(event, AttemptStarted)]
    assert [(start.attempt, start.resume_step) for start in starts] == [(1, 0), (2, found.step)]
    assert list(store.curve(job).step) == list(range(1, STEPS + 1))
    assert store.copies(job)["output/lora.safetensors"].acknowledged
    copies = read_json(JobFolder(tmp_path / "second" / "jobs" / job).acknowledged)
    assert copies is not None
    assert "output/lora.safetensors" in copies
