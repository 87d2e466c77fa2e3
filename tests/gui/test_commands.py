"""Actions: found by a few letters, done by their keys, given other keys, and listed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loraferry.app import App
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.commands.catalogue import COMMANDS, FIXED, Command
from loraferry.views.commands.matching import best, match
from loraferry.views.commands.overlay import ShortcutOverlay
from loraferry.views.commands.palette import CommandPalette
from loraferry.views.commands.rebinding import RebindingDialog
from loraferry.views.commands.registry import Binding, Commands
from loraferry.views.commands.shortcuts import always, conflicts, keys_now, rebound
from loraferry.views.theme import Theme

FEW = (
    Command("window.palette", "Find", ("Ctrl+K",)),
    Command("window.shortcuts", "List", ("?",)),
    Command("everywhere", "Everywhere", ("Ctrl+E",)),
    Command("a.save", "Save", ("Ctrl+S", "F2"), page="a"),
    Command("a.send", "Send", ("F3",), page="a"),
    Command("b.save", "Save there", ("Ctrl+S",), page="b"),
)


# --- finding


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "Undo"),
        ("und", "Undo"),
        ("ofo", "Open a folder…"),
        ("folder open", "Open a folder…"),
        ("FOLDER", "Open a folder…"),
        ("图片", "打开图片文件夹"),
        ("打夹", "打开图片文件夹"),
        ("ß", "Straße"),
    ],
)
def test_letters_in_order_are_found(query: str, text: str) -> None:
    assert match(query, text) is not None


@pytest.mark.parametrize(("query", "text"), [("x", "Undo"), ("nu", "Undo"), ("undo twice", "Undo"), ("z", "")])
def test_others_are_not(query: str, text: str) -> None:
    assert match(query, text) is None


def test_the_letters_that_were_found_are_told() -> None:
    found = match("ofo", "Open a folder…")
    assert found is not None
    assert [("Open a folder…")[place] for place in found.places] == ["O", "f", "o"]
    assert found.places == (0, 7, 8)


def test_a_start_counts_more_than_a_middle_and_a_piece_more_than_single_letters() -> None:
    def order(query: str, *texts: str) -> list[str]:
        return sorted(texts, key=lambda text: -(match(query, text) or pytest.fail(text)).score)

    assert order("re", "Compare", "Redo")[0] == "Redo"
    assert order("undo", "Run on and down or", "Undo")[0] == "Undo"
    assert order("st", "Last", "All stars", "Stars")[0] == "Stars"
    assert order("keep", "Keep these", "Keep")[0] == "Keep"


def test_the_best_of_several_texts_counts() -> None:
    found = best("train", ("Trainieren", "Plan Trainieren", "Train"))
    assert found is not None
    assert found[0] == 0
    assert best("xyz", ("a", "b")) is None


# --- keys


def test_ids_are_unique_and_no_two_actions_are_at_odds_at_first() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(set(ids)) == len(ids)
    now = keys_now(COMMANDS, {})
    for command in COMMANDS:
        assert conflicts(COMMANDS, now, command.id, command.keys) == {}, command.id
        assert not any(always(command, key) for key in command.keys), command.id


def test_every_sequence_of_the_catalogue_is_one_that_qt_knows(qapp: QApplication) -> None:
    for keys in (*(command.keys for command in COMMANDS), *(fixed.keys for fixed in FIXED)):
        for key in keys:
            assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key


def test_keys_meet_on_one_page_and_with_the_window_but_not_across_pages() -> None:
    now = keys_now(FEW, {})
    assert conflicts(FEW, now, "a.send", ["Ctrl+S"]) == {"a.save": ["Ctrl+S"]}
    assert conflicts(FEW, now, "a.send", ["Ctrl+E", "F9"]) == {"everywhere": ["Ctrl+E"]}
    assert set(conflicts(FEW, now, "everywhere", ["Ctrl+S"])) == {"a.save", "b.save"}


def test_keys_are_taken_from_who_had_them_and_only_changes_are_kept() -> None:
    chosen = rebound(FEW, {}, "a.send", ("F2",))
    assert chosen == {"a.save": ("Ctrl+S",), "a.send": ("F2",)}
    chosen = rebound(FEW, chosen, "a.save", ("Ctrl+S", "F2"))
    assert chosen == {"a.send": ()}
    assert rebound(FEW, chosen, "a.send", ("F3",)) == {}


@pytest.fixture
def settings(tmp_path: Path) -> SettingsViewModel:
    return SettingsViewModel(tmp_path / "settings.json")


@pytest.fixture
def window(qtbot: QtBot, dressed: Theme) -> Iterator[QWidget]:
    window = QWidget()
    window.resize(900, 640)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.setFocus()
    yield window


def test_keys_of_a_page_work_while_it_is_shown_and_those_of_a_part_with_the_focus(
    qtbot: QtBot, window: QWidget, settings: SettingsViewModel
) -> None:
    done: list[str] = []
    page, field = QWidget(window), QLineEdit(window)
    part = QLineEdit(page)
    for widget in (page, field, part):
        widget.show()
    commands = Commands(window, FEW, settings)
    commands.bind({"everywhere": Binding(lambda: done.append("everywhere"))})
    own = {"a.save": Binding(lambda: done.append("save")), "a.send": Binding(lambda: done.append("send"), part)}
    commands.bind(own, page)
    field.setFocus()
    for keys in ("Ctrl+E", "Ctrl+S", "F3"):
        qtbot.keySequence(field, keys)
    assert done == ["everywhere", "save"]
    part.setFocus()
    qtbot.keySequence(part, "F3")
    page.hide()
    qtbot.keySequence(window, "Ctrl+S")
    assert done == ["everywhere", "save", "send"]


def test_what_a_page_does_not_know_cannot_be_done(window: QWidget, settings: SettingsViewModel) -> None:
    class Page(QWidget):
        def commands(self) -> dict[str, Binding]:
            return {"a.save": Binding(lambda: None)}

    commands = Commands(window, FEW, settings)
    assert commands.is_enabled("a.send")
    commands.bind_page("a", Page(window))
    commands.bind_page("b", QWidget(window))
    assert commands.is_enabled("a.save")
    assert not commands.is_enabled("a.send")
    assert not commands.is_enabled("b.save")
    commands.run("a.send")


def test_what_cannot_be_done_now_is_not_done(window: QWidget, settings: SettingsViewModel) -> None:
    done: list[str] = []
    can = [False]
    commands = Commands(window, FEW, settings)
    commands.bind({"everywhere": Binding(lambda: done.append("x"), enabled=lambda: can[0])})
    assert not commands.is_enabled("everywhere")
    commands.run("everywhere")
    assert done == []
    assert commands.recent == []
    can[0] = True
    commands.run("everywhere")
    assert done == ["x"]


def test_an_action_of_a_page_opens_it_first(window: QWidget, settings: SettingsViewModel) -> None:
    done: list[str] = []

    def open_page(page: str) -> None:
        done.append(f"open {page}")
        commands.bind({"a.save": Binding(lambda: done.append("save"))})

    commands = Commands(window, FEW, settings, open_page)
    commands.run("a.save")
    assert done == ["open a", "save"]


def test_other_keys_hold_at_once_and_the_next_time(qtbot: QtBot, window: QWidget, settings: SettingsViewModel) -> None:
    done: list[str] = []
    commands = Commands(window, FEW, settings)
    commands.bind({"everywhere": Binding(lambda: done.append("x"))})
    commands.rebind("everywhere", ("Ctrl+J",))
    qtbot.keySequence(window, "Ctrl+E")
    assert done == []
    qtbot.keySequence(window, "Ctrl+J")
    assert done == ["x"]
    again = Commands(window, FEW, settings)
    assert again.keys("everywhere") == ("Ctrl+J",)
    again.reset("everywhere")
    assert again.keys("everywhere") == ("Ctrl+E",)
    assert settings.value.shortcuts == {}


def test_settings_of_actions_that_are_gone_do_no_harm(window: QWidget, settings: SettingsViewModel) -> None:
    settings.update(shortcuts={"gone": ("F1",), "everywhere": ("nonsense??",)})
    commands = Commands(window, FEW, settings)
    assert commands.chosen == {"everywhere": ("nonsense??",)}
    commands.reset()
    assert commands.keys("everywhere") == ("Ctrl+E",)


# --- the palette


@pytest.fixture
def palette(window: QWidget, settings: SettingsViewModel) -> CommandPalette:
    commands = Commands(window, FEW, settings)
    done: list[str] = []
    window.setProperty("done", done)
    commands.bind(
        {
            "everywhere": Binding(lambda: done.append("everywhere")),
            "a.send": Binding(lambda: done.append("send"), enabled=lambda: False),
            "b.save": Binding(lambda: done.append("there")),
        }
    )
    window.commands = commands  # type: ignore[attr-defined]
    made = CommandPalette(window, commands)
    made.done = done  # type: ignore[attr-defined]
    return made


def field_of(palette: CommandPalette) -> QLineEdit:
    field = palette.findChild(QLineEdit, "paletteField")
    assert isinstance(field, QLineEdit)
    return field


def test_a_few_letters_and_enter_do_it_and_the_focus_goes_back(
    qtbot: QtBot, window: QWidget, palette: CommandPalette
) -> None:
    before = QLineEdit(window)
    before.show()
    before.setFocus()
    palette.open()
    assert palette.found == ["everywhere", "a.save", "b.save", "window.palette", "window.shortcuts", "a.send"]
    assert field_of(palette).hasFocus()
    qtbot.keyClicks(field_of(palette), "thr")
    assert palette.found == ["b.save"]
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Return)
    assert palette.done == ["there"]  # type: ignore[attr-defined]
    assert not palette.isVisible()
    assert before.hasFocus()


def test_arrows_choose_and_go_round(qtbot: QtBot, palette: CommandPalette) -> None:
    palette.open()
    found = palette.findChild(QListView, "paletteList")
    assert isinstance(found, QListView)
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Up)
    assert found.currentIndex().row() == 5
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Down)
    assert found.currentIndex().row() == 0
    qtbot.keyClick(field_of(palette), Qt.Key.Key_PageDown)
    assert found.currentIndex().row() == 5
    # The last one cannot be done now.
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Return)
    assert palette.isVisible()


def test_what_was_used_last_comes_first_and_nothing_is_said_to_be_nothing(
    qtbot: QtBot, palette: CommandPalette
) -> None:
    palette.open()
    qtbot.keyClicks(field_of(palette), "there")
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Return)
    palette.open()
    assert field_of(palette).text() == ""
    assert palette.found[0] == "b.save"
    qtbot.keyClicks(field_of(palette), "xyzzy")
    assert palette.found == []
    assert "No action is called like that." in [
        label.text() for label in palette.findChildren(QLabel) if label.isVisible()
    ]
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Return)
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_a_click_does_it_and_one_beside_closes(qtbot: QtBot, palette: CommandPalette) -> None:
    palette.open()
    found = palette.findChild(QListView, "paletteList")
    assert isinstance(found, QListView)
    place = found.visualRect(found.model().index(0, 0)).center()
    qtbot.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert palette.done == ["everywhere"]  # type: ignore[attr-defined]
    palette.open()
    qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.rect().bottomLeft())
    assert not palette.isVisible()


def test_its_keys_close_it_again_and_other_keys_of_the_window_rest(qtbot: QtBot, palette: CommandPalette) -> None:
    palette.open()
    qtbot.keyClick(field_of(palette), Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert palette.done == []  # type: ignore[attr-defined]
    qtbot.keyClick(field_of(palette), Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert not palette.isVisible()


def test_it_follows_the_window_and_stays_within_it(window: QWidget, palette: CommandPalette) -> None:
    palette.open()
    window.resize(500, 300)
    QApplication.processEvents()
    assert palette.size() == window.size()
    assert palette.rect().contains(palette.card.geometry())


def test_rows_are_large_enough_to_hit(palette: CommandPalette) -> None:
    palette.open()
    found = palette.findChild(QListView, "paletteList")
    assert isinstance(found, QListView)
    assert found.visualRect(found.model().index(0, 0)).height() >= 24


# --- the list of shortcuts, and changing them


def test_the_list_shows_this_page_first_and_follows_changed_keys(
    qtbot: QtBot, window: QWidget, settings: SettingsViewModel
) -> None:
    commands = Commands(window, COMMANDS, settings)
    commands.rebind("dataset.keep", ("J",))
    overlay = ShortcutOverlay(window, commands)
    overlay.open("dataset")
    shown = [label.text() for label in overlay.findChildren(QLabel)]
    assert shown[1] == "Dataset"
    assert "J" in shown
    assert "Everywhere" in shown
    assert "Go through the pictures" in shown
    qtbot.keyClick(overlay.card, Qt.Key.Key_Question)
    assert not overlay.isVisible()
    with qtbot.waitSignal(overlay.change_requested, timeout=2000):
        overlay.open("")
        button = overlay.findChild(QPushButton, "changeShortcuts")
        assert isinstance(button, QPushButton)
        button.click()
    assert not overlay.isVisible()


@pytest.fixture
def dialog(qtbot: QtBot, window: QWidget, settings: SettingsViewModel) -> RebindingDialog:
    made = RebindingDialog(Commands(window, FEW, settings))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def press(dialog: RebindingDialog, name: str) -> None:
    button = dialog.findChild(QAbstractButton, name)
    assert isinstance(button, QAbstractButton)
    button.click()


def message(dialog: RebindingDialog) -> str:
    label = dialog.findChild(QLabel, "rebindingMessage")
    assert isinstance(label, QLabel)
    return label.text()


def type_keys(qtbot: QtBot, dialog: RebindingDialog, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    field = dialog.findChild(QKeySequenceEdit)
    assert isinstance(field, QKeySequenceEdit)
    field.clear()
    field.setFocus()
    with qtbot.waitSignal(field.editingFinished, timeout=5000):
        qtbot.keyClick(field.focusProxy() or field, key, held)


def test_free_keys_are_taken_at_once(qtbot: QtBot, dialog: RebindingDialog, settings: SettingsViewModel) -> None:
    dialog.choose("a.send")
    type_keys(qtbot, dialog, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert settings.value.shortcuts == {"a.send": ("Ctrl+J",)}
    assert message(dialog).endswith("it is.")
    press(dialog, "firstKeys")
    assert settings.value.shortcuts == {}
    press(dialog, "noKeys")
    assert settings.value.shortcuts == {"a.send": ()}
    press(dialog, "allFirstKeys")
    assert settings.value.shortcuts == {}


def test_keys_of_another_are_taken_only_when_the_person_says_so(
    qtbot: QtBot, dialog: RebindingDialog, settings: SettingsViewModel
) -> None:
    dialog.choose("a.send")
    type_keys(qtbot, dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert settings.value.shortcuts == {}
    assert "Save" in message(dialog)
    press(dialog, "takeKeys")
    assert settings.value.shortcuts == {"a.save": ("F2",), "a.send": ("Ctrl+S",)}


def test_keys_that_are_always_the_same_are_refused(qtbot: QtBot, window: QWidget, settings: SettingsViewModel) -> None:
    dialog = RebindingDialog(Commands(window, COMMANDS, settings))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.choose("dataset.keep")
    type_keys(qtbot, dialog, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert "Select all" in message(dialog)
    assert settings.value.shortcuts == {}
    dialog.choose("plan.train")
    type_keys(qtbot, dialog, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert settings.value.shortcuts == {"plan.train": ("Ctrl+A",)}


def test_the_list_is_filtered_by_name_and_by_key(qtbot: QtBot, dialog: RebindingDialog) -> None:
    tree = dialog.findChild(QTreeWidget)
    field = dialog.findChild(QLineEdit, "rebindingFilter")
    assert isinstance(tree, QTreeWidget)
    assert isinstance(field, QLineEdit)

    def shown() -> list[str]:
        items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
        return [item.text(0) for item in items if item is not None and not item.isHidden()]

    qtbot.keyClicks(field, "save")
    assert shown() == ["Save", "Save there"]
    field.setText("F3")
    assert shown() == ["Send"]


# --- the whole window


def test_the_window_finds_and_does_actions_of_every_page(app: App, qtbot: QtBot) -> None:
    window = app.window
    window.activateWindow()
    qtbot.keySequence(window, "Ctrl+K")
    palette = window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    assert palette.isVisible()
    assert set(palette.found) == {command.id for command in COMMANDS}
    qtbot.keyClicks(field_of(palette), "expert")
    assert palette.found[0] == "plan.expert"
    qtbot.keyClick(field_of(palette), Qt.Key.Key_Return)
    assert app.services.settings.value.expert
    assert app.services.settings.value.page == "plan"
    window.commands.run("hosts.add")
    assert app.services.settings.value.page == "hosts"
    window.commands.run("window.theme.dark")
    assert app.services.settings.value.theme == "dark"
    window.commands.run("window.language.zh_CN")
    assert app.services.settings.value.language == "zh_CN"


def test_every_action_of_every_page_is_bound(app: App) -> None:
    for page in app.window.page_ids:
        app.window.page(page)
    unbound = [command.id for command in COMMANDS if command.id not in app.window.commands._bindings]
    assert unbound == []


def test_the_question_mark_lists_the_shortcuts_but_not_while_typing(app: App, qtbot: QtBot) -> None:
    window = app.window
    window.activateWindow()
    window.open_page("plan")
    field = next(field for field in window.page("plan").findChildren(QLineEdit) if field.isVisible())
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Question)
    assert window.findChild(ShortcutOverlay) is None
    field.clearFocus()
    qtbot.keyClick(window, Qt.Key.Key_Question)
    overlay = window.findChild(ShortcutOverlay)
    assert isinstance(overlay, ShortcutOverlay)
    assert overlay.isVisible()
    page = app.services.settings.value.page
    qtbot.keyClick(overlay.card, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert app.services.settings.value.page == page
    qtbot.keyClick(overlay.card, Qt.Key.Key_Question)
    assert not overlay.isVisible()
