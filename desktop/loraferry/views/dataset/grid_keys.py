"""What the keys do in the grid."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from loraferry.library.fields import MAX_STARS, Verdict
from loraferry.views.dataset.choosing import clicked

if TYPE_CHECKING:
    from loraferry.views.dataset.grid import PictureGrid

Key, Modifier = Qt.Key, Qt.KeyboardModifier

VERDICTS: dict[int, Verdict] = {
    Key.Key_K: "keep",
    Key.Key_X: "reject",
    Key.Key_Delete: "reject",
    Key.Key_Backspace: "reject",
    Key.Key_U: "unsure",
}
_STEPS = {
    Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End, Key.Key_PageUp, Key.Key_PageDown,
}  # fmt: skip


def stars_of(key: int) -> int | None:
    """The stars that a figure stands for: 1 to 5, 0 to take them away; None for any other key."""
    return key - Key.Key_0 if Key.Key_0 <= key <= Key.Key_0 + MAX_STARS else None


def is_plain(event: QKeyEvent) -> bool:
    """Whether neither Ctrl nor Shift nor Alt is held."""
    return event.modifiers() in (Modifier.NoModifier, Modifier.KeypadModifier)


def judged_by(key: int, judge: Callable[[Verdict], None], rate: Callable[[int], None]) -> bool:
    """Give the verdict or the stars that a key stands for; whether it stands for any."""
    stars = stars_of(key)
    if key in VERDICTS:
        judge(VERDICTS[key])
    elif stars is not None:
        rate(stars)
    else:
        return False
    return True


def pressed(grid: "PictureGrid", event: QKeyEvent) -> bool:
    """Do what a key means; whether it means anything."""
    key = event.key()
    if key in _STEPS and not event.modifiers() & Modifier.AltModifier:
        # With Ctrl, up and down are the page's: on to the next picture while typing.
        if event.modifiers() == Modifier.ControlModifier and key in (Key.Key_Up, Key.Key_Down):
            return False
        return _step(grid, key, extend=bool(event.modifiers() & Modifier.ShiftModifier))
    if event.matches(QKeySequence.StandardKey.SelectAll):
        grid.select_all()
        return True
    return is_plain(event) and (_judge(grid, key) or _go(grid, key))


def _judge(grid: "PictureGrid", key: int) -> bool:
    if not judged_by(key, grid.model.toggle, grid.model.give_stars):
        return False
    if grid.look.moves_on and len(grid.choice.rows) == 1:
        grid.model.step(1)
    return True


def _go(grid: "PictureGrid", key: int) -> bool:
    if key in (Key.Key_Return, Key.Key_Enter):
        grid.viewer_requested.emit()
    elif key == Key.Key_F2:
        grid.edit_requested.emit()
    elif key == Key.Key_C:
        grid.compare_requested.emit()
    elif key in (Key.Key_Plus, Key.Key_Equal):
        grid.look.enlarge(1)
    elif key == Key.Key_Minus:
        grid.look.enlarge(-1)
    elif key == Key.Key_T:
        grid.look.show_captions(not grid.look.captions)
    else:
        return False
    return True


def _step(grid: "PictureGrid", key: int, *, extend: bool) -> bool:
    count = len(grid.rows)
    if not count:
        return False
    row = _reached(grid, key, count)
    column = grid.column
    grid.choose(clicked(grid.choice, row, extend=extend))
    grid.column = column if key in (Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown) else None
    grid.show_row(row)
    return True


def _reached(grid: "PictureGrid", key: int, count: int) -> int:
    current = min(max(grid.choice.current, 0), count - 1)
    if grid.choice.current < 0 or key == Key.Key_Home:
        return 0
    if key == Key.Key_End:
        return count - 1
    if key in (Key.Key_Left, Key.Key_Right):
        return min(max(current + (1 if key == Key.Key_Right else -1), 0), count - 1)
    if grid.column is None:
        cell = grid.rows.cell(current)
        grid.column = cell.left + cell.width / 2
    page = max(1, grid.viewport().height() // grid.look.height - 1)
    rows = {Key.Key_Up: -1, Key.Key_Down: 1, Key.Key_PageUp: -page, Key.Key_PageDown: page}[Key(key)]
    return grid.rows.vertical_neighbour(current, rows, grid.column)
