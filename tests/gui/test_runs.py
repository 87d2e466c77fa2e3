"""The page of runs in the real window, from a mirror that was filled before the start."""

import math
from collections.abc import Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QToolButton,
)

from loraferry.app import App, Folders, build
from loraferry.runs.store import RunStore
from loraferry.texts.languages import Languages
from loraferry.viewmodels.plot_look import PlotLook
from loraferry.views.runs.curve_plot import CurvePlot
from loraferry.views.runs.plots import Plots
from loraferry_core.events import Failed
from loraferry_core.jobs import JobState
from loraferry_core.problems import problem
from tests.fakes.stories import add_run, status_of, story


@pytest.fixture
def jobs(folders: Folders) -> dict[str, str]:
    """A failed run, and a newer finished one."""
    store = RunStore(folders.data / "runs.sqlite")
    failed = add_run(store, JobState.FAILED, name="kaputt")
    events = list(story(12, finished=False))
    cause = problem("trainer_killed", signal="SIGKILL", tail="the last line")
    store.apply(failed, [*events, Failed(seq=len(events) + 1, time=1e9, attempt=1, problem=cause)])
    finished = add_run(store, JobState.FINISHED, name="猫")
    store.apply(finished, list(story(40, sample_every=20)))
    store.close()
    return {"failed": failed, "finished": finished}


@pytest.fixture
def window(qapp: QApplication, folders: Folders, english: Languages, jobs: dict[str, str]) -> Iterator[App]:
    folders.config.mkdir(parents=True)
    start = '{"language": "en", "theme": "light", "page": "runs"}'
    (folders.config / "settings.json").write_text(start, encoding="utf-8")
    app = build(qapp, folders)
    app.start()
    yield app
    app.languages.switch("en")
    app.shutdown()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def words(app: App) -> str:
    """Everything that labels of the page say, once what is pending is done."""
    QCoreApplication.processEvents()
    return "\n".join(label.text() for label in app.window.page("runs").findChildren(QLabel) if label.isVisible())


def test_the_newest_run_is_shown_with_its_curve_and_what_can_be_done(window: App) -> None:
    page = window.window.page("runs")
    assert page.findChild(QListView, "runList").model().rowCount() == 2
    assert "猫" in words(window)
    assert "step 40 of 40" in words(window)
    shown = page.findChild(CurvePlot, "plot:loss")
    raw, average = shown.curves
    assert (raw.raw, average.raw, len(raw.x), len(average.x)) == (True, False, 40, 40)
    plot = shown.getPlotItem()
    lines = {
        item.value() for item in plot.items if isinstance(item, pg.InfiniteLine) and item.isVisible() and not item.angle
    }
    axis, (low, high) = plot.getAxis("left"), plot.getViewBox().viewRange()[1]
    labelled = {place for _, places in axis.tickValues(low, high, axis.height()) for place in places}
    assert lines and lines <= labelled
    assert page.findChild(QPushButton, "showModels").isVisible()
    assert not page.findChild(QPushButton, "stopRun").isVisible()
    assert "Checkpoint saved at step 20." in page.findChild(QPlainTextEdit, "runLog").toPlainText()


def test_plots_look_as_somebody_wants_them_and_stay_so(window: App) -> None:
    plots = window.window.page("runs").findChild(Plots)
    log, clip = plots.findChildren(QCheckBox)
    log.setChecked(True)
    clip.setChecked(False)
    plots.findChild(QSlider).setValue(0)
    assert window.services.settings.value.plots == PlotLook(smoothing=0, log=True, clip=False)
    raw, line = plots.plot("loss").curves
    assert list(raw.y) == list(line.y)
    low, high = plots.plot("loss").getPlotItem().getViewBox().viewRange()[1]
    assert low <= math.log10(raw.y.min()) and high >= math.log10(raw.y.max())
    which = plots.findChild(QToolButton).menu()
    which.aboutToShow.emit()
    next(action for action in which.actions() if action.data() == "lr").trigger()
    assert not plots.plot("lr").isVisible()
    assert "lr" in window.services.settings.value.plots.hidden


def test_the_mouse_reads_all_plots_at_once(window: App) -> None:
    plots = window.window.page("runs").findChild(Plots)
    plots.plot("loss").pointed.emit(20.2)
    watch = window.services.runs.watch
    assert watch is not None
    assert f"Step 20  ·  loss {watch.curve.loss[19]:.4f}" in words(window)
    plots.plot("lr").pointed.emit(float("nan"))
    assert "Step 20" not in words(window)


def test_a_view_that_was_zoomed_into_stays_until_the_whole_is_asked_for(window: App) -> None:
    plots = window.window.page("runs").findChild(Plots)
    box = plots.plot("loss").getPlotItem().getViewBox()
    box.setXRange(5, 10, padding=0)
    window.services.runs.advanced.emit()
    assert box.viewRange()[0] == pytest.approx([5, 10])
    assert plots.plot("lr").getPlotItem().getViewBox().viewRange()[0] == pytest.approx([5, 10], abs=0.5)
    plots.show_everything()
    assert box.viewRange()[0][1] >= 40


def test_a_failed_run_says_why_and_offers_to_go_on_once_its_machine_is_there(window: App, jobs: dict[str, str]) -> None:
    runs = window.services.runs
    runs.select(jobs["failed"])
    page = window.window.page("runs")
    assert "SIGKILL" in words(window) or "the last line" in words(window)
    resume = page.findChild(QPushButton, "resumeRun")
    assert resume.isVisible()
    assert not resume.isEnabled()


def test_the_words_change_with_the_language(window: App) -> None:
    window.window.language_chosen.emit("zh_CN")
    said = words(window)
    assert "已完成" in said
    assert "step" not in said


def test_a_click_goes_to_the_models(window: App) -> None:
    window.window.page("runs").findChild(QPushButton, "showModels").click()
    assert window.services.settings.value.page == "models"


def test_a_change_of_state_alone_is_shown(window: App, jobs: dict[str, str]) -> None:
    store = window._store
    run = store.run(jobs["finished"])
    store.set_status(status_of(run.spec, JobState.LOST))
    window.services.runs._refresh_watch()
    assert "Interrupted" in words(window)
