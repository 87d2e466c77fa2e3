"""What is brought home, on the panel of a run: told, limited, held, called off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QInputDialog, QLabel, QMenu, QPushButton

from loraferry.ferry.haul import Haulage
from loraferry.remote.sync import SyncProgress
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import RunStore
from loraferry.texts.languages import Languages
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.views.runs.home_bar import HomeBar
from loraferry.views.theme import Theme
from loraferry_core.jobs import JobState
from loraferry_core.problems import fail
from tests.fakes.door import FakeClient
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.stories import add_run


class FakeLaunch:
    """What knows the limit."""

    cap = 0.0

    def set_cap(self, cap: float) -> None:
        self.cap = cap


class Scene:
    """One run, of which a file is under way."""

    def __init__(self, folder: Path) -> None:
        self.store = RunStore(folder / "runs.sqlite")
        self.job = add_run(self.store, JobState.RUNNING)
        self.runs = RunsViewModel(InlineRunner(), self.store, Shelf(folder / "models"), folder / "runs")
        self.launch = FakeLaunch()
        self.bar = HomeBar(self.runs, self.launch)  # type: ignore[arg-type]
        self.runs.changed.connect(self.show)

    def show(self) -> None:
        self.bar.show_run(self.store.run(self.job))

    def bring(self, progress: SyncProgress) -> None:
        self.runs._progressed(Haulage(self.job, progress))
        self.show()

    @property
    def text(self) -> str:
        return self.bar.findChild(QLabel, "homeText").text()

    def button(self, name: str) -> QPushButton:
        return self.bar.findChild(QPushButton, name)


@pytest.fixture
def scene(qtbot, tmp_path: Path, english: Languages, dressed: Theme) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    qtbot.addWidget(scene.bar)
    scene.show()
    yield scene
    scene.runs.shutdown()
    scene.store.close()


HALF = SyncProgress(60_000_000, 120_000_000, 0, 1, 3e6, 20.0, False, "cap")


def test_nothing_is_shown_while_nothing_comes(scene: Scene) -> None:
    assert scene.bar.isHidden()
    scene.bring(HALF)
    assert not scene.bar.isHidden()
    assert "60 MB of 120 MB" in scene.text
    assert "3.0 MB/s" in scene.text
    assert "20 s" in scene.text
    assert "limit" in scene.text


def test_it_is_held_and_goes_on(scene: Scene) -> None:
    scene.bring(HALF)
    scene.button("pauseHome").click()
    assert scene.runs.pace.paused
    assert scene.text == "Paused at 60 MB of 120 MB"
    scene.button("pauseHome").click()
    assert not scene.runs.pace.paused


def test_it_is_called_off_and_asked_for_again(scene: Scene) -> None:
    scene.bring(HALF)
    scene.button("leaveHome").click()
    assert scene.runs.leaves_files(scene.store.run(scene.job))
    assert "stay on the machine" in scene.text
    assert scene.button("pauseHome").isHidden()
    assert not scene.button("resumeHome").isEnabled()  # without its machine
    agent = FakeClient("agent-1")
    agent.ended = fail("link_lost", host="h")  # nobody follows; this is about the buttons
    scene.runs.attach(agent)  # type: ignore[arg-type]
    scene.button("resumeHome").click()
    assert not scene.runs.leaves_files(scene.store.run(scene.job))
    assert scene.bar.isHidden()


def test_the_limit_is_chosen_or_typed_in(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.bring(HALF)
    actions = scene.bar.findChild(QMenu, "speedMenu").actions()
    actions[2].trigger()
    assert scene.launch.cap == 2e6
    assert actions[2].isChecked()
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (0.5, True))
    actions[-1].trigger()
    assert scene.launch.cap == 5e5
