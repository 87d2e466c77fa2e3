"""The dialog for captions by machine as a person uses it: choose, start, adjust, take over, undo."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QSlider, QWidget
from pytestqt.qtbot import QtBot

from loraferry.texts.languages import Languages
from loraferry.viewmodels.captioning_choices import SERVER
from loraferry.viewmodels.dataset_captioners import DatasetCaptioners
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.captioners_dialog import CaptionersDialog, build
from loraferry.views.theme import Theme
from loraferry_core.problems import problem
from tests.fakes import pictures
from tests.fakes.caption_server import CaptionServer, running_caption_server, says
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio
from tests.unit.desktop.viewmodels.test_dataset_captioners import FakeTagger


class Desk:
    """The dialog over a folder of four pictures, of which two have no caption."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.studio: Studio = make_studio(folder, InlineRunner())
        pictures.folder_of(folder / "图片", 4)
        for name in ("3.txt", "4.txt"):
            (folder / "图片" / name).unlink()
        self.studio.dataset.open_folder(folder / "图片")
        self.tagger = FakeTagger()
        studio = self.studio
        self.model = DatasetCaptioners(
            studio.dataset, studio.hosts, studio.tasks, studio.settings, studio.open_secrets, self.tagger  # type: ignore[arg-type]
        )  # fmt: skip
        self.dialog = CaptionersDialog(self.model, studio.dataset)
        qtbot.addWidget(self.dialog)
        self.dialog.show()
        qtbot.waitExposed(self.dialog)

    def part(self, kind: type[Any], name: str) -> Any:
        return self.dialog.findChild(kind, name)

    def button(self, text: str) -> QPushButton:
        return next(button for button in self.dialog.findChildren(QPushButton) if button.text() == text)

    def said(self) -> list[str]:
        return [label.text() for label in self.dialog.findChildren(QLabel) if label.isVisible()]

    def captions(self) -> list[str]:
        assert self.studio.dataset.library is not None
        return [item.caption or "" for item in self.studio.dataset.library.items]


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, english: Languages, dressed: Theme) -> Iterator[Desk]:
    made = Desk(tmp_path, qtbot)
    yield made
    made.model.stop()
    made.tagger.close()
    made.studio.hosts.shutdown()
    made.studio.dataset.close()


@pytest.fixture
def server() -> Iterator[CaptionServer]:
    with running_caption_server(CaptionServer()) as running:
        yield running


def choose(combo: QComboBox, value: str) -> None:
    row = combo.findData(value)
    assert row >= 0
    combo.setCurrentIndex(row)
    combo.activated.emit(row)


def test_tags_come_are_adjusted_and_taken_over(desk: Desk, qtbot: QtBot) -> None:
    scope = desk.part(QComboBox, "captionerScope")
    assert scope.currentText() == "Shown and without a caption (2)"
    assert not desk.button("Take over").isEnabled()
    qtbot.mouseClick(desk.button("Describe the pictures"), Qt.MouseButton.LeftButton)
    results = desk.dialog.findChild(QWidget, "captionerResults")
    assert results is not None
    assert results.isVisible()
    assert "Described: 2" in desk.said()
    desk.part(QSlider, "captionGeneral").setValue(60)
    assert desk.model.proposal("3.png").after == "long tail"
    desk.part(QLineEdit, "captionBlacklist").setText("long*")
    assert desk.model.proposal("3.png").after == ""
    desk.part(QLineEdit, "captionBlacklist").clear()
    qtbot.mouseClick(desk.button("Take over"), Qt.MouseButton.LeftButton)
    assert desk.captions() == ["a picture 1", "a picture 2", "long tail", "long tail"]
    assert any("Captions changed: 2." in text for text in desk.said())
    assert not desk.button("Take over").isEnabled()
    qtbot.waitUntil(lambda: scope.currentText() == "Shown and without a caption (0)", timeout=30_000)
    assert not desk.button("Describe the pictures").isEnabled()
    desk.studio.dataset.undo()
    assert desk.captions() == ["a picture 1", "a picture 2", "", ""]


def test_only_what_fits_the_choice_is_shown(desk: Desk) -> None:
    place = desk.part(QComboBox, "captionerPlace")
    address, prompt = desk.part(QLineEdit, "captionerAddress"), desk.part(QPlainTextEdit, "captionerPrompt")
    slider = desk.part(QSlider, "captionGeneral")
    assert not address.isVisible()
    assert slider.isVisible()
    choose(place, SERVER)
    assert address.isVisible()
    assert prompt.isVisible()
    assert not slider.isVisible()
    assert not desk.part(QComboBox, "captioner").isVisible()
    key = desk.part(QLineEdit, "captionerKey")
    assert key.echoMode() == QLineEdit.EchoMode.Password


def test_a_server_is_asked_and_its_refusal_is_explained(desk: Desk, server: CaptionServer, qtbot: QtBot) -> None:
    choose(desk.part(QComboBox, "captionerPlace"), SERVER)
    for name, text in (("captionerAddress", server.address), ("captionerModel", "llava")):
        field = desk.part(QLineEdit, name)
        field.clear()
        qtbot.keyClicks(field, text)
    server.answers = [(401, {"error": {"message": "who are you"}}, {})]
    desk.button("Describe the pictures").click()
    assert any("did not accept the key: HTTP 401 who are you" in text for text in desk.said())
    key = desk.part(QLineEdit, "captionerKey")
    qtbot.keyClicks(key, "sk-1")
    key.editingFinished.emit()
    server.usual = lambda asked: says("a cat")
    desk.button("Describe the pictures").click()
    assert server.asked[-1].authorization == "Bearer sk-1"
    assert not any("did not accept" in text for text in desk.said())
    assert "Described: 2" in desk.said()
    desk.button("Throw away").click()
    assert desk.captions() == ["a picture 1", "a picture 2", "", ""]


def test_beside_a_training_only_where_that_is_wanted(desk: Desk) -> None:
    busy = problem("captioner_busy", name="My star")
    desk.tagger.agent.refuse = lambda message: busy if getattr(message, "beside_training", None) is False else None
    desk.button("Describe the pictures").click()
    assert any("My star" in text for text in desk.said())
    desk.button("Caption beside it").click()
    assert "Described: 2" in desk.said()


def test_the_page_builds_it(tmp_path: Path, qtbot: QtBot, dressed: Theme) -> None:
    studio = make_studio(tmp_path, InlineRunner())
    dialog = build(studio)
    qtbot.addWidget(dialog)
    assert isinstance(dialog, CaptionersDialog)
    studio.hosts.shutdown()
    studio.dataset.close()


def test_every_field_has_a_name_for_screen_readers(desk: Desk) -> None:
    choose(desk.part(QComboBox, "captionerPlace"), SERVER)
    kinds: tuple[type[QWidget], ...] = (QComboBox, QLineEdit, QPlainTextEdit, QSlider)
    fields: Callable[[type[QWidget]], list[QWidget]] = desk.dialog.findChildren
    named = [field for kind in kinds for field in fields(kind) if field.isVisible() and field.objectName()[:2] != "qt"]
    assert named
    assert all(field.accessibleName() for field in named), [field.objectName() for field in named]
