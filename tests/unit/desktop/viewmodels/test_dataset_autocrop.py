"""Automatic crops in another thread: in parts, stopped half-way, and dropped with the folder."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraferry.ferry.face_model import FaceModel
from loraferry.library.autocrop import Subject, Wish
from loraferry.library.faces import FaceDetector
from loraferry.viewmodels import dataset_autocrop
from loraferry.viewmodels.dataset_autocrop import DatasetAutocrop
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import TaskRunner
from loraferry_core.problems import fail
from tests.fakes import pictures
from tests.fakes.studio import make_studio

PATIENCE_MS = 30_000


@pytest.fixture
def studio(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    def missing() -> None:
        raise fail("faces_runtime_missing")

    monkeypatch.setattr(FaceDetector, "check_runtime", staticmethod(missing))
    # Each picture is a part of its own.
    monkeypatch.setattr(dataset_autocrop, "_PART_S", 0.0)
    folder = pictures.folder_of(tmp_path / "pictures", 6)
    tasks = TaskRunner()
    made = make_studio(tmp_path, tasks)
    made.dataset.open_folder(folder)
    qtbot.waitUntil(lambda: made.dataset.listed, timeout=PATIENCE_MS)
    yield made
    tasks.shutdown()
    made.dataset.close()


@pytest.fixture
def auto(studio: Studio, tmp_path: Path) -> DatasetAutocrop:
    return DatasetAutocrop(studio.dataset, studio.tasks, studio.plan, FaceModel(tmp_path / "models"))


def test_all_pictures_are_looked_at_in_their_order(auto: DatasetAutocrop, studio: Studio, qtbot: QtBot) -> None:
    names = list(studio.dataset.visible)
    told: list[tuple[int, int]] = []
    auto.progressed.connect(lambda: told.append(auto.looked))
    auto.start(names)
    assert auto.running
    qtbot.waitUntil(lambda: not auto.running, timeout=PATIENCE_MS)
    assert [row.name for row in auto.rows] == names
    assert told[-1] == (6, 6)
    assert {done for done, _ in told} == set(range(7))
    before = studio.dataset.library.items  # type: ignore[union-attr]
    assert all(not item.crops for item in before), "nothing is changed before it is taken over"
    assert auto.apply() == 6
    assert all(len(item.crops) == 1 for item in studio.dataset.library.items)  # type: ignore[union-attr]
    assert list(auto.rows) == []


def test_stopping_keeps_what_was_found(
    auto: DatasetAutocrop, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    third, go_on = threading.Event(), threading.Event()
    real = dataset_autocrop.look

    def slow(path: Path, name: str, *rest: object) -> Subject:
        if name == "3.png":
            third.set()
            assert go_on.wait(PATIENCE_MS / 1000)
        return real(path, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(dataset_autocrop, "look", slow)
    auto.start(studio.dataset.visible)
    qtbot.waitUntil(third.is_set, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(auto.rows) == 2, timeout=PATIENCE_MS)
    auto.cancel()
    go_on.set()
    assert not auto.running
    qtbot.waitUntil(lambda: not studio.tasks.busy, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    assert [row.name for row in auto.rows] == ["1.png", "2.png"]
    assert auto.looked == (2, 2)
    assert auto.accepted == 2


def test_another_folder_ends_the_review(auto: DatasetAutocrop, studio: Studio, tmp_path: Path, qtbot: QtBot) -> None:
    auto.start(studio.dataset.visible)
    other = pictures.folder_of(tmp_path / "other", 1)
    studio.dataset.open_folder(other)
    qtbot.waitUntil(lambda: studio.dataset.folder == other and studio.dataset.listed, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not studio.tasks.busy, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    assert list(auto.rows) == [] and not auto.running
    assert auto.apply() == 0


def test_one_picture_can_be_asked_for_alone(auto: DatasetAutocrop, studio: Studio, qtbot: QtBot) -> None:
    found: list[object] = []
    auto.suggest("2.png", Wish("subject", resolution=64), found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=PATIENCE_MS)
    assert list(auto.rows) == []
