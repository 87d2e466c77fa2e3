from functools import partial
from pathlib import Path

import pytest

from loraferry.runs.store import RunStore
from loraferry.runs.watch import Watch
from loraferry_core.events import AttemptStarted, Failed, Logged, PhaseChanged, Step
from loraferry_core.jobs import JobState
from loraferry_core.problems import problem
from tests.fakes.stories import add_run, story


@pytest.fixture
def store(tmp_path: Path):
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


def test_reading_in_pieces_gives_what_reading_at_once_gives(store: RunStore) -> None:
    job = add_run(store)
    events = list(story(200, sample_every=50))
    growing = Watch(store, job)
    for start in range(0, len(events), 37):
        store.apply(job, events[start : start + 37])
        assert growing.refresh()
        assert not growing.refresh()
    whole = Watch(store, job)
    assert list(growing.curve.loss) == list(whole.curve.loss)
    assert growing.loss == whole.loss
    assert growing.samples == whole.samples
    assert growing.log == whole.log
    assert growing.progress == whole.progress
    assert growing.progress.steps_per_s == pytest.approx(4.0, rel=0.2)


def test_a_phase_that_goes_on_is_one_line_of_the_log(store: RunStore) -> None:
    job = add_run(store)
    store.apply(
        job,
        [PhaseChanged(seq=n, time=n, attempt=1, phase="cache_latents", done=n, total=9) for n in range(1, 10)],
    )
    (line,) = Watch(store, job).log
    assert isinstance(line.event, PhaseChanged)
    assert line.event.done == 9


def test_a_new_attempt_starts_over_and_takes_the_problem_back(store: RunStore) -> None:
    job = add_run(store)
    store.apply(job, [*story(5, finished=False), Failed(seq=11, time=9, attempt=1, problem=problem("runner_lost"))])
    watch = Watch(store, job)
    assert watch.problem == problem("runner_lost")
    store.apply(
        job,
        [
            AttemptStarted(
                seq=12, time=10, attempt=2, resume_step=3, total_steps=5, device="cpu", precision="fp32", images=1
            ),
            Step(seq=13, time=11, attempt=2, step=4, loss=0.01, lr=1, images_per_s=1),
        ],
    )
    assert watch.refresh()
    assert watch.problem is None
    assert list(watch.curve.step) == [1, 2, 3, 4]
    assert watch.curve.loss[-1] == 0.01


def test_a_state_alone_counts_as_change(store: RunStore) -> None:
    job = add_run(store)
    watch = Watch(store, job)
    store.set_status(watch.run.status.replace(state=JobState.PAUSED))
    assert watch.refresh()
    assert watch.run.status.state is JobState.PAUSED


def test_the_disk_is_low_until_it_has_room_or_another_attempt_begins(store: RunStore) -> None:
    job = add_run(store)
    low = problem("disk_low", path="/w", needed_mb=3, free_mb=2, freeable_mb=1)
    watch = Watch(store, job)
    seen = []
    for seq, event in enumerate(
        (
            partial(Logged, level="warning", problem=low),
            partial(Logged, level="info", text="words of a library"),
            partial(Logged, level="warning", problem=problem("disk_has_room", path="/w")),
            partial(Logged, level="warning", problem=low),
            partial(AttemptStarted, resume_step=0, total_steps=9, device="cpu", precision="fp32", images=1),
        ),
        start=1,
    ):
        store.apply(job, [event(seq=seq, time=1.0, attempt=1)])
        watch.refresh()
        seen.append(watch.disk)
    assert seen == [low, low, None, low, None]
