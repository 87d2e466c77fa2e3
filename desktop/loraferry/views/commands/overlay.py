"""The list of shortcuts that lies over the window: what the keys do here, and everywhere."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from loraferry.views.commands.catalogue import FIXED
from loraferry.views.commands.registry import Commands, native
from loraferry.views.commands.veil import Veil
from loraferry.views.pages import PAGES

Line = tuple[str, tuple[str, ...]]
"""(what it does, keys in Qt's portable form)."""
COLUMNS = 2


def lines_of(commands: Commands, page: str) -> list[Line]:
    """The shortcuts of a page (empty: of the window), those that are always the same last."""
    lines: dict[str, tuple[str, ...]] = {}
    for command in commands.all:
        if command.page == page:
            lines[command.joint_label()] = (*lines.get(command.joint_label(), ()), *commands.keys(command.id))
    lines.update((fixed.label(), fixed.keys) for fixed in FIXED if fixed.page == page)
    return [(text, keys) for text, keys in lines.items() if keys]


class ShortcutOverlay(Veil):
    """Made anew each time it opens, so that it shows the keys and the language of now."""

    change_requested = Signal()
    """The person wants other keys."""

    def __init__(self, window: QWidget, commands: Commands) -> None:
        card = QFrame()
        super().__init__(window, card, commands.action("window.shortcuts"))
        self.setObjectName("shortcutOverlay")
        self._commands = commands
        card.setObjectName("palette")
        card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = QLabel()
        self._title.setObjectName("title")
        self._change = QPushButton()
        self._change.setObjectName("changeShortcuts")
        self._change.clicked.connect(self._request_change)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._change)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(card)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)

    def open(self, page: str = "") -> None:
        """Show the shortcuts of `page` and of the window first, then those of the other pages."""
        self._fill(page)
        super().open()

    def place(self) -> None:
        """In the middle, as large as the list needs and the window allows."""
        body = self._scroll.widget()
        wanted = body.sizeHint() if body is not None else self.size()
        room = self.size() * 0.94
        self.card.resize(min(max(720, wanted.width() + 72), room.width()), min(wanted.height() + 108, room.height()))
        self.card.move((self.width() - self.card.width()) // 2, (self.height() - self.card.height()) // 2)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self.isVisible():
            self._fill("")
        super().changeEvent(event)

    def _request_change(self) -> None:
        self.leave()
        self.change_requested.emit()

    def _fill(self, page: str) -> None:
        self._title.setText(self.tr("Shortcuts"))
        self._change.setText(self.tr("Change the shortcuts…"))
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(48)
        columns: list[QVBoxLayout] = []
        for _ in range(COLUMNS):
            column = QVBoxLayout()
            column.setSpacing(16)
            row.addLayout(column, 1)
            columns.append(column)
        heights = [0] * COLUMNS
        for title, lines in self._groups(page):
            shortest = heights.index(min(heights))
            columns[shortest].addWidget(_group(title, lines))
            heights[shortest] += len(lines) + 2
        for column in columns:
            column.addStretch()
        self._scroll.setWidget(body)
        # The area has switched it on.
        body.setAutoFillBackground(False)

    def _groups(self, page: str) -> Iterator[tuple[str, list[Line]]]:
        titles = {entry.id: entry.label() for entry in PAGES}
        others = [other for other in titles if other != page]
        for group in ([page] if page else []) + ["", *others]:
            lines = lines_of(self._commands, group)
            if lines:
                yield titles.get(group) or self.tr("Everywhere"), lines


def _group(title: str, lines: Sequence[Line]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    head = QLabel(title)
    head.setObjectName("strong")
    grid.addWidget(head, 0, 0, 1, 2)
    for number, (text, keys) in enumerate(lines, start=1):
        grid.addWidget(QLabel(text), number, 0)
        caps = QWidget()
        caps.setAccessibleName(f"{text}: {', '.join(native(key) for key in keys)}")
        line = QHBoxLayout(caps)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addStretch()
        for key in keys:
            cap = QLabel(native(key))
            cap.setObjectName("key")
            line.addWidget(cap, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(caps, number, 1)
    return box
