"""What plots show of a run: which of them, how high, what is marked, what the mouse reads."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from loraferry.runs.store import RunStore
from loraferry.runs.watch import Watch
from loraferry.viewmodels.plot_look import PlotLook
from loraferry.viewmodels.plots import Mark, Trace, heights, marks, nearest, shown_plots, traces
from loraferry_core.events import Adapted, Event, Validated
from loraferry_core.jobs import JobState
from tests.fakes.stories import add_run, story


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    store = RunStore(tmp_path / "runs.sqlite")
    job = add_run(store, JobState.RUNNING)
    events: list[Event] = list(story(100, finished=False, sample_every=50))
    last = events[-1]
    for number, (step, loss) in enumerate(((50, 0.2), (100, None)), start=1):
        events.append(
            Validated(
                seq=last.seq + number, time=last.time, attempt=1, step=step, loss=loss, timesteps=(100, 900),
                losses=(0.1, loss),
            )
        )  # fmt: skip
    events.append(Adapted(seq=last.seq + 3, time=last.time, attempt=1, step=100, rung="split_batch", detail="2"))
    store.apply(job, events)
    yield Watch(store, job)
    store.close()


def test_validation_comes_first_and_what_is_hidden_or_was_never_told_is_not_shown(watch: Watch) -> None:
    assert shown_plots(watch, PlotLook()) == ("validation", "loss", "timesteps", "lr", "grad_norm", "images_per_s")
    assert shown_plots(watch, PlotLook(hidden=("loss", "lr"))) == (
        "validation", "timesteps", "grad_norm", "images_per_s", "memory_mb",
    )  # fmt: skip
    watch.curve.grad_norm = watch.curve.grad_norm[:0]
    watch.curve.grad_norm.extend([float("nan")] * 100)
    assert "grad_norm" not in shown_plots(watch, PlotLook())


def test_the_loss_is_drawn_raw_and_smooth(watch: Watch) -> None:
    raw, line = traces(watch, "loss", PlotLook(smoothing=0.9), 800)
    assert (raw.raw, line.raw) == (True, False)
    assert np.std(np.diff(line.y)) < 0.2 * np.std(np.diff(raw.y))
    assert len(traces(watch, "loss", PlotLook(), 20)[0].x) <= 40


def test_each_degree_of_noise_has_its_line(watch: Watch) -> None:
    low, high = traces(watch, "timesteps", PlotLook(), 800)
    assert (low.name, list(low.x), list(low.y)) == ("100", [50, 100], [0.1, 0.1])
    assert high.name == "900" and np.isnan(high.y[1])
    (all_of_them,) = traces(watch, "validation", PlotLook(), 800)
    assert all_of_them.y[0] == 0.2 and np.isnan(all_of_them.y[1])


def test_outliers_do_not_decide_on_the_height() -> None:
    y = np.full(1000, 1.0) + np.linspace(0, 1, 1000)
    y[500] = 100.0
    x = np.arange(1000.0)
    drawn = [Trace(x, y, raw=True), Trace(x, np.full(1000, 0.2))]
    assert heights(drawn, PlotLook(clip=False)) == (0.2, 100.0)
    found = heights(drawn, PlotLook(clip=True))
    assert found is not None
    assert found[0] == 0.2 and found[1] < 3
    assert heights([], PlotLook()) is None
    assert heights([Trace(x, -y)], PlotLook(log=True)) is None


def test_what_hardly_changes_is_a_line() -> None:
    x = np.arange(3.0)
    low, high = heights([Trace(x, np.array([0.3, 0.3 + 1e-15, 0.3]))], PlotLook()) or (0, 0)
    assert high - low == pytest.approx(0.03)


def test_checkpoints_and_adaptations_are_marked(watch: Watch) -> None:
    assert set(marks(watch)) == {Mark(50, "checkpoint"), Mark(100, "checkpoint"), Mark(100, "adapted", "split_batch")}


def test_the_mouse_reads_the_nearest_step(watch: Watch) -> None:
    assert nearest(watch, "lr", 20.4) == (20, 1e-3)
    assert nearest(watch, "lr", -5) == (1, 1e-3)
    assert nearest(watch, "validation", 60) == (50, 0.2)
    watch.validations.clear()
    assert nearest(watch, "validation", 60) is None
