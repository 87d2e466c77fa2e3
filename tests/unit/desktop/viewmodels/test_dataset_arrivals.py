"""Drops and pastes on their way: opened, saved and selected, or told."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal

from loraferry.library.arrivals import Dropped
from loraferry.library.items import Changes
from loraferry.library.places import Places
from loraferry.viewmodels.dataset_arrivals import FOLDER_NAME, Arrivals
from tests.fakes.inline_runner import InlineRunner
from tests.unit.desktop.library.test_arrivals import bytes_of


class FakeHub(QObject):
    """What the Dataset page's view-model does with arrivals, noted down."""

    changed = Signal(object)
    problem_found = Signal(object)

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self.folder = folder
        self.opened: list[list[Path]] = []
        self.selected: list[str] = []
        self.refreshed = 0
        self.told: list[str] = []
        self.problem_found.connect(lambda found: self.told.append(found.code))

    def open_dropped(self, paths: Sequence[Path]) -> None:
        self.opened.append(list(paths))

    def refresh(self) -> None:
        self.refreshed += 1

    def select(self, names: Sequence[str], current: str = "") -> None:
        self.selected = list(names)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "data", tmp_path / "cache")


def test_what_lies_here_is_opened(qapp: QCoreApplication, tmp_path: Path, places: Places) -> None:
    hub = FakeHub(None)
    Arrivals(hub, InlineRunner(), places).take(Dropped(paths=(tmp_path,), image=bytes_of()))
    assert hub.opened == [[tmp_path]]


def test_a_picture_is_saved_into_the_open_folder_and_selected(
    qapp: QCoreApplication, tmp_path: Path, places: Places
) -> None:
    hub = FakeHub(tmp_path)
    arrivals = Arrivals(hub, InlineRunner(), places)
    arrivals.take(Dropped(image=bytes_of()))
    arrivals.take(Dropped(image=bytes_of()))
    assert hub.refreshed == 2
    assert (tmp_path / "picture (2).png").exists()
    assert not arrivals.busy
    hub.changed.emit(Changes(frozenset({"other.png"}), listed=True))
    assert hub.selected == []
    hub.changed.emit(Changes(frozenset({"picture.png", "other.png"}), listed=True))
    assert hub.selected == ["picture.png"]
    hub.changed.emit(Changes(frozenset({"picture.png", "picture (2).png"}), listed=True))
    assert hub.selected == ["picture (2).png"]


def test_without_a_folder_a_picture_begins_one(qapp: QCoreApplication, places: Places) -> None:
    hub = FakeHub(None)
    Arrivals(hub, InlineRunner(), places).take(Dropped(image=bytes_of()))
    assert hub.opened == [[places.data / FOLDER_NAME / "picture.png"]]
    assert hub.opened[0][0].exists()


def test_what_cannot_be_taken_is_told(qapp: QCoreApplication, tmp_path: Path, places: Places) -> None:
    hub = FakeHub(tmp_path)
    arrivals = Arrivals(hub, InlineRunner(), places)
    arrivals.take(Dropped(addresses=("ftp://a.example/1.png",)))
    arrivals.take(Dropped(image=b"not a picture"))
    assert hub.told == ["drop_empty", "image_unreadable"]
    assert hub.refreshed == 0
    assert not arrivals.busy
