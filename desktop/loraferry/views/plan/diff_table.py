"""A table of the settings in which two plans differ."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from loraferry.ferry.plan_diff import Difference
from loraferry.texts.setting_words import setting_name, setting_text
from loraferry_core.config import TrainConfig

AnyIndex = QModelIndex | QPersistentModelIndex


class DiffModel(QAbstractTableModel):
    """Rows of (group, setting, before, after) in the language of the moment in which they were given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, str, str, str]] = []
        self._heads = ("", "", "", "")

    def show_rows(self, heads: tuple[str, str, str, str], rows: list[tuple[str, str, str, str]]) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._heads, self.rows = heads, rows
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else 4

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.rows[index.row()][index.column()]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._heads[section]
        return None


class DiffTable(QTableView):
    """Read only; a value too long for its column is cut and shown whole by the tool tip of Qt's own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planDiff")
        self.found = DiffModel(self)
        self.setModel(self.found)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)

    def show_differences(
        self, differences: Sequence[Difference], before: TrainConfig, after: TrainConfig, names: tuple[str, str]
    ) -> None:
        """Show in what two plans differ; `names` is what they are called."""
        heads = (self.tr("Group"), self.tr("Setting"), *names)
        rows = []
        for one in differences:
            group, name = setting_name(one.path, after, before)
            texts = (setting_text(one.path, value, after, before) for value in (one.before, one.after))
            rows.append((group, name, *texts))
        self.found.show_rows(heads, rows)  # type: ignore[arg-type]
        self.setAccessibleName(self.tr("In what the two plans differ"))
