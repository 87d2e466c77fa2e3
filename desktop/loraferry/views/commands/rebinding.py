"""The dialog in which a person gives actions other keys."""

from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from loraferry.views.commands.matching import match
from loraferry.views.commands.registry import Commands, native
from loraferry.views.commands.shortcuts import always, conflicts
from loraferry.views.pages import PAGES
from loraferry.views.widgets.wrapping import wrapping_label

_ID = Qt.ItemDataRole.UserRole


class RebindingDialog(QDialog):
    """All actions with their keys; below, the keys of the chosen one. Every change holds at once."""

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rebinding")
        self._commands = commands
        self._filter = QLineEdit()
        self._filter.setObjectName("rebindingFilter")
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._show_fitting)
        self._tree = QTreeWidget()
        self._tree.setObjectName("rebindingTree")
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setColumnCount(3)
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setStretchLastSection(False)
        self._tree.currentItemChanged.connect(self._show_chosen)
        self._tree.itemActivated.connect(self._begin)
        self._name = QLabel()
        self._name.setObjectName("strong")
        self._field = QKeySequenceEdit()
        self._field.setObjectName("rebindingField")
        # With one key it ends at once, and no second one of a sequence is waited for.
        self._field.setMaximumSequenceLength(1)
        self._field.editingFinished.connect(self._take)
        self._message = wrapping_label("help")
        self._message.setObjectName("rebindingMessage")
        self._accept, self._none, self._first, self._all, self._done = (QPushButton() for _ in range(5))
        for button, name, slot in (
            (self._accept, "takeKeys", partial(self._set, True)),
            (self._none, "noKeys", self._remove),
            (self._first, "firstKeys", self._reset),
            (self._all, "allFirstKeys", self._reset_all),
            (self._done, "primary", self.accept),
        ):
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(slot)
        self._lay_out()
        self.resize(640, 600)
        self._list()
        self.retranslate()
        commands.changed.connect(self._list)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._name, 1)
        for part in (self._field, self._accept, self._none, self._first):
            line.addWidget(part)
        self._field.setFixedWidth(150)
        below = QHBoxLayout()
        below.addWidget(self._all)
        below.addStretch()
        below.addWidget(self._done)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        column.addWidget(self._filter)
        column.addWidget(self._tree, 1)
        column.addLayout(line)
        column.addWidget(self._message)
        column.addLayout(below)
        self._accept.hide()

    def retranslate(self) -> None:
        """Words in the language of now."""
        self.setWindowTitle(self.tr("Shortcuts"))
        self._filter.setPlaceholderText(self.tr("Find an action or a key"))
        self._filter.setAccessibleName(self._filter.placeholderText())
        self._tree.setHeaderLabels([self.tr("Action"), self.tr("Page"), self.tr("Keys")])
        self._tree.setAccessibleName(self.tr("Actions and their keys"))
        self._field.setAccessibleName(self.tr("New keys"))
        self._accept.setText(self.tr("Take them"))
        self._none.setText(self.tr("No keys"))
        self._first.setText(self.tr("As at first"))
        self._all.setText(self.tr("All as at first"))
        self._done.setText(self.tr("Done"))
        self._list()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # --- the list

    def _list(self) -> None:
        chosen = self._current
        titles = {page.id: page.label() for page in PAGES}
        self._tree.blockSignals(True)
        self._tree.clear()
        for command in self._commands.all:
            keys = self._commands.keys(command.id)
            shown = ", ".join(native(key) for key in keys)
            item = QTreeWidgetItem([command.label(), titles.get(command.page, self.tr("Everywhere")), shown])
            item.setData(0, _ID, command.id)
            if keys != command.keys:
                font = item.font(2)
                font.setBold(True)
                item.setFont(2, font)
                item.setToolTip(2, self.tr("Changed"))
            self._tree.addTopLevelItem(item)
        self._tree.resizeColumnToContents(1)
        self._tree.resizeColumnToContents(2)
        self._tree.setColumnWidth(2, max(140, self._tree.columnWidth(2)))
        self._tree.blockSignals(False)
        self._show_fitting()
        self.choose(chosen or self._commands.all[0].id)

    def _show_fitting(self) -> None:
        query = self._filter.text()
        for item in self._items():
            texts = [item.text(column) for column in range(3)]
            item.setHidden(all(match(query, text) is None for text in texts))

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self._tree.topLevelItem(row) for row in range(self._tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    @property
    def _current(self) -> str:
        item = self._tree.currentItem()
        return item.data(0, _ID) if item is not None else ""

    def choose(self, id: str) -> None:
        """Choose an action in the list."""
        for item in self._items():
            if item.data(0, _ID) == id:
                self._tree.setCurrentItem(item)
                self._tree.scrollToItem(item)

    def _show_chosen(self) -> None:
        chosen = self._current
        self._name.setText(self._commands.action(chosen).text() if chosen else "")
        keys = self._commands.keys(chosen) if chosen else ()
        self._field.blockSignals(True)
        self._field.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self._field.blockSignals(False)
        self._say("")

    def _begin(self) -> None:
        self._field.setFocus()

    # --- the keys

    def _take(self) -> None:
        """Keys were pressed: taken at once where they are free, else the person is asked."""
        self._set(False)

    def _set(self, anyway: bool) -> None:
        chosen, key = self._current, self._field.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if not chosen or not key or self._commands.keys(chosen) == (key,):
            self._say("")
            return
        fixed = always(self._commands.command(chosen), key)
        if fixed is not None:
            text = self.tr("{keys} is always “{name}”. Choose others.")
            self._say(text.format(keys=native(key), name=fixed.label()))
            return
        now = {command.id: self._commands.keys(command.id) for command in self._commands.all}
        others = conflicts(self._commands.all, now, chosen, (key,))
        if others and not anyway:
            names = ", ".join(self._commands.action(other).text() for other in others)
            text = self.tr("{keys} belongs to “{names}”. Taking it leaves that without keys.")
            if any(len(now[other]) > 1 for other in others):
                text = self.tr("{keys} belongs to “{names}”. Taking it leaves that with its other keys.")
            self._say(text.format(keys=native(key), names=names), ask=True)
            return
        self._commands.rebind(chosen, (key,))
        self._say(self.tr("{keys} it is.").format(keys=native(key)))

    def _remove(self) -> None:
        if self._current:
            self._commands.rebind(self._current, ())

    def _reset(self) -> None:
        if self._current:
            self._commands.reset(self._current)

    def _reset_all(self) -> None:
        self._commands.reset()

    def _say(self, text: str, *, ask: bool = False) -> None:
        self._message.setText(text)
        self._accept.setVisible(ask)
