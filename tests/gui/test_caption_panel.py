"""Captions as chips and as text, for one picture and for many, by keys and by mouse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.caption_panel import CaptionPanel
from loraferry.views.dataset.drags import tags_data
from loraferry.views.dataset.tag_chips import TagChips
from loraferry.views.dataset.tag_field import count_text
from loraferry_core.dataset.tokens import count_tokens
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio

LEFT, CTRL, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
PROSE = "A woman stands in a garden. She wears a red hat."


@pytest.fixture
def studio(tmp_path: Path, qapp: QApplication) -> Iterator[Studio]:
    folder = tmp_path / "图片"
    folder.mkdir()
    for name, caption in (("1", "zor, hat, red"), ("2", "zor, hat"), ("3", "cap, zor"), ("4", PROSE), ("5", "")):
        pictures.plain(folder / f"{name}.png", caption=caption)
    made = make_studio(tmp_path, InlineRunner())
    made.dataset.open_folder(folder)
    made.filter.index.work()
    yield made
    made.dataset.close()


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> Iterator[CaptionPanel]:
    window = QWidget()
    qtbot.addWidget(window)
    made = CaptionPanel(studio.dataset, studio.tag_edits, studio.suggestions, window)
    made.setGeometry(10, 10, 380, 300)
    window.resize(420, 460)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    # The list below the field lies in the window, which nothing else holds.
    yield made
    window.close()


def caption(studio: Studio, name: str) -> str:
    library = studio.dataset.library
    assert library is not None
    item = library.item(f"{name}.png")
    assert item is not None
    return item.caption or ""


def shown(chips: TagChips) -> list[str]:
    return [f"{chip.text} {chip.note}".strip() for chip in chips.chips]


def click(qtbot: QtBot, chips: TagChips, number: int, *, close: bool = False) -> None:
    box = chips.box(number)
    place = QPoint(box.right() - 8, box.center().y()) if close else QPoint(box.left() + 12, box.center().y())
    qtbot.mouseClick(chips, LEFT, pos=place)


def test_tags_are_chips_and_prose_is_text(panel: CaptionPanel, studio: Studio) -> None:
    assert panel.style_shown == "tags"
    assert shown(panel.chips) == ["zor", "hat", "red"]
    studio.dataset.select(["4.png"])
    assert panel.style_shown == "prose"
    assert panel.editor.toPlainText() == PROSE
    # An empty caption is written as the one before it.
    studio.dataset.select(["5.png"])
    assert panel.style_shown == "prose"
    panel.choose_style("tags")
    studio.dataset.select(["4.png"])
    assert panel.style_shown == "tags"
    assert shown(panel.chips) == ["A woman stands in a garden. She wears a red hat."]
    panel.choose_style("prose")
    studio.dataset.select(["1.png"])
    assert panel.style_shown == "tags"


def test_a_tag_is_typed_and_added(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    field = panel.chips.field
    panel.start()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "long coat,tall")
    assert caption(studio, "1") == "zor, hat, red, long coat"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert caption(studio, "1") == "zor, hat, red, long coat, tall"
    assert field.text() == ""
    assert field.hasFocus()
    studio.dataset.undo()
    qtbot.waitUntil(lambda: shown(panel.chips) == ["zor", "hat", "red", "long coat"])


def test_the_first_that_is_offered_comes_by_one_key(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    field = panel.chips.field
    panel.start()
    qtbot.keyClicks(field, "ca")
    # The project's own before the list's, what the caption has already not at all.
    assert field.offered[0].tag == "cap"
    assert field.offered[0].own == 1
    qtbot.keyClick(field, Qt.Key.Key_Return, CTRL)
    assert caption(studio, "1") == "zor, hat, red, cap"
    assert field.offered == []
    composed = QInputMethodEvent()
    composed.setCommitString("长")
    QApplication.sendEvent(field, composed)
    assert {"long hair", "long sleeves"} & {one.tag for one in field.offered}
    qtbot.keyClick(field, Qt.Key.Key_Down)
    wanted = field.offered[0].tag
    assert field.popup is not None
    assert not field.popup.grab().isNull()
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert caption(studio, "1") == f"zor, hat, red, cap, {wanted}"
    qtbot.keyClicks(field, "zzz")
    assert field.offered == []
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_a_click_takes_what_is_offered(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    field = panel.chips.field
    panel.start()
    qtbot.keyClicks(field, "ca")
    popup = field.popup
    assert popup is not None
    qtbot.mouseClick(popup.viewport(), LEFT, pos=popup.visualRect(popup.model().index(0, 0)).center())
    assert caption(studio, "1") == "zor, hat, red, cap"


def test_keys_walk_through_the_chips(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    chips = panel.chips
    panel.start()
    qtbot.keyClick(chips.field, Qt.Key.Key_Backspace)
    assert chips.current == 2
    assert chips.hasFocus()
    qtbot.keyClick(chips, Qt.Key.Key_Home)
    qtbot.keyClick(chips, Qt.Key.Key_Right, CTRL)
    assert caption(studio, "1") == "hat, zor, red"
    qtbot.waitUntil(lambda: shown(chips) == ["hat", "zor", "red"])
    assert chips.current == 1
    qtbot.keyClick(chips, Qt.Key.Key_Left, CTRL)
    qtbot.waitUntil(lambda: shown(chips) == ["zor", "hat", "red"])
    qtbot.keyClick(chips, Qt.Key.Key_Right)
    qtbot.keyClick(chips, Qt.Key.Key_Delete)
    assert caption(studio, "1") == "zor, red"
    qtbot.waitUntil(lambda: len(chips.chips) == 2)
    qtbot.keyClick(chips, Qt.Key.Key_F2)
    assert chips.field.text() == "red"
    qtbot.keyClicks(chips.field, "blue")
    qtbot.keyClick(chips.field, Qt.Key.Key_Return)
    assert caption(studio, "1") == "zor, blue"
    qtbot.keyClick(chips, Qt.Key.Key_End)
    qtbot.keyClick(chips, Qt.Key.Key_Right)
    qtbot.waitUntil(chips.field.hasFocus)
    qtbot.keyClick(chips.field, Qt.Key.Key_Left)
    qtbot.keyClicks(chips, "x")
    assert chips.field.text() == "x"


def test_rewriting_can_be_given_up(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    chips = panel.chips
    qtbot.mouseDClick(chips, LEFT, pos=chips.box(1).center() - QPoint(8, 0))
    assert chips.field.text() == "hat"
    qtbot.keyClicks(chips.field, "other")
    qtbot.keyClick(chips.field, Qt.Key.Key_Escape)
    if chips.field.text():
        qtbot.keyClick(chips.field, Qt.Key.Key_Escape)
    assert caption(studio, "1") == "zor, hat, red"
    assert chips.field.text() == ""


def test_a_chip_is_taken_out_and_moved_by_mouse(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    chips = panel.chips
    click(qtbot, chips, 1, close=True)
    assert caption(studio, "1") == "zor, red"
    chips.moved.emit(0, 2)
    assert caption(studio, "1") == "red, zor"


def test_tags_are_dropped_between_chips(panel: CaptionPanel, studio: Studio) -> None:
    chips = panel.chips
    data: QMimeData = tags_data(["cap", "hat"])
    place = QPointF(chips.box(1).left() + 2, 10)
    entering = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, LEFT, PLAIN)
    QApplication.sendEvent(chips, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(chips, QDropEvent(place, Qt.DropAction.CopyAction, data, LEFT, PLAIN))
    assert caption(studio, "1") == "zor, hat, red, cap"


def test_several_pictures_have_mixed_tags(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.dataset.select(["1.png", "2.png", "3.png"])
    chips = panel.chips
    qtbot.waitUntil(lambda: shown(chips) == ["zor", "hat 2 of 3", "red 1 of 3", "cap 1 of 3"])
    assert "Tags of 3 pictures" in [label.text() for label in panel.findChildren(QLabel)]
    click(qtbot, chips, 1)
    assert [caption(studio, name) for name in "123"] == ["zor, hat, red", "zor, hat", "cap, zor, hat"]
    qtbot.waitUntil(lambda: shown(chips)[1] == "hat")
    click(qtbot, chips, 0, close=True)
    assert [caption(studio, name) for name in "123"] == ["hat, red", "hat", "cap, hat"]
    studio.dataset.undo()
    assert caption(studio, "2") == "zor, hat"
    chips.edit(0)
    qtbot.keyClicks(chips.field, "toy")
    qtbot.keyClick(chips.field, Qt.Key.Key_Return)
    assert [caption(studio, name) for name in "123"] == ["toy, hat, red", "toy, hat", "cap, toy, hat"]
    panel.choose_style("prose")
    assert panel.editor.toPlainText() == "toy, hat, red"


def test_many_pictures_are_asked_of_the_index(
    panel: CaptionPanel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loraferry.viewmodels.tag_edits.LOOKED_AT", 2)
    studio.dataset.select(["1.png", "2.png", "3.png"])
    qtbot.waitUntil(lambda: shown(panel.chips) == ["zor", "hat 2 of 3", "red 1 of 3", "cap 1 of 3"])


def test_the_cut_is_shown(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.dataset.type_caption(", ".join(f"cat{number}" for number in range(40)))
    studio.dataset.save_caption()
    qtbot.waitUntil(lambda: len(panel.chips.chips) == 40)
    read = [chip.text for chip in panel.chips.chips if not chip.unread]
    # "cat", a figure or two, a comma: 3 tokens for each of the first ten, 4 for the others.
    assert 15 < len(read) < 30
    assert not panel.grab().isNull()
    panel.choose_style("prose")
    (faded,) = panel.editor.extraSelections()
    assert faded.cursor.selectionEnd() == len(panel.editor.toPlainText())
    assert faded.cursor.selectionStart() > 100
    panel.editor.selectAll()
    qtbot.keyClicks(panel.editor, "short")
    assert panel.editor.extraSelections() == []
    assert "1 / 75" in [label.text() for label in panel.findChildren(QLabel)]


def test_the_trigger_counts_where_it_will_be_added(panel: CaptionPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.words.set_words("zor", "toy")
    studio.dataset.select(["1.png"])
    length = next(label for label in panel.findChildren(QLabel) if "/ 75" in label.text())
    qtbot.waitUntil(lambda: length.text() == f"{count_tokens('zor, hat, red')} / 75")
    studio.words.set_words("sks", "toy")
    qtbot.waitUntil(lambda: length.text() == f"{count_tokens('sks, zor, hat, red')} / 75")


def test_nobody_is_interrupted_by_a_caption_that_turns_into_tags(
    panel: CaptionPanel, studio: Studio, qtbot: QtBot
) -> None:
    studio.dataset.select(["4.png"])
    panel.start()
    qtbot.waitUntil(panel.editor.hasFocus)
    panel.editor.selectAll()
    qtbot.keyClicks(panel.editor, "hat, red")
    studio.dataset.save_caption()
    panel.refresh()
    assert panel.style_shown == "prose"
    studio.dataset.select(["1.png"])
    assert panel.style_shown == "tags"
    qtbot.waitUntil(panel.chips.field.hasFocus)


def test_counts_are_short() -> None:
    from loraferry.library.tag_book import Suggestion

    assert [count_text(Suggestion("x", own, count)) for own, count in ((0, 0), (12, 9), (0, 950), (0, 4_321_000))] == [
        "", "12", "950", "4.32 M",
    ]  # fmt: skip
