"""The export as a person uses it: choose a folder and a format, export, see what came of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QColorDialog, QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from loraferry.texts.languages import Languages
from loraferry.viewmodels.dataset_export import DatasetExport
from loraferry.viewmodels.dataset_filter import training_of
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.export_dialog import ExportDialog, build
from loraferry.views.dataset.parts import DIALOGS
from loraferry.views.theme import Theme
from loraferry.views.widgets.notice import Notice
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio


class Desk:
    """The dialog over three pictures."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.qtbot, self.target = qtbot, folder / "out"
        self.target.mkdir()
        self.studio: Studio = make_studio(folder, InlineRunner())
        self.studio.dataset.open_folder(pictures.folder_of(folder / "图片", 3))
        self.model = DatasetExport(self.studio.dataset, self.studio.tasks, lambda: training_of(self.studio.plan))
        self.dialog = ExportDialog(self.model)
        qtbot.addWidget(self.dialog)
        self.dialog.show()
        qtbot.waitExposed(self.dialog)

    def part(self, kind: type[Any], name: str) -> Any:
        found = self.dialog.findChild(kind, name)
        assert found is not None
        return found

    def choose(self, name: str, text: str) -> None:
        box = self.part(QComboBox, f"export_{name}")
        row = box.findText(text)
        assert row >= 0, [box.itemText(i) for i in range(box.count())]
        box.setCurrentIndex(row)
        box.activated.emit(row)

    def said(self) -> str:
        return "\n".join(label.text() for label in self.dialog.findChildren(QLabel) if label.isVisible())

    def go(self) -> None:
        self.qtbot.mouseClick(self.part(QPushButton, "primary"), Qt.MouseButton.LeftButton)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, english: Languages, dressed: Theme) -> Iterator[Desk]:
    made = Desk(tmp_path, qtbot)
    yield made
    made.dialog.hide()
    made.studio.hosts.shutdown()
    made.studio.dataset.close()


def test_a_folder_is_chosen_and_the_pictures_are_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    button = desk.part(QPushButton, "primary")
    assert button.text() == "Export 3" and not button.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(desk.target))
    browse = next(b for b in desk.dialog.findChildren(QPushButton) if b.text() == "Choose…")
    desk.qtbot.mouseClick(browse, Qt.MouseButton.LeftButton)
    assert desk.part(QLineEdit, "exportFolder").text() == str(desk.target)
    assert button.isEnabled()
    desk.go()
    assert "Written: 3." in desk.said()
    assert sorted(path.name for path in desk.target.glob("*.png")) == ["1.png", "2.png", "3.png"]


def test_a_folder_may_be_typed(desk: Desk) -> None:
    field = desk.part(QLineEdit, "exportFolder")
    desk.qtbot.keyClicks(field, str(desk.target / "new"))
    field.editingFinished.emit()
    desk.go()
    assert len(list((desk.target / "new").glob("*.png"))) == 3


def test_choices_reach_the_recipe(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    side, quality = desk.part(QSpinBox, "exportSide"), desk.part(QSpinBox, "exportQuality")
    assert not side.isVisible() and quality.isVisible()
    desk.choose("extent", "Longest side")
    side.setValue(48)
    desk.choose("format", "PNG")
    assert side.isVisible() and not quality.isVisible()
    monkeypatch.setattr(QColorDialog, "getColor", lambda initial, *_: type(initial)(1, 2, 3))
    desk.choose("fill", "Another colour…")
    assert desk.part(QComboBox, "export_fill").currentText() == "#010203"
    desk.choose("format", "JPEG")
    quality.setValue(60)
    for name in ("captions", "numbered"):
        desk.part(QCheckBox, f"export_{name}").click()
    chosen = desk.model.choices
    assert (chosen.extent, chosen.side, chosen.format, chosen.quality, chosen.fill) == (
        "side",
        48,
        "jpg",
        60,
        (1, 2, 3),
    )
    assert (chosen.captions, chosen.numbered, chosen.masks, chosen.replace) == (False, True, True, False)
    desk.model.choose(folder=str(desk.target))
    desk.go()
    assert sorted(path.name for path in desk.target.iterdir()) == ["0001.jpg", "0002.jpg", "0003.jpg"]


def test_jpeg_cannot_stay_transparent(desk: Desk) -> None:
    box = desk.part(QComboBox, "export_fill")
    assert box.currentText() == "Stay transparent"
    desk.choose("format", "JPEG")
    assert box.currentText() == "White" and box.findText("Stay transparent") < 0
    desk.choose("format", "PNG")
    assert box.currentText() == "Stay transparent"


def test_files_in_the_way_are_said_before_and_what_was_left_out_after(desk: Desk) -> None:
    (desk.target / "2.png").write_bytes(b"mine")
    desk.model.choose(folder=str(desk.target))
    assert "Files of these names are in the folder already: 1." in desk.said()
    desk.go()
    assert "Written: 2." in desk.said()
    (notice,) = desk.dialog.findChildren(Notice)
    assert notice.problem.code == "export_in_the_way"
    desk.part(QCheckBox, "export_replace").click()
    assert "will be replaced" in desk.said()


def test_no_picture_is_no_export(desk: Desk) -> None:
    desk.model.choose(folder=str(desk.target))
    desk.studio.dataset.select([])
    desk.choose("which", "Those that are selected")
    assert "nothing to export" in desk.said()
    assert not desk.part(QPushButton, "primary").isEnabled()


def test_the_page_knows_the_dialog(desk: Desk, qtbot: QtBot) -> None:
    made = build(desk.studio)
    qtbot.addWidget(made)
    assert isinstance(made, ExportDialog) and DIALOGS["export"].module == "export_dialog"
