"""The pictures of the open folder as a list model; painting asks it for pixmaps and never waits."""

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap

from loraferry.library.items import Item
from loraferry.viewmodels.dataset_thumbnails import ThumbnailLoader

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()
_FEW = 8
"""So few are looked for one after the other."""


class GridModel(QAbstractListModel):
    """One row a picture that is shown, in the order that was asked for."""

    touched = Signal(object)
    """A list of rows whose picture has changed in any way: paint them again."""

    def __init__(self, loader: ThumbnailLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: Sequence[Item] = ()
        self._places: Sequence[int] = ()
        self._rows_known: dict[str, int] | None = None
        self._loader = loader
        loader.arrived.connect(self.touch)

    def show_items(self, items: Sequence[Item], places: Sequence[int] | None = None) -> None:
        """Show `items` at `places`, or all. `items` is looked at, not copied: call `touch` when single ones change."""
        self.beginResetModel()
        self._items = items
        self._places = range(len(items)) if places is None else places
        self._rows_known = None
        self.endResetModel()

    @property
    def _rows(self) -> dict[str, int]:
        """Row by name, made when somebody asks: a search that is still being typed shows new rows with each key."""
        if self._rows_known is None:
            items = self._items
            self._rows_known = {items[place].name: row for row, place in enumerate(self._places)}
        return self._rows_known

    @property
    def names(self) -> tuple[str, ...]:
        """What is shown, in order."""
        return tuple(item.name for item in self.items())

    def shows(self, places: Sequence[int]) -> list[bool]:
        """Which of these places in the library are shown."""
        shown = self._places if isinstance(self._places, range) or len(places) < _FEW else frozenset(self._places)
        return [place in shown for place in places]

    def touch(self, names: Sequence[str] | frozenset[str]) -> None:
        """Some pictures have changed: paint them again."""
        rows = [self._rows[name] for name in names if name in self._rows]
        if not rows:
            return
        self.touched.emit(rows)
        if len(rows) > 64:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))
            return
        for row in rows:
            self.dataChanged.emit(self.index(row), self.index(row))

    def item(self, row: int) -> Item:
        """The picture in a row."""
        return self._items[self._places[row]]

    def row_of(self, name: str) -> int:
        """The row of a picture; -1 where it is not shown."""
        return self._rows.get(name, -1)

    def items(self) -> Iterator[Item]:
        """What is shown, in order."""
        items = self._items
        return (items[place] for place in self._places)

    def pixmap(self, row: int, edge: int = 0) -> QPixmap | None:
        """The thumbnail of a row, `edge` device pixels at its longer side (0: any); None until there is one.
        What is missing is being made from now on."""
        return self._loader.pixmap(self.item(row).name, edge)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._places)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._places):
            return None
        item = self.item(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return item.name
        if role == ITEM_ROLE:
            return item
        return None
