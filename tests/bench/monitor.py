"""How quick the page of runs is.

`event_to_pixel_ms`: a fake trainer writes steps at an odd pace, a real agent serves them over loopback, the real window
mirrors them; the median of the time between an event's own time stamp and the painting of a curve that holds its point.
`tick_ms`: taking in four steps and drawing anew all plots of a run of 50,000, in the window's thread. `open_1m_events_s`: from a click on a run of
a million steps in the mirror until its plots are painted. `replay_100k_s`: 100,000 missed events from the agent into the
mirror and onto the plots, and `replay_gap_ms` the longest that the window did not answer meanwhile. `leak_mb`: what the
process grows from minute 10 to the end of a run of 8 hours, simulated fast.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from loraferry.app import App, Folders, build
from loraferry.remote.client import AgentClient
from loraferry.remote.local import LocalTransport
from loraferry.runs.store import RunStore
from loraferry.viewmodels.plot_look import PlotLook
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.views.runs.curve_plot import CurvePlot
from loraferry.views.runs.plots import Plots
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import layout_of
from loraferry_core.events import Event, Step, Validated, parse_event
from loraferry_core.jobs import JobState
from tests.bench.library import resident_mb
from tests.fakes.agent_process import Client, end_all
from tests.fakes.stories import START, add_run, story

STEPS = 60
PAUSE_S = 0.137
LONGEST_S = 60.0
MISSED = 100_000


class Painted(QObject):
    """Counts the points on the plot whenever it has been painted."""

    def __init__(self, plot: CurvePlot) -> None:
        super().__init__(plot)
        self.points = 0
        self._plot = plot
        plot.scene().changed.connect(self._note)

    def _note(self) -> None:
        self._plot.viewport().repaint()
        self.points = len(self._plot.curves[0].x) if self._plot.curves else 0


def run() -> dict[str, float]:
    """Watch `STEPS` steps appear."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        home, own = Path(folder) / "agent", Path(folder) / "desktop"
        app = build(application, Folders(own / "config", own / "data", own / "cache", own / "logs"))
        app.start()
        starter = Client(home)
        try:
            starter.hello()
            job = starter.submit(f"steps={STEPS} pause={PAUSE_S}")
            times = _watch(application, app, home, job)
        finally:
            starter.close()
            app.shutdown()
            end_all(home)
    return {"event_to_pixel_ms": round(statistics.median(times) * 1000, 1)}


def _watch(application: QApplication, app: App, home: Path, job: str) -> list[float]:
    """Follow a job in the window; seconds from each step to its painting."""
    transport = LocalTransport()
    client = AgentClient(transport.open([sys.executable, "-m", "loraferry_agent.serve", f"--home={home}"]), "localhost")
    runs, store = app.services.runs, app._store
    try:
        client.hello()
        (status,) = client.list_jobs()
        spec = JobStore(layout_of(home)).spec(job)
        store.add(spec, status, host=client.agent_id, folder="", images=2)
        runs.attach(client)
        app.window.open_page("runs")
        runs.added(store.run(job))
        painted = Painted(app.window.findChild(CurvePlot, "plot:loss"))
        return _times(application, runs, painted)
    finally:
        runs.shutdown()
        app.services.tasks.shutdown()
        client.close()
        transport.close()


def _times(application: QApplication, runs: RunsViewModel, painted: Painted) -> list[float]:
    times: list[float] = []
    seen = 0
    give_up = time.monotonic() + LONGEST_S
    while seen < STEPS - 5:
        application.processEvents()
        if painted.points > seen:
            now = time.time()
            assert runs.watch is not None
            written = list(runs.watch.curve.time)[seen : painted.points]
            if seen:  # the first batch was written before anybody looked
                times += [now - moment for moment in written]
            seen = painted.points
        if time.monotonic() > give_up:
            raise RuntimeError(f"only {seen} of {STEPS} steps were painted within {LONGEST_S} s")
        time.sleep(0.001)
    return times


def drawing() -> dict[str, float]:
    """What needs no agent: ticks, a very long run, a very long watch."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        app = build(application, Folders(own / "config", own / "data", own / "cache", own / "logs"))
        app.start()
        app.window.open_page("runs")
        try:
            app.services.settings.update(plots=PlotLook(hidden=()))
            return {**_tick(app), **_open(app), **_leak(app)}
        finally:
            app.shutdown()


def _filled(store: RunStore, steps: int) -> str:
    """A run of so many steps in the mirror, validated ten times."""
    job = add_run(store, JobState.RUNNING)
    events = list(story(steps, finished=False))
    for number in range(1, 11):
        last = events[-1]
        events.append(
            Validated(
                seq=last.seq + 1, time=last.time, attempt=1, step=steps * number // 10, loss=0.1 / number,
                timesteps=(100, 500, 900), losses=(0.05, 0.1, 0.15),
            )
        )  # fmt: skip
    for start in range(0, len(events), 5000):
        store.apply(job, events[start : start + 5000])
    return job


def _paint(plots: Plots) -> None:
    for plot in plots.findChildren(CurvePlot):
        if plot.isVisible():
            plot.viewport().repaint()


def _tick(app: App) -> dict[str, float]:
    """Four more steps at a time, as a quick run makes them between two ticks."""
    runs, store = app.services.runs, app._store
    job = _filled(store, 50_000)
    app.window.resize(1900, 1400)
    runs.added(store.run(job))
    plots = app.window.findChild(Plots)
    times = []
    for _ in range(40):
        _go_on(store, job, 4)
        QApplication.processEvents()
        start = time.perf_counter()
        runs._refresh_watch()
        _paint(plots)
        times.append(time.perf_counter() - start)
    shown = sum(plot.isVisible() for plot in plots.findChildren(CurvePlot))
    return {"plots": shown, "tick_ms": round(statistics.median(times) * 1000, 1)}


def _go_on(store: RunStore, job: str, steps: int) -> None:
    seq = store.last_seq(job)
    made = int(store.curve(job).step[-1])
    store.apply(
        job,
        [
            Step(
                seq=seq + n, time=START + seq + n, attempt=1, step=made + n, loss=0.05, lr=1e-3, grad_norm=0.3,
                images_per_s=31.5, memory_mb=1800,
            )
            for n in range(1, steps + 1)
        ],
    )  # fmt: skip


def _open(app: App) -> dict[str, float]:
    job = _filled(app._store, 1_000_000)
    app.services.runs._reload()
    start = time.perf_counter()
    app.services.runs.select(job)
    _paint(app.window.findChild(Plots))
    return {"open_1m_events_s": round(time.perf_counter() - start, 2)}


def _leak(app: App) -> dict[str, float]:
    """4 steps a second for 8 hours, shown every minute of it."""
    store, runs = app._store, app.services.runs
    job = add_run(store, JobState.RUNNING)
    runs.added(store.run(job))
    early = 0.0
    batch: list[Event] = []
    minute = 0
    for event in story(8 * 3600 * 4, finished=False):
        batch.append(event)
        if len(batch) < 240:
            continue
        store.apply(job, batch)
        batch, minute = [], minute + 1
        runs._refresh_watch()
        QApplication.processEvents()
        if minute == 10:
            early = resident_mb()
    return {"leak_mb": round(resident_mb() - early, 1)}


def replay() -> dict[str, float]:
    """100,000 events that came while nobody looked."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        home, own = Path(folder) / "agent", Path(folder) / "desktop"
        app = build(application, Folders(own / "config", own / "data", own / "cache", own / "logs"))
        app.start()
        starter = Client(home)
        try:
            starter.hello()
            job = starter.submit("steps=1 pause=0")
            starter.follow(job)
            starter.wait_for(JobState.FINISHED)
            _lengthen(home / "jobs" / job / "events.jsonl")
            return _replayed(application, app, home, job)
        finally:
            starter.close()
            app.shutdown()
            end_all(home)


def _lengthen(events: Path) -> None:
    """As if the finished job had made so many steps: its first and its last event, and those in between."""
    *_, last = events.read_text(encoding="utf-8").splitlines()
    lines = [event.model_dump_json() for event in story(MISSED, finished=False)]
    lines.append(parse_event(last).replace(seq=len(lines) + 1, step=MISSED).model_dump_json())
    events.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _replayed(application: QApplication, app: App, home: Path, job: str) -> dict[str, float]:
    transport = LocalTransport()
    client = AgentClient(transport.open([sys.executable, "-m", "loraferry_agent.serve", f"--home={home}"]), "localhost")
    runs, store = app.services.runs, app._store
    try:
        client.hello()
        (status,) = client.list_jobs()
        store.add(JobStore(layout_of(home)).spec(job), status, host=client.agent_id, folder="", images=2)
        runs.attach(client)
        app.window.open_page("runs")
        start = last = time.perf_counter()
        runs.added(store.run(job))
        gap = 0.0
        while runs.watch is None or len(runs.watch.curve) < MISSED:
            application.processEvents()
            now = time.perf_counter()
            gap, last = max(gap, now - last), now
            if now - start > LONGEST_S:
                raise RuntimeError("the replay does not end")
            time.sleep(0.001)
        return {"replay_100k_s": round(last - start, 2), "replay_gap_ms": round(gap * 1000, 1)}
    finally:
        runs.shutdown()
        app.services.tasks.shutdown()
        client.close()
        transport.close()


def main() -> None:
    """Print a table and the figures as JSON."""
    figures = {**run(), **drawing(), **replay()}
    for name, value in figures.items():
        print(f"{name:<20}{value:8.1f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
