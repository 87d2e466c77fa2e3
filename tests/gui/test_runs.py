"""The page of runs in the real window, from a mirror that was filled before the start."""

from collections.abc import Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel, QListView, QPlainTextEdit, QPushButton

from loraferry.app import App, Folders, build
from loraferry.runs.store import RunStore
from loraferry.texts.languages import Languages
from loraferry.views.runs.loss_plot import LossPlot
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
    plot = page.findChild(LossPlot, "lossPlot").getPlotItem()
    raw, average = plot.listDataItems()[:2]
    assert len(raw.xData) == len(average.xData) == 40
    lines = {item.value() for item in plot.items if isinstance(item, pg.InfiniteLine) and item.isVisible()}
    axis, (low, high) = plot.getAxis("left"), plot.getViewBox().viewRange()[1]
    labelled = {place for _, places in axis.tickValues(low, high, axis.height()) for place in places}
    assert lines and lines <= labelled
    assert page.findChild(QPushButton, "showModels").isVisible()
    assert not page.findChild(QPushButton, "stopRun").isVisible()
    assert "Checkpoint saved at step 20." in page.findChild(QPlainTextEdit, "runLog").toPlainText()


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
