"""A run that goes on under a plan that was changed, or in another place."""

import shutil
from pathlib import Path

import pytest

from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.schedule import Linear
from loraferry_core.events import AttemptStarted, Failed, Finished, SampleMade, Step, Stopped
from loraferry_core.jobs import JobSpec
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.metadata import tensor_hash
from loraferry_core.problems import Problem
from tests.fakes.job_folder import Machine, Picture, events, set_attempt
from tests.unit.agent.engine.conftest import Trainer, changed


@pytest.fixture
def varied(plan: TrainConfig) -> TrainConfig:
    """Three steps in which chance has a part in everything."""
    return changed(
        plan,
        loop__accumulation=2,
        dataset__shuffle_tags=True,
        dataset__keep_tokens=1,
        dataset__tag_dropout=0.3,
        dataset__caption_dropout=0.3,
        dataset__flip=True,
    )


def replanned(folder: JobFolder, config: TrainConfig) -> None:
    """Write another plan under the same identity."""
    spec = JobSpec.model_validate_json(folder.spec.read_text(encoding="utf-8"))
    folder.spec.write_text(spec.replace(config=config).model_dump_json(), encoding="utf-8")


def state(folder: JobFolder, step: int) -> dict[str, bytes]:
    inside = folder.checkpoints / f"{step:06d}"
    return {name: (inside / f"{name}.safetensors").read_bytes() for name in ("adapter", "optimizer", "chance")}


def failure(folder: JobFolder) -> Problem:
    last = events(folder)[-1]
    assert isinstance(last, Failed)
    return last.problem


def test_a_longer_run_with_other_test_pictures_and_files(trained: Trainer, varied: TrainConfig) -> None:
    _, whole = trained(changed(varied, loop__steps=6))
    _, folder = trained(varied)
    longer = changed(
        varied,
        loop__steps=6,
        # Far longer than any caption, and of no influence on them.
        sampling__prompts=("{trigger} dot", "a long prompt, " * 5),
        sampling__every=2,
        sampling__seed=9,
        sampling__negative="ugly",
        saving__name="other",
        saving__every=6,
        saving__dtype="fp16",
    )
    replanned(folder, longer)
    code, _ = trained(longer, folder=folder, attempt=2)
    second = [event for event in events(folder) if event.attempt == 2]
    assert code == 0 and isinstance(second[-1], Finished)
    assert isinstance(second[0], AttemptStarted) and (second[0].resume_step, second[0].total_steps) == (3, 6)
    assert {(e.step, e.index, e.seed) for e in second if isinstance(e, SampleMade)} == {
        (step, index, 9 + index) for step in (4, 6) for index in range(2)
    }
    assert state(folder, 6) == state(whole, 6)
    assert (folder.output / "other.safetensors").is_file()


def test_epochs_may_be_added(trained: Trainer, varied: TrainConfig) -> None:
    epochs = changed(varied, loop__unit="epochs", loop__epochs=2, sampling__every=0, saving__every=1)
    _, folder = trained(epochs)
    more = changed(epochs, loop__epochs=3)
    replanned(folder, more)
    assert trained(more, folder=folder, attempt=2)[0] == 0
    _, whole = trained(more)
    assert [e.step for e in events(folder) if isinstance(e, Step)] == [1, 2, 3, 4, 5, 6]
    assert state(folder, 6) == state(whole, 6)


def test_a_falling_rate_takes_the_shape_of_the_new_length(trained: Trainer, plan: TrainConfig) -> None:
    schedule = Linear(warmup=0)
    falling = changed(plan, schedule=schedule, sampling__every=0)
    _, folder = trained(falling)
    longer = changed(falling, loop__steps=6)
    replanned(folder, longer)
    assert trained(longer, folder=folder, attempt=2)[0] == 0
    rates = [e.lr for e in events(folder) if isinstance(e, Step)]
    wanted = [schedule.factor(step, 3) for step in range(3)] + [schedule.factor(step, 6) for step in range(3, 6)]
    assert rates == pytest.approx([0.01 * factor for factor in wanted])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("network__rank", 3),
        ("network__alpha", 1.0),
        ("network__rules", ("*.attn2.*=1",)),
        ("base__family", "sdxl"),
        ("dataset__tag_dropout", 0.5),
        ("optimizer__lr", 0.02),
        ("validation__every", 2),
    ],
)
def test_what_decides_the_learning_is_refused_by_name(
    trained: Trainer, plan: TrainConfig, setting: str, value: object
) -> None:
    _, folder = trained(plan)
    before = state(folder, 3)
    other = changed(plan, **{setting: value})
    replanned(folder, other)
    code, _ = trained(other, folder=folder, attempt=2)
    assert code == 1
    assert failure(folder).code == "checkpoint_mismatch"
    assert failure(folder).params == {"setting": setting.replace("__", ".")}
    assert not [event for event in events(folder) if event.attempt == 2 and not isinstance(event, Failed)]
    assert state(folder, 3) == before


def test_a_run_cannot_end_before_it_is(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(plan)
    shorter = changed(plan, loop__steps=2)
    replanned(folder, shorter)
    assert trained(shorter, folder=folder, attempt=2)[0] == 1
    assert (failure(folder).code, failure(folder).params) == ("checkpoint_past_end", {"step": 3, "total": 2})


def test_a_run_goes_on_in_another_place(
    trained: Trainer, varied: TrainConfig, pictures: list[Picture], tmp_path: Path
) -> None:
    config = changed(varied, loop__steps=6)
    _, whole = trained(config)
    _, cut = trained(config, stop_after=3)
    assert isinstance(events(cut)[-1], Stopped)

    there = Machine(tmp_path / "else where 别处")
    assert there.dataset(pictures) == config.dataset.manifest
    moved = there.layout.job(cut.path.name)
    shutil.copytree(cut.path, moved.path)
    set_attempt(moved, 2)
    assert train.run(moved.path, there.layout, Stop(moved.stop_request)) == 0

    assert isinstance(events(moved)[-1], Finished)
    assert state(moved, 6) == state(whole, 6)
    outputs = [folder.output / "zorb.safetensors" for folder in (whole, moved)]
    assert len({tensor_hash(path, read_header(path)) for path in outputs}) == 1
