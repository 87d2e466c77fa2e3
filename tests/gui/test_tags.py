"""Tags, concepts, find and replace, templates and histories as a person uses them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLineEdit, QListView, QListWidget, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from loraferry.library.edits import captioned
from loraferry.viewmodels.dataset_replace import DatasetReplace
from loraferry.viewmodels.dataset_template import DatasetTemplate
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.change_list import ChangeList
from loraferry.views.dataset.concepts_panel import ConceptCard, ConceptsPanel
from loraferry.views.dataset.drags import pictures_data
from loraferry.views.dataset.history_dialog import HistoryDialog
from loraferry.views.dataset.matrix import MatrixMode
from loraferry.views.dataset.replace_dialog import ReplaceDialog
from loraferry.views.dataset.scope_box import ScopeBox
from loraferry.views.dataset.tags_panel import TagsPanel
from loraferry.views.dataset.template_dialog import TemplateDialog
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.prompter import FakePrompter
from tests.fakes.studio import make_studio


@pytest.fixture
def studio(tmp_path: Path, qtbot: QtBot) -> Iterator[Studio]:
    folder = tmp_path / "图片"
    folder.mkdir()
    for name, caption in (("1", "zor, hat, red"), ("2", "zor, hat"), ("3", "zor, cap"), ("4", "")):
        pictures.plain(folder / f"{name}.png", caption=caption)
    made = make_studio(tmp_path, InlineRunner())
    made.dataset.open_folder(folder)
    made.filter.index.work()
    yield made
    made.dataset.close()


def caption(studio: Studio, name: str) -> str:
    library = studio.dataset.library
    assert library is not None
    item = library.item(f"{name}.png")
    assert item is not None
    return item.caption or ""


def button(widget: object, text: str) -> QPushButton:
    found: list[QPushButton] = widget.findChildren(QPushButton)  # type: ignore[attr-defined]
    return next(one for one in found if one.text() == text)


def choose(panel: TagsPanel, *tags: str) -> None:
    view = panel.findChild(QListView, "tagList")
    view.clearSelection()
    model = view.model()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        if index.data(Qt.ItemDataRole.UserRole) in tags:
            view.selectionModel().select(index, view.selectionModel().SelectionFlag.Select)


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> TagsPanel:
    made = TagsPanel(studio.tag_edits, studio.filter, studio.suggestions, studio.prompter)
    qtbot.addWidget(made)
    made.show()
    return made


def rows(panel: TagsPanel) -> list[str]:
    model = panel.findChild(QListView, "tagList").model()
    return [str(model.index(row, 0).data()).strip("\u2007 ") for row in range(model.rowCount())]


def test_the_tags_of_the_set_are_counted_and_found(panel: TagsPanel) -> None:
    assert [row.split() for row in rows(panel)] == [["3", "zor"], ["2", "hat"], ["1", "cap"], ["1", "red"]]
    panel.findChildren(QLineEdit)[0].setText("A")
    assert [row.split()[1] for row in rows(panel)] == ["hat", "cap"]


def test_tags_are_merged_in_all_pictures_in_one_step(panel: TagsPanel, studio: Studio) -> None:
    choose(panel, "hat", "cap")
    panel.findChildren(QLineEdit)[1].setText("headgear")
    button(panel, "Rename").click()
    assert [caption(studio, name) for name in "123"] == ["zor, headgear, red", "zor, headgear", "zor, headgear"]
    studio.dataset.undo()
    assert [caption(studio, name) for name in "123"] == ["zor, hat, red", "zor, hat", "zor, cap"]


def test_tags_are_removed_and_added_where_it_is_meant(panel: TagsPanel, studio: Studio) -> None:
    studio.dataset.select(["1.png", "4.png"])
    panel.findChild(ScopeBox).setCurrentIndex(0)
    choose(panel, "hat")
    button(panel, "Remove").click()
    assert [caption(studio, name) for name in "12"] == ["zor, red", "zor, hat"]
    choose(panel, "cap")
    button(panel, "Add to selected").click()
    assert [caption(studio, name) for name in "124"] == ["zor, red, cap", "zor, hat", "cap"]


def test_a_double_click_shows_the_pictures_that_have_a_tag(panel: TagsPanel, studio: Studio) -> None:
    view = panel.findChild(QListView, "tagList")
    view.doubleClicked.emit(view.model().index(1, 0))
    assert studio.dataset.visible == ("1.png", "2.png")


def test_the_menu_sorts_tags_and_imports_lists(panel: TagsPanel, studio: Studio, tmp_path: Path) -> None:
    prompter = studio.prompter
    assert isinstance(prompter, FakePrompter)
    panel.tools.by_alphabet.trigger()
    assert caption(studio, "1") == "hat, red, zor"
    prompter.answers = ["red, zor", None]
    panel.tools.by_list.trigger()
    assert caption(studio, "1") == "red, zor, hat"
    panel.tools.by_list.trigger()
    panel.tools.by_frequency.trigger()
    assert caption(studio, "1") == "zor, hat, red"
    panel.tools.by_category.trigger()
    studio.dataset.apply(captioned({"1.png": "hat, hat"}))
    panel.tools.tidy.trigger()
    assert caption(studio, "1") == "hat"
    listed = tmp_path / "theirs.csv"
    listed.write_text("quux,0,5,\n", encoding="utf-8")
    prompter.answers = [listed, None]
    panel.tools.importing.trigger()
    panel.tools.importing.trigger()
    assert [one.tag for one in studio.suggestions.suggest("quu")] == ["quux"]
    assert not panel.grab().isNull()


# --- find and replace, templates, history


def test_what_a_replacement_changes_is_seen_first(studio: Studio, qtbot: QtBot) -> None:
    dialog = ReplaceDialog(DatasetReplace(studio.dataset, studio.tasks))
    qtbot.addWidget(dialog)
    dialog.show()
    find, put = dialog.findChildren(QLineEdit)
    find.setText(r"(hat|cap)")
    put.setText(r"\1s")
    dialog.findChildren(QCheckBox)[0].setChecked(True)
    qtbot.waitUntil(lambda: button(dialog, "Replace").isEnabled())
    assert "hats" in dialog.findChild(ChangeList).toPlainText()
    assert caption(studio, "1") == "zor, hat, red"
    button(dialog, "Replace").click()
    assert [caption(studio, name) for name in "123"] == ["zor, hats, red", "zor, hats", "zor, caps"]
    find.setText("(")
    qtbot.waitUntil(lambda: not button(dialog, "Replace").isEnabled())


def test_a_template_is_seen_first(studio: Studio, qtbot: QtBot) -> None:
    studio.words.set_words("zorblax", "monster")
    dialog = TemplateDialog(DatasetTemplate(studio.dataset, studio.tasks))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.findChild(QLineEdit).setText("{nonsense}")
    qtbot.waitUntil(lambda: not button(dialog, "Take over").isEnabled())
    dialog.findChild(QLineEdit).setText("{trigger}, {class}, {tags}")
    qtbot.waitUntil(lambda: button(dialog, "Take over").isEnabled())
    button(dialog, "Take over").click()
    assert caption(studio, "2") == "zorblax, monster, zor, hat"


def test_an_older_text_is_brought_back(studio: Studio, qtbot: QtBot) -> None:
    studio.dataset.apply(captioned({"1.png": "other"}))
    dialog = HistoryDialog(studio.dataset)
    qtbot.addWidget(dialog)
    dialog.show()
    versions = dialog.findChild(QListWidget)
    assert [versions.item(row).text().split("  ")[-1] for row in range(versions.count())] == [
        "Tags or template",
        "At first",
    ]
    versions.setCurrentRow(1)
    button(dialog, "Bring it back").click()
    assert caption(studio, "1") == "zor, hat, red"


def test_pictures_are_asked_one_by_one_whether_they_have_a_tag(studio: Studio, qtbot: QtBot) -> None:
    matrix = MatrixMode(studio.dataset, studio.tag_edits)
    qtbot.addWidget(matrix)
    matrix.resize(700, 500)
    matrix.show()
    view = matrix.findChild(QListView, "matrix")
    assert matrix.tag == "zor"
    matrix.set_tag("hat")
    view.clicked.emit(view.model().index(2, 0))
    assert caption(studio, "3") == "zor, cap, hat"
    view.clicked.emit(view.model().index(0, 0))
    assert caption(studio, "1") == "zor, red"
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_N)
    qtbot.keyClick(view, Qt.Key.Key_Y)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert [caption(studio, name) for name in "234"] == ["zor", "zor, cap, hat", "hat"]
    assert not matrix.grab().isNull()
    studio.dataset.undo()
    assert caption(studio, "4") == ""
    with qtbot.waitSignal(matrix.left):
        qtbot.keyClick(view, Qt.Key.Key_Escape)


# --- concepts


@pytest.fixture
def concepts(studio: Studio, qtbot: QtBot) -> ConceptsPanel:
    made = ConceptsPanel(studio.words)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_concept_is_made_of_the_selected_pictures(concepts: ConceptsPanel, studio: Studio) -> None:
    studio.dataset.select(["1.png", "2.png"])
    concepts.findChildren(QLineEdit)[2].setText("Hats")
    button(concepts, "Add").click()
    (concept,) = studio.words.concepts
    assert (concept.title, studio.words.count(concept.id)) == ("Hats", 2)
    card = concepts.findChild(ConceptCard)
    card.findChild(QSpinBox).setValue(5)
    card.findChild(QDoubleSpinBox).setValue(0.5)
    card.findChild(QCheckBox).setChecked(True)
    (concept,) = studio.words.concepts
    assert (concept.repeats, concept.weight, concept.regularisation) == (5, 0.5, True)


def test_pictures_are_dropped_on_a_concept_and_stay_when_it_goes(concepts: ConceptsPanel, studio: Studio) -> None:
    studio.dataset.select(["1.png"])
    studio.words.add("Hats")
    card = concepts.findChild(ConceptCard)
    data: QMimeData = pictures_data(["3.png"])
    nothing = Qt.KeyboardModifier.NoModifier
    card.dropEvent(
        QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)  # type: ignore[arg-type]
    )
    (concept,) = studio.words.concepts
    assert studio.words.count(concept.id) == 2
    studio.words.delete(concept.id)
    assert (studio.words.concepts, studio.words.count("")) == ((), 4)
    studio.dataset.undo()
    assert studio.words.count(concept.id) == 2


def test_the_trigger_of_the_project_is_that_of_the_plan(concepts: ConceptsPanel, studio: Studio) -> None:
    trigger, class_word = concepts.findChildren(QLineEdit)[:2]
    trigger.setText("sks")
    class_word.setText("cat")
    trigger.editingFinished.emit()
    assert (studio.plan.config.dataset.trigger, studio.plan.config.dataset.class_word) == ("sks", "cat")
    assert studio.dataset.project.trigger == "sks"
