"""Yes or no: pick a tag, click the pictures that have it."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tag_edits import TagEdits
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tokens_now

Index = QModelIndex | QPersistentModelIndex
TILE = 132
_BADGE = 26
_FADED = 0.4
_MOST = 500
"""Tags that are offered while one types."""


def build(studio: Studio) -> QWidget:
    """The mode of the page."""
    return MatrixMode(studio.dataset, studio.tag_edits)


class MatrixMode(QWidget):
    """A click, Y, N or the space bar says whether a picture has the tag; each is a step of the history."""

    left = Signal()

    def __init__(self, model: DatasetViewModel, tags: TagEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._tags = model, tags
        self._back = QToolButton()
        self._back.setObjectName("plain")
        self._back.setMinimumSize(32, 32)
        self._tag = QLineEdit()
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._view = QListView()
        self._view.setObjectName("matrix")
        self._view.setViewMode(QListView.ViewMode.IconMode)
        self._view.setResizeMode(QListView.ResizeMode.Adjust)
        self._view.setMovement(QListView.Movement.Static)
        self._view.setUniformItemSizes(True)
        self._view.setGridSize(QSize(TILE + 8, TILE + 8))
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._view.setItemDelegate(_Delegate(model, tags, self))
        self._view.setModel(model.grid)
        self._view.installEventFilter(self)
        head = QHBoxLayout()
        head.addWidget(self._back)
        head.addWidget(self._tag, 1)
        head.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._hint)
        layout.addWidget(self._view, 1)
        self._back.clicked.connect(self.left)
        self._tag.textChanged.connect(self._show)
        self._view.clicked.connect(self._toggle)
        tags.changed.connect(self._show)
        self._dress()
        self.retranslate()

    @property
    def tag(self) -> str:
        """The tag that is asked about."""
        return self._tag.text().strip()

    def set_tag(self, tag: str) -> None:
        """Ask about another tag."""
        self._tag.setText(tag)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        offered = [tag for tag, _ in self._tags.of_set()[:_MOST]]
        completer = QCompleter(offered, self._tag)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._tag.setCompleter(completer)
        if not self.tag and offered:
            self.set_tag(offered[0])
        self._show()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self._view and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            answers = {Qt.Key.Key_Y: True, Qt.Key.Key_N: False}
            index = self._view.currentIndex()
            if event.key() in answers and index.isValid():
                self._answer(index, answers[Qt.Key(event.key())])
                self._view.setCurrentIndex(
                    self._model.grid.index(min(index.row() + 1, self._model.grid.rowCount() - 1))
                )
                return True
            if event.key() == Qt.Key.Key_Space and index.isValid():
                self._toggle(index)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _toggle(self, index: Index) -> None:
        self._answer(index, not self._tags.has(self._model.grid.item(index.row()).name, self.tag))

    def _answer(self, index: Index, yes: bool) -> None:
        if self.tag:
            self._tags.mark(self._model.grid.item(index.row()).name, self.tag, yes)

    def _show(self) -> None:
        if not self.isVisible():
            return
        has = dict(self._tags.of_set()).get(self.tag.lower(), 0)
        self._count.setText(self.tr("{count} of {total} have it").format(count=has, total=self._model.counts.total))
        self._view.viewport().update()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._back.setToolTip(self.tr("Back to the pictures (Esc)"))
        self._back.setAccessibleName(self._back.toolTip())
        self._tag.setPlaceholderText(self.tr("Which tag?"))
        self._tag.setAccessibleName(self.tr("Which tag?"))
        self._hint.setText(
            self.tr("Click the pictures that have the tag. Y and N answer and go on; the space bar changes.")
        )
        self._view.setAccessibleName(self.tr("Pictures with and without the tag"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._back.setIcon(icon("back", 18))


class _Delegate(QStyledItemDelegate):
    """A picture with a sign: yes is bright, no is faded, and both have their own."""

    def __init__(self, model: DatasetViewModel, tags: TagEdits, mode: MatrixMode) -> None:
        super().__init__(mode)
        self._model, self._tags, self._mode = model, tags, mode

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(TILE + 8, TILE + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = tokens_now()
        box = QRect(option.rect.topLeft() + QPoint(4, 4), QSize(TILE, TILE))
        answer = self._tags.has(self._model.grid.item(index.row()).name, self._mode.tag) if self._mode.tag else None
        small = self._model.grid.pixmap(index.row())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(_FADED if answer is False else 1.0)
        if small is None:
            painter.fillRect(box, QColor(tokens.border))
        else:
            size = small.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(box.center())
            painter.drawPixmap(place, small)
        painter.setOpacity(1)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        if answer is not None:
            sign, colour = ("check", tokens.good) if answer else ("close", tokens.muted)
            circle = QRectF(box.right() - _BADGE - 2, box.top() + 4, _BADGE, _BADGE)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(tokens.surface), 2))
            painter.setBrush(QColor(colour))
            painter.drawEllipse(circle)
            inner = pixmap(sign, 16, tokens.surface, painter.device().devicePixelRatioF())
            painter.drawPixmap(circle.topLeft() + QPointF(5, 5), inner)
        painter.restore()
