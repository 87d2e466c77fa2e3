"""The captions that have come, as rows: each is put together when it is looked at, so that choices act at once."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from loraferry.viewmodels.dataset_captioners import DatasetCaptioners, Proposal

PROPOSAL = Qt.ItemDataRole.UserRole + 1
"""A `Proposal`."""
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class CaptioningResults(QAbstractListModel):
    """A row for each picture that was described, the newest last."""

    def __init__(self, model: DatasetCaptioners, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._count = len(model.names)
        model.arrived.connect(self._grow)
        model.reset.connect(self._begin_anew)
        model.rules_changed.connect(self._renew)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._model.names):
            return None
        name = self._model.names[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role in (PROPOSAL, Qt.ItemDataRole.AccessibleTextRole):
            found: Proposal = self._model.proposal(name)
            return found if role == PROPOSAL else f"{name}: {found.after}"
        return None

    def _grow(self, more: int) -> None:
        self.beginInsertRows(_ROOT, self._count, self._count + more - 1)
        self._count += more
        self.endInsertRows()

    def _begin_anew(self) -> None:
        self.beginResetModel()
        self._count = len(self._model.names)
        self.endResetModel()

    def _renew(self) -> None:
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))
