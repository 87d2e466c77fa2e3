"""The pictures of the open folder as a list model; painting asks it for pixmaps and never waits."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from loraferry.library.items import Item
from loraferry.viewmodels.dataset_thumbnails import ThumbnailLoader

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()


class GridModel(QAbstractListModel):
    """One row a picture, in the order of the library."""

    def __init__(self, loader: ThumbnailLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: Sequence[Item] = ()
        self._rows: dict[str, int] = {}
        self._loader = loader
        loader.arrived.connect(self.touch)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show other pictures. `items` is looked at, not copied: call `touch` when single ones change."""
        self.beginResetModel()
        self._items = items
        self._rows = {item.name: row for row, item in enumerate(items)}
        self.endResetModel()

    def touch(self, names: Sequence[str] | frozenset[str]) -> None:
        """Some pictures have changed: paint them again."""
        rows = [self._rows[name] for name in names if name in self._rows]
        if len(rows) > 64:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))
            return
        for row in rows:
            self.dataChanged.emit(self.index(row), self.index(row))

    def item(self, row: int) -> Item:
        """The picture in a row."""
        return self._items[row]

    def row_of(self, name: str) -> int:
        """The row of a picture; -1 where it is not shown."""
        return self._rows.get(name, -1)

    def pixmap(self, row: int) -> QPixmap | None:
        """The thumbnail of a row; None until it is there, and it is being made from now on."""
        return self._loader.pixmap(self._items[row].name)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.name
        if role == ITEM_ROLE:
            return item
        return None
