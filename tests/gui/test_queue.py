"""Queue and orders on the Runs page, and going on elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget

from loraferry.remote.hosts import Hosts
from loraferry.remote.liveness import LinkState
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import Run, RunStore
from loraferry.texts.languages import Languages
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.runs.page import RunsPage
from loraferry.views.runs.queue import QueueList
from loraferry.views.theme import Theme
from loraferry_core.jobs import JobState
from loraferry_core.problems import fail
from tests.fakes.door import FakeClient, FakeDoor, no_secrets
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.prompter import FakePrompter
from tests.fakes.stories import add_run, status_of


class FakeLaunch(QObject):
    """Remembers what was asked of it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        self.cap = 0.0
        self.restored: list[tuple[str, str]] = []

    def restore(self, run: Run, host: str) -> None:
        self.restored.append((run.spec.job, host))


class Scene:
    """Three runs that wait and one that goes on, at one machine."""

    def __init__(self, folder: Path) -> None:
        self.store = RunStore(folder / "runs.sqlite")
        self.agent = FakeClient("agent-1")
        self.agent.ended = fail("link_lost", host="h")  # nobody follows; this is about orders
        self.jobs: dict[str, str] = {}
        for turn, (name, state) in enumerate(
            (("running", JobState.RUNNING), ("a", JobState.QUEUED), ("b", JobState.QUEUED), ("c", JobState.HELD))
        ):
            job = self.jobs[name] = add_run(self.store, state, name=name)
            self.agent.jobs[job] = status_of(self.store.run(job).spec, state).replace(turn=float(turn))
            self.store.set_status(self.agent.jobs[job])
        tasks, self.door = InlineRunner(), FakeDoor()
        self.hosts = HostsViewModel(Hosts(folder / "hosts.json"), self.door, no_secrets, tasks, FakePrompter())
        self.runs = RunsViewModel(tasks, self.store, Shelf(folder / "models"), folder / "runs")
        self.launch = FakeLaunch()
        settings = SettingsViewModel(folder / "settings.json")
        self.page = RunsPage(self.runs, self.launch, self.hosts, settings)  # type: ignore[arg-type]

    def button(self, name: str) -> QPushButton | QToolButton:
        return self.page.findChild(QPushButton, name) or self.page.findChild(QToolButton, name)

    @property
    def rows(self) -> QueueList:
        return self.page.findChild(QueueList)

    @property
    def order(self) -> list[str]:
        names = {job: name for name, job in self.jobs.items()}
        return [names[job] for job in self.rows.jobs]

    def select(self, name: str) -> None:
        self.runs.select(self.jobs[name])
        QApplication.processEvents()


@pytest.fixture
def scene(qtbot, tmp_path: Path, english: Languages, dressed: Theme) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    qtbot.addWidget(scene.page)
    scene.page.setMinimumSize(900, 600)
    scene.page.resize(1100, 800)
    scene.page.show()
    scene.runs.attach(scene.agent)  # type: ignore[arg-type]
    QApplication.processEvents()
    yield scene
    scene.runs.shutdown()
    scene.store.close()


def test_the_queue_is_in_the_order_of_the_machine(scene: Scene) -> None:
    assert scene.order == ["a", "b", "c"]
    assert "On hold" in scene.rows.item(2).text()
    assert [scene.rows.item(row).text()[:2] for row in range(3)] == ["1.", "2.", "3."]


def test_buttons_and_keys_move_a_run(scene: Scene, qtbot) -> None:
    assert not scene.button("queueUp").isEnabled()
    scene.button("queueDown").click()
    assert scene.order == ["b", "a", "c"]
    assert scene.rows.currentRow() == 1
    qtbot.keyClick(scene.rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert scene.order == ["b", "c", "a"]
    assert not scene.button("queueDown").isEnabled()
    qtbot.keyClick(scene.rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert scene.order == ["b", "a", "c"]


def test_a_run_is_dragged_to_another_place(scene: Scene) -> None:
    scene.rows.model().moveRow(scene.rows.rootIndex(), 2, scene.rows.rootIndex(), 0)
    QApplication.processEvents()
    assert scene.agent.wanted[-1] == ("reorder", scene.jobs["c"], scene.jobs["a"])
    assert scene.order == ["c", "a", "b"]
    scene.rows.model().moveRow(scene.rows.rootIndex(), 0, scene.rows.rootIndex(), 3)
    QApplication.processEvents()
    assert scene.order == ["a", "b", "c"]


def test_a_run_is_held_let_go_and_taken_off(scene: Scene) -> None:
    scene.button("queueHold").click()
    assert scene.store.run(scene.jobs["a"]).status.state is JobState.HELD
    scene.button("queueHold").click()
    assert scene.store.run(scene.jobs["a"]).status.state is JobState.QUEUED
    scene.button("queueCancel").click()
    assert scene.order == ["b", "c"]


def test_without_the_machine_nothing_can_be_ordered(scene: Scene) -> None:
    scene.runs.detach("agent-1")
    for name in ("queueUp", "queueDown", "queueHold", "queueCancel"):
        assert not scene.button(name).isEnabled()


@pytest.mark.parametrize(
    ("name", "visible"),
    [
        ("running", {"stopRun", "pauseRun", "saveRun", "sampleRun"}),
        ("a", {"holdRun", "cancelRun"}),
        ("c", {"releaseRun", "cancelRun"}),
    ],
)
def test_only_what_the_state_allows_is_offered(scene: Scene, name: str, visible: set[str]) -> None:
    scene.select(name)
    buttons = {
        "stopRun", "killRun", "resumeRun", "pauseRun", "saveRun", "sampleRun", "holdRun", "releaseRun", "cancelRun",
        "restoreRun",
    }  # fmt: skip
    assert {each for each in buttons if scene.button(each).isVisible()} == visible
    assert all(scene.button(each).isEnabled() for each in visible)
    scene.runs.detach("agent-1")
    assert not any(scene.button(each).isEnabled() for each in visible)


def test_orders_reach_the_machine(scene: Scene) -> None:
    scene.select("running")
    for name in ("saveRun", "sampleRun", "pauseRun"):
        scene.button(name).click()
    job = scene.jobs["running"]
    assert scene.agent.wanted[-3:] == [("order", job, "save"), ("order", job, "sample"), ("order", job, "pause")]
    assert scene.button("resumeRun").text() == "Go on"
    scene.button("resumeRun").click()
    assert scene.agent.wanted[-1] == ("resume", job)


def test_a_run_whose_machine_is_gone_is_offered_to_others(scene: Scene) -> None:
    scene.select("running")
    assert not scene.button("restoreRun").isVisible()
    scene.runs.detach("agent-1")
    restore = scene.button("restoreRun")
    assert restore.isVisible()
    menu = restore.menu()
    menu.aboutToShow.emit()
    (action,) = menu.actions()
    assert action.text() == "This computer"
    action.trigger()
    assert scene.launch.restored == [(scene.jobs["running"], "local")]


def test_what_is_brought_home_is_chosen(scene: Scene) -> None:
    scene.select("running")
    menu = scene.button("bringHome").menu()
    assert menu.actions()[0].isChecked()
    menu.actions()[2].trigger()
    wants = scene.store.run(scene.jobs["running"]).wants
    assert wants is not None
    assert wants.checkpoints == "all"
    assert scene.button("bringHome").menu().actions()[2].isChecked()


def test_a_run_that_was_never_sent_says_so(scene: Scene) -> None:
    spec = scene.store.run(scene.jobs["a"]).spec
    job = add_run(scene.store, JobState.HELD, name="unsent")
    scene.store.remove(job)
    scene.store.add(
        spec.replace(job=job), status_of(spec, JobState.HELD).replace(job=job),
        host="agent-1", folder="", images=1, unsent="queued",
    )  # fmt: skip
    scene.runs._reload()
    scene.runs.select(job)
    words = [label.text() for label in scene.page.findChildren(QLabel)]
    assert "Not sent yet" in words
    assert len(scene.order) == 3


def test_a_run_out_of_sight_says_when_its_machine_is_tried_again(scene: Scene) -> None:
    host = scene.hosts.add(HostDraft("A10G", "1.2.3.4"))
    assert host is not None
    scene.door.agents["1.2.3.4"] = "agent-1"
    line, words = scene.page.findChild(QWidget, "linkLine"), scene.page.findChild(QLabel, "linkText")
    scene.hosts.connect_host(host)
    scene.select("running")
    assert line.isHidden()
    kept = scene.door.kept[0]
    kept.client_now, kept.waits_s = None, 12.0
    kept.on_link(LinkState.OFFLINE)
    assert "Trying again in 12 s." in words.text()
    scene.button("retryLink").click()
    assert kept.retries == 1
    assert "Trying again …" in words.text()
    scene.hosts.disconnect_host(host)
    assert words.text() == "A10G: Not connected  ·  the run goes on"
    scene.button("connectLink").click()
    assert line.isHidden()
