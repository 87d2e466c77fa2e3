"""The command palette: type a few letters of what is to be done, press Enter."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from loraferry.views.commands.catalogue import Command
from loraferry.views.commands.matching import Match, best
from loraferry.views.commands.registry import Commands, native
from loraferry.views.commands.veil import Veil
from loraferry.views.icons import pixmap
from loraferry.views.pages import PAGES
from loraferry.views.theme import tokens_now

WIDTH = 600
ROW = 38
ROWS = 10
"""Shown at once."""
_COMMAND, _PLACES, _USABLE = (Qt.ItemDataRole.UserRole + number for number in range(3))


@dataclass(frozen=True)
class Hit:
    """An action that was found."""

    command: Command
    match: Match
    usable: bool


def find(commands: Commands, query: str) -> list[Hit]:
    """The actions that fit, the best first; with nothing typed all of them, those used last first.

    The English title, the page and the identity count, too. What cannot be done now comes last.
    """
    hits = []
    titles = {page.id: page.label() for page in PAGES}
    for order, command in enumerate(commands.all):
        found = best(query, (command.label(), f"{titles.get(command.page, '')} {command.label()}", command.title))
        if found is None:
            continue
        which, match = found
        shown = match if which == 0 else Match(match.score)
        hits.append((Hit(command, shown, commands.is_enabled(command.id)), order))
    recent = {used: place for place, used in enumerate(commands.recent)}
    late = len(recent)
    hits.sort(key=lambda h: (not h[0].usable, -h[0].match.score if query else recent.get(h[0].command.id, late), h[1]))
    return [hit for hit, _ in hits]


class CommandPalette(Veil):
    """The field and what it finds."""

    def __init__(self, window: QWidget, commands: Commands) -> None:
        card = QFrame()
        super().__init__(window, card, commands.action("window.palette"))
        self.setObjectName("commandPalette")
        self._commands = commands
        card.setObjectName("palette")
        self._field = QLineEdit()
        self._field.setObjectName("paletteField")
        self._field.textChanged.connect(self._find)
        self._field.installEventFilter(self)
        card.setFocusProxy(self._field)
        self._rows = QStandardItemModel(self)
        self._list = QListView()
        self._list.setObjectName("paletteList")
        self._list.setModel(self._rows)
        self._list.setItemDelegate(_Row(commands, self._list))
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._list.entered.connect(self._list.setCurrentIndex)
        self._list.clicked.connect(self._run)
        self._nothing = QLabel()
        self._nothing.setObjectName("muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setFixedHeight(ROW * 2)
        column = QVBoxLayout(card)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for part in (self._field, self._list, self._nothing):
            column.addWidget(part)
        self.retranslate()

    def open(self) -> None:
        """Begin with an empty field."""
        self._field.clear()
        self._find("")
        super().open()

    @property
    def found(self) -> list[str]:
        """The ids of the actions that are listed."""
        return [self._rows.item(row).data(_COMMAND) for row in range(self._rows.rowCount())]

    def place(self) -> None:
        """Above the middle, as high as the list needs and the window allows."""
        rows = min(max(self._rows.rowCount(), 2), ROWS)
        chrome = self._field.sizeHint().height() + 24
        height = min(chrome + ROW * rows + 2, self.height() - 24)
        width = min(WIDTH, self.width() - 24)
        self.card.setGeometry((self.width() - width) // 2, max(12, (self.height() - height) // 5), width, height)

    def retranslate(self) -> None:
        """Words in the language of now."""
        self._field.setPlaceholderText(self.tr("What do you want to do?"))
        self._field.setAccessibleName(self.tr("Find an action"))
        self._list.setAccessibleName(self.tr("Actions"))
        self._nothing.setText(self.tr("No action is called like that."))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _find(self, query: str) -> None:
        self._rows.clear()
        hits = find(self._commands, query)
        for hit in hits:
            item = QStandardItem(hit.command.label())
            item.setData(hit.command.id, _COMMAND)
            item.setData(hit.match.places, _PLACES)
            item.setData(hit.usable, _USABLE)
            keys = ", ".join(native(key) for key in self._commands.keys(hit.command.id))
            item.setData(" ".join(filter(None, (hit.command.label(), keys))), Qt.ItemDataRole.AccessibleTextRole)
            self._rows.appendRow(item)
        self._list.setCurrentIndex(self._rows.index(0, 0))
        self._list.setVisible(bool(hits))
        self._nothing.setVisible(not hits)
        if self.isVisible():
            self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(event)
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        """Keys that work on the list while the field has the focus."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}
        key = Qt.Key(event.key())
        if key in steps:
            self._step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self._list.currentIndex())
        elif event.modifiers() != Qt.KeyboardModifier.NoModifier and self.closes(event):
            self.leave()
        else:
            return False
        return True

    def _step(self, by: int) -> None:
        count = self._rows.rowCount()
        if count:
            row = self._list.currentIndex().row() + by
            # One step past an end goes round; a page stops there.
            row = row % count if abs(by) == 1 else min(max(row, 0), count - 1)
            self._list.setCurrentIndex(self._rows.index(row, 0))

    def _run(self, index: QModelIndex) -> None:
        if index.isValid() and index.data(_USABLE):
            self.leave()
            self._commands.run(index.data(_COMMAND))


class _Row(QStyledItemDelegate):
    """Sign, name with the letters that were found, page, keys."""

    def __init__(self, commands: Commands, parent: QObject) -> None:
        super().__init__(parent)
        self._commands = commands

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = tokens_now()
        command = self._commands.command(index.data(_COMMAND))
        usable = index.data(_USABLE)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        colour = tokens.text if usable else tokens.disabled
        if command.icon:
            ratio = painter.device().devicePixelRatioF()
            sign = pixmap(command.icon, 18, tokens.muted if usable else tokens.disabled, ratio)
            painter.drawPixmap(rect.left() + 12, rect.center().y() - 8, sign)
        right = _draw_keys(painter, rect, self._commands.keys(command.id), usable)
        page = next((page.label() for page in PAGES if page.id == command.page), "")
        if page:
            painter.setPen(QColor(tokens.muted if usable else tokens.disabled))
            width = painter.fontMetrics().horizontalAdvance(page)
            right -= width + 12
            painter.drawText(QRect(right, rect.top(), width + 2, rect.height()), Qt.AlignmentFlag.AlignVCenter, page)
        room = QRect(rect.left() + 42, rect.top(), right - rect.left() - 54, rect.height())
        _draw_name(painter, room, command.label(), set(index.data(_PLACES) or ()), colour)
        painter.restore()


def _draw_name(painter: QPainter, room: QRect, name: str, places: set[int], colour: str) -> None:
    """The name, the letters that were found in bold and in the accent's colour."""
    plain, bold = painter.font(), painter.font()
    bold.setBold(True)
    x = room.left()
    for place, letter in enumerate(name):
        hit = place in places
        painter.setFont(bold if hit else plain)
        painter.setPen(QColor(tokens_now().accent if hit and colour == tokens_now().text else colour))
        width = painter.fontMetrics().horizontalAdvance(letter)
        if x + width > room.right():
            painter.drawText(QRect(x, room.top(), 20, room.height()), Qt.AlignmentFlag.AlignVCenter, "…")
            break
        painter.drawText(QRect(x, room.top(), width + 4, room.height()), Qt.AlignmentFlag.AlignVCenter, letter)
        x += width
    painter.setFont(plain)


def _draw_keys(painter: QPainter, rect: QRect, keys: tuple[str, ...], usable: bool) -> int:
    """The first of the keys at the right, as a key; where it begins."""
    if not keys:
        return rect.right() - 4
    tokens = tokens_now()
    text = native(keys[0])
    width = painter.fontMetrics().horizontalAdvance(text) + 14
    box = QRect(rect.right() - width - 8, rect.center().y() - 10, width, 22)
    painter.setPen(QPen(QColor(tokens.border), 1))
    painter.setBrush(QColor(tokens.window))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(tokens.text if usable else tokens.disabled))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return box.left()
