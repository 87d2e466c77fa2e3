"""A run that was cut in two gives the same bytes as one that was not."""

import shutil
from pathlib import Path

import pytest

from loraferry_agent import train
from loraferry_agent.engine import checkpoint
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop
from loraferry_agent.engine.told import Told, told_of
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.config.optimizers import Adafactor, AdamW, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from loraferry_core.events import (
    Artifact,
    AttemptStarted,
    CheckpointSaved,
    Finished,
    Logged,
    SampleMade,
    Step,
    Stopped,
    Validated,
)
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.metadata import tensor_hash
from loraferry_core.problems import problem
from tests.fakes.job_folder import Machine, Picture, events
from tests.unit.agent.engine.conftest import Trainer, changed


def losses(folder: JobFolder) -> dict[int, float | None]:
    return {event.step: event.loss for event in events(folder) if isinstance(event, Step)}


def state_bytes(folder: JobFolder, step: int) -> dict[str, bytes]:
    inside = folder.checkpoints / f"{step:06d}"
    return {name: (inside / f"{name}.safetensors").read_bytes() for name in ("adapter", "optimizer", "chance")}


@pytest.fixture(scope="module")
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
    resumes_exactly(trained, config)


def test_concepts_with_repeats_and_weights_resume_exactly(
    trained: Trainer, six: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    folders = ("~a", "~b", "~c", "~c", "")
    named = [
        (f"{folder}/{n}" if folder else n, data, c) for folder, (n, data, c) in zip(folders, pictures, strict=True)
    ]
    shares = (
        ConceptShare(folder="~a", repeats=4, weight=0.5),
        ConceptShare(folder="~b", repeats=2),
        ConceptShare(folder="~c", repeats=3, weight=2, regularisation=True),
    )
    config = changed(
        six,
        dataset__manifest=machine.dataset(named),
        dataset__concepts=shares,
        dataset__repeats=2,
        regularisation__repeats=1,
        loop__unit="epochs",
        loop__epochs=1,
    )
    # (4 + 2 + 1) × 2 own ones and 2 × 3 known ones, four in a step, make five steps.
    whole = resumes_exactly(trained, config)
    first = events(whole)[0]
    assert isinstance(first, AttemptStarted) and (first.total_steps, first.images) == (5, 3)


def resumes_exactly(trained: Trainer, config: TrainConfig) -> JobFolder:
    """Whether a run that is cut after three steps leaves the bytes of one that is not, which is given back."""
    code, whole = trained(config)
    assert code == 0
    code, cut = trained(config, stop_after=3)
    assert code == 0 and isinstance(events(cut)[-1], Stopped)
    assert sorted(losses(cut)) == [1, 2, 3]
    code, _ = trained(config, folder=cut, attempt=2)
    assert code == 0 and isinstance(events(cut)[-1], Finished)

    assert losses(cut) == losses(whole)
    last = max(losses(whole))
    assert state_bytes(cut, last) == state_bytes(whole, last)
    outputs = [folder.output / "zorb.safetensors" for folder in (whole, cut)]
    assert len({tensor_hash(path, read_header(path)) for path in outputs}) == 1
    starts = [event.resume_step for event in events(cut) if isinstance(event, AttemptStarted)]
    assert starts == [0, 3]
    assert [event.seq for event in events(cut)] == list(range(1, len(events(cut)) + 1))
    assert samples(cut) == samples(whole)
    return whole


def samples(folder: JobFolder) -> dict[tuple[int, int], str]:
    return {(e.step, e.index): e.file.sha256 for e in events(folder) if isinstance(e, SampleMade)}


class Death(BaseException):
    """Comes where a process would be killed."""


def news(folder: JobFolder) -> dict[str, list[tuple[object, ...]]]:
    """What is known in the end of what was told, apart from the steps."""
    known: list[SampleMade | CheckpointSaved | Validated] = []
    for event in events(folder):
        if isinstance(event, AttemptStarted):
            known = [one for one in known if one.step <= event.resume_step]
        elif isinstance(event, SampleMade | CheckpointSaved | Validated):
            known.append(event)
    return {
        "samples": sorted((e.step, e.index, e.file.sha256) for e in known if isinstance(e, SampleMade)),
        "checkpoints": sorted((e.step,) for e in known if isinstance(e, CheckpointSaved)),
        "validated": sorted((e.step, e.losses) for e in known if isinstance(e, Validated)),
    }


@pytest.fixture(scope="module")
def rich(six: TrainConfig) -> TrainConfig:
    """Two test pictures at 0, 3 and 6, and a measure beside them."""
    return changed(six, sampling__prompts=("{trigger} dot", "dot"), validation__every=3, validation__share=0.2)


@pytest.fixture(scope="module")
def undisturbed(trained: Trainer, rich: TrainConfig) -> JobFolder:
    return trained(rich)[1]


@pytest.mark.parametrize(
    ("word", "nth"),
    [("sample", 2), ("sample", 4), ("checkpoint", 2), ("validated", 1), ("finished", 1)],
)
def test_a_death_between_a_file_and_the_word_of_it(
    trained: Trainer,
    machine: Machine,
    rich: TrainConfig,
    undisturbed: JobFolder,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    nth: int,
) -> None:
    calls, real = [], getattr(Reporter, word)

    def told(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == nth:
            raise Death
        real(*arguments)

    monkeypatch.setattr(Reporter, word, told)
    folder = machine.job(rich)
    with pytest.raises(Death):
        trained(rich, folder=folder)
    assert trained(rich, folder=folder, attempt=2)[0] == 0
    assert news(folder) == news(undisturbed)
    assert state_bytes(folder, 6) == state_bytes(undisturbed, 6)


class StopAt(Stop):
    """Asks for a stop once the trainer has said a word so often."""

    def __init__(self, folder: JobFolder, word: bytes, times: int) -> None:
        super().__init__(folder.stop_request)
        self._folder, self._word, self._times = folder, word, times

    @property
    def requested(self) -> bool:
        return self._folder.events.read_bytes().count(self._word) >= self._times


@pytest.mark.parametrize(
    ("word", "times"),
    [
        (b'"type":"phase","phase":"sample"', 3),
        (b'"type":"phase","phase":"validate"', 3),
        (b'"type":"step","step":3', 1),
    ],
)
def test_what_a_stop_kept_from_being_made_is_made_when_it_goes_on(
    trained: Trainer, machine: Machine, rich: TrainConfig, undisturbed: JobFolder, word: bytes, times: int
) -> None:
    folder = machine.job(rich)
    assert train.run(folder.path, machine.layout, StopAt(folder, word, times)) == 0
    assert isinstance(events(folder)[-1], Stopped)
    assert trained(rich, folder=folder, attempt=2)[0] == 0
    told = news(folder)
    at_stop = [one for one in told["checkpoints"] if one not in news(undisturbed)["checkpoints"]]
    assert told == {**news(undisturbed), "checkpoints": sorted([*news(undisturbed)["checkpoints"], *at_stop])}
    assert len(at_stop) <= 1
    assert state_bytes(folder, 6) == state_bytes(undisturbed, 6)


def test_a_damaged_checkpoint_does_not_outlast_whole_ones(trained: Trainer, six: TrainConfig) -> None:
    config = changed(six, saving__keep=1)
    _, folder = trained(changed(config, saving__every=2), stop_after=2)
    last = folder.checkpoints / "000005"
    shutil.copytree(next(folder.checkpoints.iterdir()), last)
    (last / "optimizer.safetensors").write_bytes(b"")
    trained(changed(config, saving__every=2), folder=folder, attempt=2, stop_after=4)
    (kept,) = folder.checkpoints.iterdir()
    assert checkpoint.is_whole(kept) and kept != last


def test_what_was_told_before_the_run_went_back_was_not_told(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl", 1)
    place = {"total_steps": 9, "device": "cpu", "precision": "fp32", "images": 1}
    file = Artifact(name="a.png", size=1, sha256="0" * 64)
    log.append(AttemptStarted, resume_step=0, **place)
    for step in (0, 3):
        for index in (0, 1):
            log.append(SampleMade, step=step, index=index, prompt="", seed=0, file=file)
        log.append(CheckpointSaved, step=step, file=file)
        log.append(Validated, step=step, loss=None, timesteps=(), losses=())
    assert told_of(tmp_path / "events.jsonl", 3) == Told(saved=True, validated=True, samples={0, 1})
    assert told_of(tmp_path / "events.jsonl", 2) == Told()
    log.append(AttemptStarted, resume_step=2, **place)
    assert told_of(tmp_path / "events.jsonl", 3) == Told()
    assert told_of(tmp_path / "events.jsonl", 0) == Told(saved=True, validated=True, samples={0, 1})
    log.append(Logged, level="warning", problem=problem("job_restored", step=3))
    log.close()
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"sample", damaged\n')
    assert told_of(tmp_path / "events.jsonl", 3) == Told(saved=True)


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
