"""Steps are measured as they come into the mirror, and what was measured stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.runs.step_rates import ENOUGH, StepRate
from loraferry.runs.store import RunStore
from loraferry_core.config.dotted import replace_at
from loraferry_core.events import Adapted, AttemptStarted, Event, Step
from loraferry_core.jobs import JobState
from tests.fakes.stories import START, spec_of, status_of, story

CARD = "NVIDIA GeForce RTX 3060"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    made = RunStore(tmp_path / "runs.sqlite")
    yield made
    made.close()


def begin(store: RunStore, **values: object) -> str:
    spec = spec_of()
    config = spec.config
    for path, value in values.items():
        config = replace_at(config, path.replace("__", "."), value)
    spec = spec.replace(config=config)
    store.add(spec, status_of(spec, JobState.RUNNING), host="a", folder="", images=24)
    return spec.job


def steps(seq: int, first: int, last: int, seconds: float, time: float) -> list[Event]:
    return [
        Step(
            seq=seq + place, time=time + place * seconds, attempt=1, step=step, loss=0.1, lr=1e-4, images_per_s=1,
        )
        for place, step in enumerate(range(first, last + 1))
    ]  # fmt: skip


def test_after_twenty_steps_the_rate_is_known_and_outlives_the_run(store: RunStore) -> None:
    job = begin(store, dataset__resolution=768, loop__batch=2)
    events = list(story(ENOUGH, finished=False))
    store.apply(job, events[:-1])
    assert store.rates.all() == []
    store.apply(job, events[-1:])
    store.remove(job)
    (rate,) = store.rates.all()
    assert rate == StepRate(CARD, "sd1", "toy", "lora", 768, 2, 1, False, 0.25)


def test_the_newest_measurement_counts_and_pauses_do_not(store: RunStore) -> None:
    job = begin(store)
    store.apply(job, list(story(ENOUGH, finished=False)))
    last = store.last_seq(job)
    later = steps(last + 1, ENOUGH + 1, 500, 0.1, START + 1000)
    later[100:] = [event.replace(time=event.time + 3600) for event in later[100:]]
    store.apply(job, later)
    assert [rate.seconds for rate in store.rates.all()] == [pytest.approx(0.1)]


def test_what_a_run_gave_up_is_part_of_the_way(store: RunStore) -> None:
    job = begin(store, loop__batch=4)
    store.apply(job, list(story(ENOUGH, finished=False)))
    last = store.last_seq(job)
    for place, (rung, detail) in enumerate((("split_batch", "2"), ("checkpointing", ""), ("sample_in_tiles", ""))):
        store.apply(job, [Adapted(seq=last + 1 + place, time=START, attempt=1, step=20, rung=rung, detail=detail)])
    store.apply(job, steps(last + 4, 21, 60, 0.5, START + 100))
    first = store.rates.all()[0]
    assert (first.batch, first.accumulation, first.checkpointing, first.seconds) == (2, 2, True, 0.5)
    assert len(store.rates.all()) == 2


@pytest.mark.parametrize("rung", ["offload", "quantise", "processor"])
def test_another_way_of_calculating_is_not_the_cards_rate(store: RunStore, rung: str) -> None:
    job = begin(store)
    start = AttemptStarted(
        seq=1, time=START, attempt=1, resume_step=0, total_steps=100, device=CARD, precision="bf16", images=24
    )
    store.apply(job, [start, Adapted(seq=2, time=START, attempt=1, step=0, rung=rung)])
    store.apply(job, steps(3, 1, 60, 0.5, START))
    assert store.rates.all() == []


def test_steps_before_any_attempt_say_nothing(store: RunStore) -> None:
    job = begin(store)
    store.apply(job, steps(1, 1, 60, 0.5, START))
    assert store.rates.all() == []
