"""A field for one tag, with what may be meant below it: counts, other names, translations, categories."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from loraferry.library.tag_book import Suggestion
from loraferry.texts.tag_categories import category_text
from loraferry.views.theme import tabular, tokens_now

Index = QModelIndex | QPersistentModelIndex
Suggest = Callable[[str], Sequence[Suggestion]]
_ROOT = QModelIndex()
_SUGGESTION = Qt.ItemDataRole.UserRole
_ROW = 30
_WIDTH = 420
_SHOWN = 8


class TagField(QLineEdit):
    """Enter or a comma gives what is typed, or the row that was chosen with the arrows; Ctrl+Enter the first row."""

    given = Signal(str)
    """A tag, or several with commas."""
    emptied = Signal()
    """Backspace or the left arrow where nothing is typed."""
    cancelled = Signal()
    left = Signal()

    def __init__(self, suggest: Suggest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tagField")
        self._suggest = suggest
        self._rows = _Rows()
        self._popup: QListView | None = None
        self._placed = 0
        self.textEdited.connect(self.offer)

    @property
    def offered(self) -> list[Suggestion]:
        """What the list shows; nothing while it is closed."""
        return list(self._rows.rows) if self._popup is not None and self._popup.isVisible() else []

    @property
    def popup(self) -> QListView | None:
        """The list, once it was shown."""
        return self._popup

    def offer(self) -> None:
        """Show what may be meant by what is typed."""
        self._rows.show_rows(self._suggest(self.text()) if self.text().strip() else ())
        if not self._rows.rows or not self.isVisible():
            self.close_list()
            return
        popup = self._made()
        popup.setCurrentIndex(QModelIndex())
        self._place(popup)
        popup.show()
        popup.raise_()

    def close_list(self) -> None:
        """Hide the list."""
        if self._popup is not None:
            self._popup.hide()

    def _made(self) -> QListView:
        # Within the window, and not a window of its own: it takes no focus and leaves none behind.
        if self._popup is None or self._popup.parentWidget() is not self.window():
            self._popup = QListView(self.window())
            self._popup.setObjectName("tagPopup")
            self._popup.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._popup.setFrameShape(QFrame.Shape.NoFrame)
            self._popup.setUniformItemSizes(True)
            self._popup.setMouseTracking(True)
            self._popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self._popup.setModel(self._rows)
            self._popup.setItemDelegate(_Delegate(self._popup))
            self._popup.clicked.connect(self._take)
            self._popup.setAccessibleName(self.tr("Tags that may be meant"))
        return self._popup

    def _place(self, popup: QListView) -> None:
        window = self.window()
        width = min(_WIDTH, window.width() - 16)
        height = min(len(self._rows.rows), _SHOWN) * _ROW + 8
        at = self.mapTo(window, QPoint(0, self.height() + 2))
        if at.y() + height > window.height() - 8:
            at.setY(self.mapTo(window, QPoint(0, -2)).y() - height)
        at.setX(max(8, min(at.x(), window.width() - width - 8)))
        popup.setGeometry(QRect(at, QSize(width, height)))

    def _take(self, index: Index) -> None:
        self._give(index.data(_SUGGESTION).tag)

    def _give(self, text: str) -> None:
        self.close_list()
        self.given.emit(text)

    def _move(self, by: int) -> None:
        popup = self._popup
        if popup is None or not popup.isVisible():
            self.offer()
            popup = self._popup
        if popup is not None and popup.isVisible():
            row = popup.currentIndex().row() + by
            row = min(row, len(self._rows.rows) - 1)
            popup.setCurrentIndex(self._rows.index(row) if row >= 0 else QModelIndex())

    def _chosen(self) -> Suggestion | None:
        rows = self.offered
        row = self._popup.currentIndex().row() if rows and self._popup is not None else -1
        return rows[row] if 0 <= row < len(rows) else None

    def event(self, event: QEvent) -> bool:
        # Tab moves the focus before any key handler sees it.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
            chosen = self._chosen()
            if chosen is not None:
                self._give(chosen.tag)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = event.key(), self.text().strip()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            offered, chosen = self.offered, self._chosen()
            if control and offered:
                chosen = chosen or offered[0]
            self._give(chosen.tag if chosen is not None else text)
        elif event.text() in (",", "，", "、"):
            self._give(text)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not control:
            self._move(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape:
            if self.offered:
                self.close_list()
            else:
                self.cancelled.emit()
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Left) and not self.text():
            self.emptied.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.close_list()
        self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.close_list()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._popup is not None and self._popup.isVisible():
            self._place(self._popup)


class _Rows(QAbstractListModel):
    """One row a suggestion."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Suggestion, ...] = ()

    def show_rows(self, rows: Sequence[Suggestion]) -> None:
        """Show others."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        one = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one.tag
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (one.tag, one.translation, category_text(one.category), count_text(one))))
        return one if role == _SUGGESTION else None


def count_text(one: Suggestion) -> str:
    """How many pictures have it: of the project where any have, else of those where the list was made."""
    if one.own or not one.count:
        return f"{one.own:,}" if one.own else ""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if one.count >= size:
            return f"{one.count / size:.3g} {letter}"
    return str(one.count)


class _Delegate(QStyledItemDelegate):
    """The tag and its translation at the left, its category and count at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, one = tokens_now(), index.data(_SUGGESTION)
        place, state = option.rect, option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(tokens.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(place, QColor(tokens.hover))
        inner = place.adjusted(10, 0, -10, 0)
        painter.setFont(tabular(painter.font()))
        metrics = painter.fontMetrics()
        right = inner.right()
        for text, colour, width in (
            (count_text(one), tokens.accent if one.own else tokens.muted, 52),
            (category_text(one.category), tokens.muted, 84),
        ):
            box = QRect(right - width, inner.top(), width, inner.height())
            painter.setPen(QColor(colour))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
            right -= width + 8 if text else 0
        left = inner.left()
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        note = f"{one.translation}  {'← ' + one.alias if one.alias else ''}".strip()
        for text, colour in ((one.tag, tokens.text), (note, tokens.muted)):
            room = right - left
            if room > 12 and text:
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
                painter.setPen(QColor(colour))
                painter.drawText(QRect(left, inner.top(), room, inner.height()), middle, shown)
                left += metrics.horizontalAdvance(shown) + 10
        painter.restore()
