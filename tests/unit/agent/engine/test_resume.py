"""A run that was cut in two gives the same bytes as one that was not."""

import shutil

import pytest

from loraferry_agent.engine import checkpoint
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.optimizers import Adafactor, AdamW, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from loraferry_core.events import AttemptStarted, CheckpointSaved, Finished, SampleMade, Step, Stopped
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.metadata import tensor_hash
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed


def losses(folder: JobFolder) -> dict[int, float | None]:
    return {event.step: event.loss for event in events(folder) if isinstance(event, Step)}


def state_bytes(folder: JobFolder, step: int) -> dict[str, bytes]:
    inside = folder.checkpoints / f"{step:06d}"
    return {name: (inside / f"{name}.safetensors").read_bytes() for name in ("adapter", "optimizer", "chance")}


@pytest.fixture
def six(plan: TrainConfig) -> TrainConfig:
    return changed(
        plan,
        loop__steps=6,
        loop__accumulation=2,
        dataset__shuffle_tags=True,
        dataset__caption_dropout=0.3,
        dataset__flip=True,
        saving__every=3,
    )


OPTIMIZERS: list[Optimizer] = [
    AdamW(lr=0.01), Adafactor(lr=0.01, weight_decay=0.1), Lion(lr=0.01), Prodigy(d0=0.01), ScheduleFreeAdamW(lr=0.01),
]  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.kind)
def test_three_steps_and_three_more_are_six(trained: Trainer, six: TrainConfig, optimizer: Optimizer) -> None:
    config = changed(six, optimizer=optimizer)
    code, whole = trained(config)
    assert code == 0
    code, cut = trained(config, stop_after=3)
    assert code == 0 and isinstance(events(cut)[-1], Stopped)
    assert sorted(losses(cut)) == [1, 2, 3]
    code, _ = trained(config, folder=cut, attempt=2)
    assert code == 0 and isinstance(events(cut)[-1], Finished)

    assert losses(cut) == losses(whole)
    assert state_bytes(cut, 6) == state_bytes(whole, 6)
    outputs = [folder.output / "zorb.safetensors" for folder in (whole, cut)]
    assert len({tensor_hash(path, read_header(path)) for path in outputs}) == 1
    starts = [event.resume_step for event in events(cut) if isinstance(event, AttemptStarted)]
    assert starts == [0, 3]
    assert [event.seq for event in events(cut)] == list(range(1, len(events(cut)) + 1))
    assert samples(cut) == samples(whole)


def samples(folder: JobFolder) -> dict[tuple[int, int], str]:
    return {(e.step, e.index): e.file.sha256 for e in events(folder) if isinstance(e, SampleMade)}


def test_a_damaged_checkpoint_is_passed_over(trained: Trainer, six: TrainConfig) -> None:
    _, folder = trained(six)
    want = state_bytes(folder, 6)
    shutil.rmtree(folder.output)
    last = folder.checkpoints / "000006" / "optimizer.safetensors"
    last.write_bytes(last.read_bytes()[:-1] + b"\0")
    assert trained(six, folder=folder, attempt=2)[0] == 0
    second = [event for event in events(folder) if event.attempt == 2]
    assert isinstance(second[0], AttemptStarted) and second[0].resume_step == 3
    assert state_bytes(folder, 6) == want


def test_a_finished_run_that_was_not_announced_is_announced(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(plan)
    shutil.rmtree(folder.output)
    assert trained(plan, folder=folder, attempt=2)[0] == 0
    second = [event for event in events(folder) if event.attempt == 2]
    assert isinstance(second[-1], Finished)
    assert not [event for event in second if isinstance(event, Step | SampleMade | CheckpointSaved)]


def test_another_plan_does_not_go_on_from_a_checkpoint(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(plan)
    other = changed(plan, network__rank=3)
    folder.spec.write_text(folder.spec.read_text(encoding="utf-8").replace('"rank":2', '"rank":3'), encoding="utf-8")
    code, _ = trained(other, folder=folder, attempt=2)
    assert code == 1
    assert events(folder)[-1].problem.code == "checkpoint_mismatch"
    assert events(folder)[-1].problem.params == {"setting": "network.rank"}


def test_only_the_newest_checkpoints_are_kept(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(changed(plan, saving__every=1, saving__keep=2))
    assert sorted(path.name for path in folder.checkpoints.iterdir()) == ["000002", "000003"]
    assert all(checkpoint.is_whole(path) for path in folder.checkpoints.iterdir())
    leftover = folder.checkpoints / ".000009.1.part"
    leftover.mkdir()
    checkpoint.prune(folder.checkpoints, 1)
    assert [path.name for path in folder.checkpoints.iterdir()] == ["000003"]
