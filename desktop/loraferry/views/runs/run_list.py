"""The list of runs: name, state in words with a sign, how far, when."""

from datetime import datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from loraferry.runs.store import Run
from loraferry.texts.jobs import standing_text
from loraferry.views.icons import pixmap
from loraferry.views.theme import Tokens, tokens_now
from loraferry_core.jobs import JobState

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HEIGHT = 60


def state_sign(state: JobState, tokens: Tokens) -> tuple[str, str]:
    """Icon and colour of a state; the words stand beside it."""
    if state is JobState.FINISHED:
        return "check", tokens.good
    if state is JobState.FAILED:
        return "error", tokens.error
    if state in (JobState.LOST, JobState.PAUSED):
        return "warning", tokens.warning
    if state in (JobState.STOPPED, JobState.STOPPING):
        return "stop", tokens.muted
    return "runs", tokens.accent


class RunListModel(QAbstractListModel):
    """Runs, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Run] = []

    def show_runs(self, runs: list[Run]) -> None:
        """Take over a new list; the same jobs in the same order only change their looks."""
        same = [run.spec.job for run in runs] == [run.spec.job for run in self._runs]
        if same:
            self._runs = runs
            if runs:
                self.dataChanged.emit(self.index(0), self.index(len(runs) - 1))
            return
        self.beginResetModel()
        self._runs = runs
        self.endResetModel()

    def run_at(self, index: Index) -> Run | None:
        """The run of a row."""
        return self._runs[index.row()] if index.isValid() else None

    def index_of(self, job: str) -> QModelIndex:
        """The row of a job, invalid when it is not there."""
        rows = [row for row, run in enumerate(self._runs) if run.spec.job == job]
        return self.index(rows[0]) if rows else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        run = self.run_at(index)
        if run is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return run.spec.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{run.spec.name}, {standing_text(run)}"
        return run if role == Qt.ItemDataRole.UserRole else None


class _RunDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        run: Run = index.data(Qt.ItemDataRole.UserRole)
        tokens = tokens_now()
        box: QRect = option.rect.adjusted(4, 2, -4, -2)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent_soft if chosen else tokens.hover))
            painter.drawRoundedRect(box, 6, 6)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(tokens.accent))
            painter.drawRoundedRect(box, 6, 6)
        sign, colour = state_sign(run.status.state, tokens)
        picture = pixmap(sign, 20, colour, painter.device().devicePixelRatioF())
        painter.drawPixmap(box.left() + 12, box.top() + (box.height() - 20) // 2, picture)
        self._write(painter, option, run, box.adjusted(44, 8, -12, -8))
        painter.restore()

    def _write(self, painter: QPainter, option: QStyleOptionViewItem, run: Run, box: QRect) -> None:
        palette: QPalette = option.palette
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = painter.fontMetrics().elidedText(run.spec.name, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(option.font)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        when = datetime.fromtimestamp(run.status.created).strftime("%Y-%m-%d %H:%M") if run.status.created else ""
        line = "  ·  ".join(part for part in (standing_text(run), when) if part)
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, line)


class RunList(QListView):
    """Shows a `RunListModel`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runList")
        self.setModel(RunListModel(self))
        self.setItemDelegate(_RunDelegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
