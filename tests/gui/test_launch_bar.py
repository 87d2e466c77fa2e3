"""The strip over the page while something is sent: how far, how fast, why no faster, and when the lid may close."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLabel, QMenu, QProgressBar, QPushButton

from loraferry.texts.languages import Languages
from loraferry.viewmodels.launch import LaunchState
from loraferry.views.launch_bar import LaunchBar
from loraferry.views.theme import Theme


class FakeLaunch(QObject):
    """A launch that is wherever the test says."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state = LaunchState()
        self.paused = False
        self.cap = 0.0
        self.calls: list[str] = []

    def show(self, state: LaunchState) -> None:
        self.state = state
        self.changed.emit()

    def pause(self, paused: bool) -> None:
        self.paused = paused
        self.changed.emit()

    def set_cap(self, cap: float) -> None:
        self.cap = cap
        self.changed.emit()

    def cancel(self) -> None:
        self.calls.append("cancel")

    def dismiss(self) -> None:
        self.calls.append("dismiss")


@pytest.fixture
def model(qapp) -> FakeLaunch:
    return FakeLaunch()


@pytest.fixture
def bar(model: FakeLaunch, english: Languages, dressed: Theme, qtbot) -> Iterator[LaunchBar]:
    bar = LaunchBar(model)  # type: ignore[arg-type]
    qtbot.addWidget(bar)
    yield bar
    english.switch("en")


SENDING = LaunchState("pictures", 92_000_000, 178_000_000, 260, 511, 0.72e6, 119.0, "uplink")


def words(bar: LaunchBar) -> str:
    return "\n".join(label.text() for label in bar.findChildren(QLabel) if not label.isHidden())


def test_nothing_is_shown_while_nothing_is_sent(bar: LaunchBar, model: FakeLaunch) -> None:
    assert bar.isHidden()
    model.show(LaunchState("connect"))
    assert not bar.isHidden()
    assert bar.findChild(QPushButton, "pauseLaunch").isHidden()


def test_how_far_how_fast_how_long_and_why(bar: LaunchBar, model: FakeLaunch) -> None:
    model.show(SENDING)
    said = words(bar)
    for part in ("Keep open: 1 min 59 s of upload left", "92 MB / 178 MB", "260 of 511 files", "720 kB/s", "your line"):
        assert part in said
    assert bar.findChild(QProgressBar).value() == 516


@pytest.mark.parametrize(
    ("slow", "said"), [("round_trip", "far away"), ("cap", "limit"), ("machine", "machine takes"), ("", "Keep open")]
)
def test_each_reason_has_its_words(bar: LaunchBar, model: FakeLaunch, slow: str, said: str) -> None:
    model.show(LaunchState("pictures", 1, 2, eta_s=5.0, slow=slow))  # type: ignore[arg-type]
    assert said in words(bar)


def test_without_an_estimate_it_is_said_what_is_sent(bar: LaunchBar, model: FakeLaunch) -> None:
    for part, said in (("base", "base model"), ("pictures", "pictures"), ("checkpoint", "checkpoint")):
        model.show(LaunchState(part))  # type: ignore[arg-type]
        assert f"Sending the {said}. Keep this computer open." in words(bar)


def test_sending_is_paused_and_goes_on(bar: LaunchBar, model: FakeLaunch) -> None:
    model.show(SENDING)
    pause = bar.findChild(QPushButton, "pauseLaunch")
    pause.click()
    assert model.paused
    assert "paused" in words(bar)
    assert "your line" not in words(bar)
    assert pause.text() == "Go on"
    pause.click()
    assert not model.paused


def test_the_lid_may_close_when_everything_is_there(bar: LaunchBar, model: FakeLaunch) -> None:
    model.show(LaunchState("done"))
    assert "You can close the lid now: everything is on the machine" in words(bar)
    close = bar.findChild(QPushButton, "cancelLaunch")
    assert close.text() == "Close"
    close.click()
    model.show(SENDING)
    close.click()
    assert model.calls == ["dismiss", "cancel"]


def test_the_speed_is_limited_by_the_menu(bar: LaunchBar, model: FakeLaunch, monkeypatch) -> None:
    model.show(SENDING)
    actions = bar.findChild(QMenu, "speedMenu").actions()
    assert [action.text() for action in actions[:5]] == [
        "As fast as the line allows", "1.0 MB/s", "2.0 MB/s", "5.0 MB/s", "10 MB/s",
    ]  # fmt: skip
    assert actions[0].isChecked()
    actions[2].trigger()
    assert model.cap == 2e6
    assert actions[2].isChecked()
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (0.5, True))
    actions[-1].trigger()
    assert model.cap == 5e5
    assert actions[-1].isChecked()
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (9.0, False))
    actions[-1].trigger()
    assert model.cap == 5e5
