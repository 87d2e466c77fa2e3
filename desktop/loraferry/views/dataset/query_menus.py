"""The menus beside the query: saved filters, and what pictures are sorted by."""

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from loraferry.library.order import OrderKey
from loraferry.texts.queries import order_text
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.prompts import Prompter
from loraferry.views.icons import icon

_GROUPS: tuple[tuple[OrderKey, ...], ...] = (
    ("name", "date", "bytes"),
    ("verdict", "stars", "concept"),
    ("size", "pixels", "ratio"),
    ("tokens", "length"),
    ("blur", "noise", "dark", "bright", "border", "exposure"),
    ("similar",),
)


class SavedButton(QToolButton):
    """Filters of the project: used, saved, forgotten."""

    def __init__(self, model: DatasetFilter, prompter: Prompter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _dress(self)
        self._model, self._prompter = model, prompter
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.fill)
        self.setMenu(self._menu)
        self._retranslate()

    def fill(self) -> None:
        """Make the menu of now."""
        menu, model = self._menu, self._model
        menu.clear()
        for title, query in model.saved:
            action = menu.addAction(_plain(title))
            action.setToolTip(query)
            action.setCheckable(True)
            action.setChecked(query == model.text)
            action.triggered.connect(partial(model.set_text, query))
        if not model.saved:
            menu.addAction(self.tr("No filters are saved yet.")).setEnabled(False)
        menu.addSeparator()
        save = menu.addAction(self.tr("Save this filter…"))
        save.setEnabled(model.parsed.node is not None)
        save.triggered.connect(self._save)
        if model.saved:
            forget = menu.addMenu(self.tr("Delete a filter"))
            for title, _ in model.saved:
                forget.addAction(_plain(title)).triggered.connect(partial(model.forget, title))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.setIcon(icon("bookmark", 18))
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.setIcon(icon("bookmark", 18))
        self.setToolTip(self.tr("Saved filters"))
        self.setAccessibleName(self.tr("Saved filters"))

    def _save(self) -> None:
        query = self._model.text
        title = self._prompter.ask_text(self.tr("Save this filter"), self.tr("What is it called?"), value=query)
        if title and title.strip():
            self._model.save(title.strip())


class OrderButton(QToolButton):
    """What pictures are sorted by, in which direction."""

    def __init__(self, model: DatasetFilter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _dress(self)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._model = model
        self.actions_by_key: dict[OrderKey, QAction] = {}
        menu, group, directions = QMenu(self), QActionGroup(self), QActionGroup(self)
        for keys in _GROUPS:
            for key in keys:
                self.actions_by_key[key] = _checkable(menu, group)
                self.actions_by_key[key].triggered.connect(partial(model.set_order, key))
            menu.addSeparator()
        self.shuffle = _checkable(menu, group)
        self.shuffle.triggered.connect(model.shuffle)
        self.actions_by_key["random"] = self.shuffle
        menu.addSeparator()
        self.ascending, self.descending = _checkable(menu, directions), _checkable(menu, directions)
        self.ascending.triggered.connect(partial(model.set_descending, False))
        self.descending.triggered.connect(partial(model.set_descending, True))
        menu.addSeparator()
        self.again = menu.addAction("")
        self.again.triggered.connect(model.sort_again)
        self.setMenu(menu)
        model.order_changed.connect(self.refresh)
        self.retranslate()

    def refresh(self) -> None:
        """Show the order of now."""
        order = self._model.order
        self.actions_by_key[order.key].setChecked(True)
        (self.descending if order.descending else self.ascending).setChecked(True)
        self.setText(f"{order_text(order.key)} {'↓' if order.descending else '↑'}")
        self.setAccessibleName(self.tr("Sorted by: {what}").format(what=self.text()))
        self.setIcon(icon("sort", 18))

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for key, action in self.actions_by_key.items():
            action.setText(order_text(key))
        self.shuffle.setText(self.tr("Shuffle"))
        self.ascending.setText(self.tr("Smallest, oldest, A first"))
        self.descending.setText(self.tr("Largest, newest, Z first"))
        self.again.setText(self.tr("Sort edited pictures again"))
        self.setToolTip(self.tr("Sort by"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.refresh()
        super().changeEvent(event)


def _dress(button: QToolButton) -> None:
    button.setObjectName("plain")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setIconSize(QSize(18, 18))
    button.setMinimumSize(32, 32)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _checkable(menu: QMenu, group: QActionGroup) -> QAction:
    action = menu.addAction("")
    action.setCheckable(True)
    group.addAction(action)
    return action


def _plain(text: str) -> str:
    """A title as a menu shows it: its ampersands mark no letters."""
    return text.replace("&", "&&")
