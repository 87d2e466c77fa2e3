"""Two processes train as one does: real ones, started as the runner starts them, which meet on the loopback alone."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from loraferry_agent import platform
from loraferry_agent.engine import checkpoint
from loraferry_agent.jobs.atomic import read_json, write_json
from loraferry_agent.jobs.diagnosis import signals_of_ranks
from loraferry_agent.jobs.process import identify_self
from loraferry_agent.jobs.ranks import NUMBER
from loraferry_agent.layout import JOB_VARIABLE, JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import Adapted, AttemptStarted, Finished, Logged, SampleMade, Step, Stopped
from tests.fakes.job_folder import Machine, events, set_attempt
from tests.unit.agent.engine.conftest import Trainer, changed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="several cards are used on Linux only")
DEADLINE = 300.0
LAST = 24
ROUNDING = {"rtol": 1e-3, "atol": 1e-5}


@pytest.fixture
def shared(plan: TrainConfig) -> TrainConfig:
    """A plan with everything that chance decides, in steps of four pictures, and of one, which is none for the second process."""
    return changed(
        plan,
        loop__gpus=2,
        loop__steps=LAST,
        loop__batch=2,
        loop__accumulation=2,
        loop__ema=0.5,
        dataset__shuffle_tags=True,
        dataset__caption_dropout=0.3,
        dataset__flip=True,
        sampling__every=LAST,
        saving__every=2,
        saving__keep=99,
    )


@pytest.fixture
def cards(tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that seems to have two cards, and a supervisor."""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 0\necho 1\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    write_json(machine.layout.heartbeat, {"process": identify_self().as_json(), "retired": False})


@contextmanager
def running(
    machine: Machine, folder: JobFolder, attempt: int = 1, trainer: str = "loraferry_agent.train"
) -> Iterator["subprocess.Popen[bytes]"]:
    """The runner of an attempt; at the end none of its processes is left."""
    set_attempt(folder, attempt)
    job = folder.path.name
    command = [sys.executable, "-m", "loraferry_agent.jobs.runner", f"--home={machine.work}", f"--job={job}"]
    with folder.log.open("ab") as log:
        runner = subprocess.Popen(
            [*command, f"--attempt={attempt}", "--after-seq=0", f"--trainer={trainer}"],
            env={**os.environ, JOB_VARIABLE: job}, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield runner
    finally:
        for pid in [] if runner.poll() is not None else platform.tagged_processes(JOB_VARIABLE, job):
            platform.kill(pid)
        runner.wait(DEADLINE)
    assert platform.tagged_processes(JOB_VARIABLE, job) == []


def await_that(true: Callable[[], object], folder: JobFolder) -> None:
    give_up_at = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < give_up_at, folder.log.read_text(encoding="utf-8")
        time.sleep(0.02)


def steps(folder: JobFolder) -> list[int]:
    return [event.step for event in events(folder) if isinstance(event, Step)] if folder.events.exists() else []


def ranks_of(folder: JobFolder) -> dict[int, int]:
    """The processes that train, by their number."""
    found = {}
    for pid in platform.tagged_processes(JOB_VARIABLE, folder.path.name):
        surroundings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        found |= {int(v.partition(b"=")[2]): pid for v in surroundings if v.startswith(f"{NUMBER}=".encode())}
    return found


def listening(folder: JobFolder) -> set[str]:
    """Addresses that the processes of a job listen on."""
    pids = {str(pid) for pid in platform.tagged_processes(JOB_VARIABLE, folder.path.name)}
    told = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    return {
        line.split()[3].rpartition(":")[0] for line in told.splitlines() if pids & set(re.findall(r"pid=(\d+)", line))
    }


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.allclose(one[k].float(), other[k].float(), **ROUNDING) for k in one)


def state(folder: JobFolder, step: int, name: str = "adapter") -> dict[str, Tensor]:
    return load_file(folder.checkpoints / f"{step:06d}" / f"{name}.safetensors")


def ended(folder: JobFolder) -> dict[str, int]:
    end = read_json(folder.exit)
    assert end is not None
    return end


def test_two_are_stopped_and_one_goes_on(trained: Trainer, machine: Machine, shared: TrainConfig, cards: None) -> None:
    code, whole = trained(shared)
    assert code == 0
    folder = machine.job(shared)
    with running(machine, folder) as runner:
        await_that(lambda: len(steps(folder)) >= 3, folder)
        folder.stop_request.parent.mkdir(exist_ok=True)
        folder.stop_request.touch()
        await_that(lambda: runner.poll() is not None, folder)
    assert ended(folder)["code"] == 0, folder.log.read_text(encoding="utf-8")
    first, *_, last = events(folder)
    assert isinstance(first, AttemptStarted) and first.device == "2 × cpu"
    assert isinstance(last, Stopped) and 3 <= last.step < LAST
    assert steps(folder) == list(range(1, last.step + 1))
    assert checkpoint.newest_step(folder.checkpoints) == last.step
    for step in range(2, last.step + 1, 2):
        for name in ("adapter", "optimizer", "ema"):
            assert same(state(folder, step, name), state(whole, step, name)), (step, name)
    folder.stop_request.unlink()

    assert trained(shared, folder=folder, attempt=2)[0] == 0
    assert_alike(folder, whole)


def test_one_is_stopped_and_two_go_on(trained: Trainer, machine: Machine, shared: TrainConfig, cards: None) -> None:
    whole = trained(shared)[1]
    code, folder = trained(shared, stop_after=3)
    assert code == 0 and isinstance(events(folder)[-1], Stopped)
    with running(machine, folder, attempt=2) as runner:
        await_that(lambda: runner.poll() is not None, folder)
    assert ended(folder)["code"] == 0, folder.log.read_text(encoding="utf-8")
    assert_alike(folder, whole)


def assert_alike(folder: JobFolder, whole: JobFolder) -> None:
    """Two runs came to the same end, and each told of every step once."""
    assert isinstance(events(folder)[-1], Finished)
    for kind in (Step, SampleMade):
        assert len({str([e.step for e in events(run) if isinstance(e, kind)]) for run in (folder, whole)}) == 1
    losses = [[event.loss or 0.0 for event in events(run) if isinstance(event, Step)] for run in (folder, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    for name in ("adapter", "optimizer", "ema"):
        assert same(state(folder, LAST, name), state(whole, LAST, name))
    assert same(*(load_file(run.output / "zorb.safetensors") for run in (folder, whole)))


def test_what_one_of_them_meets_all_of_them_survive(
    trained: Trainer, machine: Machine, shared: TrainConfig, cards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))
    plan = changed(shared, dataset__repeats=2)  # so that the second process has pictures in every step
    whole = trained(plan)[1]
    folder = machine.job(plan)
    with running(machine, folder, trainer="tests.fakes.failing_rank") as runner:
        await_that(lambda: runner.poll() is not None, folder)
    assert ended(folder)["code"] == 0, folder.log.read_text(encoding="utf-8")
    told = [
        (event.step, getattr(event, "rung", "") or event.type)
        for event in events(folder)
        if isinstance(event, Adapted | Finished)
    ]
    assert told == [(0, "retry"), (1, "retry"), (1, "split_batch"), (7, "halve_rate"), (LAST, "finished")]
    assert [e.resume_step for e in events(folder) if isinstance(e, AttemptStarted)] == [0, 0, 4]
    skipped = [e.problem for e in events(folder) if isinstance(e, Logged) and e.problem]
    assert [(problem.code, problem.params["step"]) for problem in skipped] == [("step_skipped", n) for n in (5, 6, 7)]
    for step in (2, 4):
        assert same(state(folder, step), state(whole, step))
    assert not same(state(folder, LAST), state(whole, LAST))


def test_one_of_two_is_killed(machine: Machine, shared: TrainConfig, cards: None) -> None:
    folder = machine.job(changed(shared, loop__steps=100_000))
    with running(machine, folder) as runner:
        await_that(lambda: len(steps(folder)) >= 2, folder)
        both = ranks_of(folder)
        assert both.keys() == {0, 1}
        if shutil.which("ss"):
            assert listening(folder) == {"127.0.0.1"}
        platform.kill(both[1])
        await_that(lambda: runner.poll() is not None, folder)
    assert ended(folder)["code"] == 1
    log = folder.log.read_text(encoding="utf-8")
    assert 9 in signals_of_ranks(log)
    assert not isinstance(events(folder)[-1], Stopped | Finished)
    assert json.loads(folder.events.read_bytes().splitlines()[-1])["seq"] == len(events(folder))
