"""The query bar and the statistics as a person uses them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from loraferry.library.edits import judged
from loraferry.texts.languages import Languages
from loraferry.viewmodels.dataset_statistics import DatasetStatistics
from loraferry.views.dataset.query_bar import QueryBar
from loraferry.views.dataset.statistics import StatisticsPanel
from loraferry.views.theme import Theme
from loraferry.views.widgets.bars import Bar, BarColumns, BarRows, Bars
from tests.fakes.prompter import FakePrompter
from tests.unit.desktop.viewmodels.test_dataset_filter import Room


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, dressed: Theme, english: Languages) -> Iterator[Room]:
    made = Room(tmp_path, qtbot)
    made.open()
    yield made
    made.hub.close()


def shown(qtbot: QtBot, widget: QWidget, width: int = 800, height: int = 600) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


@pytest.fixture
def prompter() -> FakePrompter:
    return FakePrompter()


@pytest.fixture
def bar(qtbot: QtBot, room: Room, prompter: FakePrompter) -> QueryBar:
    made = QueryBar(room.filter, prompter)
    shown(qtbot, made, height=120)
    return made


def chips(bar: QueryBar) -> list[QToolButton]:
    """In their order; those that were taken out are hidden until they are deleted."""
    return [chip for chip in bar.findChildren(QToolButton, "chip") if not chip.isHidden()]


def words(bar: QueryBar) -> list[str]:
    return [chip.text() for chip in chips(bar)]


def press(widget: QWidget, key: Qt.Key, qtbot: QtBot) -> None:
    qtbot.keyClick(widget, key)


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_typing_searches_and_shows_how_much_there_is(bar: QueryBar, room: Room, qtbot: QtBot) -> None:
    assert bar.count.text() == "5 pictures"
    qtbot.keyClicks(bar.field, "hat -smile")
    assert room.seen == "5"
    assert bar.count.text() == "1 of 5 shown"
    press(bar.field, Qt.Key.Key_Escape, qtbot)
    if bar.field.text():  # the first Esc has closed the popup
        press(bar.field, Qt.Key.Key_Escape, qtbot)
    assert bar.field.text() == ""
    assert room.seen == "12345"


def test_every_term_is_a_chip_and_a_click_takes_it_out(bar: QueryBar, room: Room, qtbot: QtBot) -> None:
    room.ask("tag:long_hair -hat stars<3")
    assert words(bar) == ["tag long hair", "not “hat”", "stars < 3"]
    qtbot.mouseClick(chips(bar)[1], Qt.MouseButton.LeftButton)
    assert room.filter.text == "tag:long_hair stars<3"
    assert bar.field.text() == room.filter.text
    assert words(bar) == ["tag long hair", "stars < 3"]
    room.ask("")
    assert words(bar) == []


def test_a_preview_is_a_chip_too(bar: QueryBar, room: Room, qtbot: QtBot) -> None:
    room.filter.limit(["1.png"], "Would be rejected & gone")
    assert words(bar) == ["Would be rejected && gone"]
    qtbot.mouseClick(chips(bar)[0], Qt.MouseButton.LeftButton)
    assert room.seen == "12345"


def test_a_chip_is_never_endless(bar: QueryBar, room: Room) -> None:
    room.ask(f"<b>{'x' * 300}")
    (chip,) = chips(bar)
    assert len(chip.text()) < 50
    assert "<b>" not in chip.toolTip()


def test_chips_go_on_in_the_next_line(bar: QueryBar, room: Room, qtbot: QtBot) -> None:
    bar.resize(300, 300)
    room.ask("tag:long_hair -hat stars<3 size>100 size<900")

    def two_lines() -> bool:
        lines = {chip.y() for chip in chips(bar)}
        return len(lines) > 1 and all(chip.geometry().right() <= chip.parentWidget().width() for chip in chips(bar))

    qtbot.waitUntil(two_lines, timeout=20_000)


def test_an_unfinished_word_is_no_mistake_until_one_is_done(bar: QueryBar, room: Room, qtbot: QtBot) -> None:
    bar.field.setFocus()
    qtbot.keyClicks(bar.field, "hat is:ke")
    assert not bar.error.isVisible()
    assert room.seen == "25"
    bar.field.finished.emit()
    assert "“ke” is nothing that a picture can be" in bar.error.text()
    assert bar.error.isVisible()
    qtbot.keyClicks(bar.field, "ep")
    assert not bar.error.isVisible()


def test_what_is_wrong_is_underlined(bar: QueryBar, room: Room) -> None:
    bar.field.clearFocus()
    room.ask("hat is:kept")
    marked = picture(bar.field)
    bar.field.mark([])
    assert picture(bar.field) != marked
    assert bar.field.text() == "hat is:kept"


def test_letters_under_composition_are_left_alone(bar: QueryBar, room: Room) -> None:
    bar.field.setFocus()
    QApplication.sendEvent(bar.field, QInputMethodEvent("mao", []))
    composed = picture(bar.field)
    room.filter.changed.emit()
    assert picture(bar.field) == composed
    done = QInputMethodEvent("", [])
    done.setCommitString("猫")
    QApplication.sendEvent(bar.field, done)
    assert bar.field.text() == "猫"


def test_completions_are_offered_and_taken(bar: QueryBar, room: Room, qtbot: QtBot) -> None:
    bar.field.setFocus()
    qtbot.keyClicks(bar.field, "-smi")
    assert [found.insert for found in bar.field.offered] == ["tag:smile "]
    popup = bar.field._popup
    popup.grab()
    press(popup, Qt.Key.Key_Down, qtbot)
    press(popup, Qt.Key.Key_Return, qtbot)
    assert bar.field.text() == "-tag:smile "
    assert room.seen == "345"
    assert bar.field.offered == []
    qtbot.keyClicks(bar.field, "zzz")
    assert bar.field.offered == []


def test_all_kinds_of_completions_can_be_seen(bar: QueryBar, qtbot: QtBot) -> None:
    bar.field.setFocus()
    for text in ("ta", "is:k", "s"):
        bar.field.setText(text)
        press(bar.field, Qt.Key.Key_Down, qtbot)
        assert bar.field.offered
        bar.field._popup.grab()
    bar.field._popup.hide()


def test_filters_are_saved_used_and_deleted(bar: QueryBar, room: Room, prompter: FakePrompter) -> None:
    def menu() -> dict[str, object]:
        bar.saved.fill()
        found = bar.saved.menu()
        return {action.text(): action for action in found.actions() if action.text()}

    assert not menu()["Save this filter…"].isEnabled()  # type: ignore[attr-defined]
    room.ask("hat")
    prompter.answers = ["Hats & more", None]
    menu()["Save this filter…"].trigger()  # type: ignore[attr-defined]
    assert room.filter.saved == (("Hats & more", "hat"),)
    menu()["Save this filter…"].trigger()  # type: ignore[attr-defined]
    assert len(room.filter.saved) == 1
    room.ask("")
    menu()["Hats && more"].trigger()  # type: ignore[attr-defined]
    assert room.seen == "25"
    assert menu()["Hats && more"].isChecked()  # type: ignore[attr-defined]
    deleting = menu()["Delete a filter"].menu()  # type: ignore[attr-defined]
    deleting.actions()[0].trigger()
    assert room.filter.saved == ()


def test_sorting(bar: QueryBar, room: Room) -> None:
    assert bar.order.text() == "Name ↑"
    bar.order.descending.trigger()
    assert (bar.order.text(), room.seen) == ("Name ↓", "54321")
    bar.order.actions_by_key["stars"].trigger()
    assert bar.order.text() == "Stars ↓"
    bar.order.shuffle.trigger()
    assert room.filter.order.key == "random"
    bar.order.again.trigger()
    bar.order.actions_by_key["name"].trigger()
    bar.order.ascending.trigger()
    assert room.seen == "12345"


def test_the_key_for_finding_goes_to_the_field(bar: QueryBar, qtbot: QtBot) -> None:
    bar.order.setFocus()
    bar.activateWindow()
    bar._seek()
    assert bar.window().focusWidget() is bar.field


def test_words_and_colours_follow(bar: QueryBar, room: Room, dressed: Theme) -> None:
    room.ask("hat")
    light = picture(bar)
    dressed.apply("dark")
    assert picture(bar) != light
    QApplication.sendEvent(bar, QEvent(QEvent.Type.LanguageChange))
    assert words(bar) == ["“hat”"]


# --- statistics


@pytest.fixture
def panel(qtbot: QtBot, room: Room) -> StatisticsPanel:
    made = StatisticsPanel(DatasetStatistics(room.filter, room.tasks))
    shown(qtbot, made, 380, 800)
    return made


def settle(room: Room, panel: StatisticsPanel) -> None:
    room.qtbot.waitUntil(lambda: not (room.filter.busy or panel._model.busy), timeout=20_000)


def labels(bars: Bars) -> dict[str, int]:
    return {bar.label: bar.count for bar in bars.bars if bar.count}


def click(bars: Bars, label: str, qtbot: QtBot) -> None:
    index = [bar.label for bar in bars.bars].index(label)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.place_of(index).center().toPoint())


def test_the_numbers_of_the_set(panel: StatisticsPanel, room: Room) -> None:
    settle(room, panel)
    assert panel.summary.text() == "5 pictures"
    assert labels(panel.tags) == {"hat": 2, "long hair": 2, "smile": 2}
    assert labels(panel.lengths) == {"0": 1, "1": 4}
    assert "1 of 5 pictures have no caption." in [label.text() for label in panel.hints.findChildren(QWidget, "strong")]  # type: ignore[attr-defined]


def test_a_click_on_a_bar_filters(panel: StatisticsPanel, room: Room, qtbot: QtBot) -> None:
    settle(room, panel)
    click(panel.tags, "hat", qtbot)
    settle(room, panel)
    assert room.seen == "25"
    assert labels(panel.beside) == {"long hair": 1, "smile": 1}
    assert panel.beside.isVisible()
    click(panel.beside, "smile", qtbot)
    assert room.seen == "2"
    click(panel.tags, "hat", qtbot)
    settle(room, panel)
    assert room.seen == "12"
    assert not panel.beside.isVisible()
    room.ask("")
    click(panel.lengths, "0", qtbot)
    settle(room, panel)
    assert room.seen == "4"
    click(panel.lengths, "76", qtbot)
    assert room.seen == "4"


def test_a_hint_shows_its_pictures(panel: StatisticsPanel, room: Room, qtbot: QtBot) -> None:
    settle(room, panel)
    (show,) = [button for button in panel.hints.findChildren(QToolButton) if button.isVisible()]
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    settle(room, panel)
    assert room.seen == "4"


def test_only_what_is_shown_may_be_counted(panel: StatisticsPanel, room: Room) -> None:
    room.ask("hat")
    panel.scope.chosen.emit("shown")
    settle(room, panel)
    assert panel.summary.text() == "2 pictures"
    panel.scope.chosen.emit("approved")
    settle(room, panel)
    assert panel.summary.text() == "5 pictures"


def test_nothing_is_counted_out_of_sight(panel: StatisticsPanel, room: Room) -> None:
    settle(room, panel)
    panel.hide()
    room.hub.apply(judged(["1.png"], "reject"))
    settle(room, panel)
    assert panel.summary.text() == "5 pictures"
    panel.show()
    settle(room, panel)
    assert panel.summary.text() == "4 pictures"


def test_the_panel_follows_words_and_colours(panel: StatisticsPanel, room: Room, dressed: Theme) -> None:
    settle(room, panel)
    room.measure(**{"1": 400, "2": 30, "3": 900})
    settle(room, panel)
    light = picture(panel)
    dressed.apply("dark")
    assert picture(panel) != light
    QApplication.sendEvent(panel, QEvent(QEvent.Type.LanguageChange))
    assert labels(panel.sides) == {"<256": 3}


# --- bars


@pytest.mark.parametrize("kind", [BarColumns, BarRows])
def test_bars_by_pointer_and_by_key(kind: type[Bars], qtbot: QtBot, dressed: Theme) -> None:
    bars = kind()
    told: list[str] = []
    bars.chosen.connect(told.append)
    shown(qtbot, bars, 300, 120)
    assert bars.place_of(0).height() > 0
    press(bars, Qt.Key.Key_Return, qtbot)
    bars.show_bars([Bar("a", "A", 3), Bar("b", "B", 0), Bar("c", "<b>C</b>", 1234, "a note", warn=True)], ["a"])
    bars.resize(300, max(120, bars.sizeHint().height()))
    press(bars, Qt.Key.Key_Right, qtbot)
    press(bars, Qt.Key.Key_Space, qtbot)
    assert told == []
    press(bars, Qt.Key.Key_Down, qtbot)
    press(bars, Qt.Key.Key_Down, qtbot)
    press(bars, Qt.Key.Key_Return, qtbot)
    press(bars, Qt.Key.Key_Left, qtbot)
    press(bars, Qt.Key.Key_Up, qtbot)
    press(bars, Qt.Key.Key_Space, qtbot)
    assert told == ["c", "a"]
    plain = picture(bars)
    qtbot.mouseMove(bars, bars.place_of(2).center().toPoint())
    qtbot.waitUntil(lambda: picture(bars) != plain)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.place_of(2).center().toPoint())
    qtbot.mouseClick(bars, Qt.MouseButton.RightButton, pos=QPoint(2, 2))
    assert told == ["c", "a", "c"]
    assert bars.accessibleDescription() == "A: 3; B: 0; <b>C</b>: 1,234"
    assert bars.minimumSizeHint() != QSize()


def test_a_search_that_finds_nothing_says_so(bar: QueryBar, room: Room) -> None:
    assert not bar.nothing.isVisible()
    room.ask("unheard of")
    assert bar.nothing.isVisible()
    assert bar.count.text() == "0 of 5 shown"
    room.ask("")
    assert not bar.nothing.isVisible()
