"""How long after an event was written on the training machine its point is painted, over loopback.

A fake trainer writes steps at an odd pace, a real agent serves them, the real window mirrors them. `event_to_pixel_ms`
is the median of the time between an event's own time stamp and the painting of a curve that holds its point.
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
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.views.runs.loss_plot import LossPlot
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import layout_of
from tests.fakes.agent_process import Client, end_all

STEPS = 60
PAUSE_S = 0.137
LONGEST_S = 60.0


class Painted(QObject):
    """Counts the points on the plot whenever it has been painted."""

    def __init__(self, plot: LossPlot) -> None:
        super().__init__(plot)
        self.points = 0
        self._plot = plot
        plot.scene().changed.connect(self._note)

    def _note(self) -> None:
        self._plot.viewport().repaint()
        shown = self._plot.getPlotItem().listDataItems()[0].xData
        self.points = 0 if shown is None else len(shown)


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
        painted = Painted(app.window.findChild(LossPlot, "lossPlot"))
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


def main() -> None:
    """Print a table and the figures as JSON."""
    figures = run()
    for name, value in figures.items():
        print(f"{name:<20}{value:8.1f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
