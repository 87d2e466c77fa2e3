"""F1 and F5 with the real trainer: it trains the toy base while the line is cut, and while its supervisor is killed.

What a naive client makes of these faults is shown beside the trials of the trainer that needs no torch.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.sync import upload
from loraferry_core.config.train import TrainConfig
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.lora_file.header import read_header
from loraferry_resources import toy_base_path
from tests.fakes.job_folder import png
from tests.faults.box import (
    Box,
    Home,
    Voyage,
    await_that,
    ignore,
    kill,
    manifest_name,
    manifest_of_files,
    remember,
    voyage,
)
from tests.faults.interpreter import python_with
from tests.faults.ledger import FULL, LEDGER

pytest.importorskip("torch")
pytestmark = [pytest.mark.ssh, pytest.mark.skipif(not FULL, reason="trains")]
STEPS = 40
START_S, TRAIN_S = 240.0, 300.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def real(calm: Box, tmp_path: Path) -> Iterator[Home]:
    made = calm.home(tmp_path.name, "--trainer=loraferry_agent.train", python=python_with(tmp_path / "bin", ONE_THREAD))
    yield made
    made.end()


def launch(running: Voyage) -> str:
    """Ship two pictures, and train a few steps on them."""
    files = {"红.png": png("red"), "b.png": png("blue")}
    manifest = manifest_of_files(files)
    upload([running.client()], manifest, files, ignore, CancelToken())
    LEDGER.shipped(running.home, manifest, files)
    config = TrainConfig.model_validate(
        {
            "base": {"source": str(toy_base_path())},
            "dataset": {"manifest": manifest_name(manifest), "resolution": 64},
            "network": {"kind": "lora", "rank": 2, "alpha": 2},
            "optimizer": {"kind": "adamw", "lr": 0.001},
            "loop": {"unit": "steps", "steps": STEPS, "batch": 1},
            "sampling": {"every": 0},
        }
    )
    spec = JobSpec(job=str(uuid.uuid4()), name="toy", config=config)
    remember(running.store, spec)
    running.store.set_status(running.client().submit(spec))
    running.follow(spec.job)
    await_that(lambda: running.home.steps(spec.job) >= 1 or spec.job in running.over, START_S)
    LEDGER.job(running.home, spec.job, JobState.RUNNING)
    return spec.job


def check(running: Voyage, job: str, scratch: Path) -> None:
    """It has trained every step once, in one attempt, and its LoRA is here, whole."""
    home = running.home
    running.await_over(job, TRAIN_S)
    LEDGER.job(home, job, JobState.FINISHED)
    LEDGER.gapless(home, job)
    LEDGER.mirror(home, running.store, job, scratch)
    assert home.steps(job) == STEPS
    (finished,) = running.store.events(job, ["finished"])
    path = running.folder / "files" / job / finished.file.name
    LEDGER.file(path, finished.file.sha256)
    assert read_header(path).tensors


def test_the_line_is_cut_while_it_trains(real: Home, tmp_path: Path) -> None:
    with voyage(real, tmp_path / "laptop") as running, LEDGER.trial("F1"):
        job = launch(running)
        accepted = real.box.relay.accepted
        real.box.relay.cut_after(500, "down")
        await_that(lambda: real.box.relay.accepted > accepted)
        check(running, job, tmp_path / "fresh")


def test_its_supervisor_is_killed_while_it_trains(real: Home, tmp_path: Path) -> None:
    with voyage(real, tmp_path / "laptop") as running, LEDGER.trial("F5"):
        job = launch(running)
        old, trainer = real.supervisor(), real.trainer(job)
        kill(old)
        await_that(lambda: real.supervisor() not in (0, old))
        check(running, job, tmp_path / "fresh")
        assert real.trainer(job) == trainer
