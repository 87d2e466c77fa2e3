"""The field for queries: completes words of the language and tags, and underlines what it does not understand."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
    QTextCharFormat,
)
from PySide6.QtWidgets import (
    QApplication,
    QCompleter,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from loraferry.library.query import MEASURES, STATES
from loraferry.library.query_completion import Completion
from loraferry.library.query_parser import QueryError
from loraferry.texts.queries import key_text, measure_text, state_text
from loraferry.views.icons import icon
from loraferry.views.theme import tabular, tokens_now

Index = QModelIndex | QPersistentModelIndex
_COMPLETION = Qt.ItemDataRole.UserRole
_POPUP_WIDTH = 380
_ROW = 28

Complete = Callable[[str, int], list[Completion]]


class QueryField(QLineEdit):
    """Tells what is typed, and when a person is done with it."""

    finished = Signal()
    """Return was pressed, or the keyboard went elsewhere: no word is unfinished any more."""

    def __init__(self, complete: Complete, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queryField")
        self.setMinimumHeight(32)
        self._complete = complete
        self._composing = False
        self._sign = QAction(self)
        self.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self._clearing = QAction(self)
        self._clearing.setVisible(False)
        self._clearing.triggered.connect(self.empty)
        self.addAction(self._clearing, QLineEdit.ActionPosition.TrailingPosition)
        self._choices = QStandardItemModel(self)
        self._popup = QListView()
        self._popup.setObjectName("queryPopup")
        self._popup.setUniformItemSizes(True)
        self._completer = QCompleter(self._choices, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setPopup(self._popup)
        self._popup.setItemDelegate(_ChoiceDelegate(self._popup))
        self._completer.setWidget(self)
        self._completer.setMaxVisibleItems(12)
        self._completer.activated.connect(self._insert)
        self.textEdited.connect(self.offer)
        self.textChanged.connect(self._show_clearing)
        self.returnPressed.connect(self.finished)
        self.dress()

    @property
    def offered(self) -> list[Completion]:
        """What the popup shows; nothing while it is closed."""
        if not self._popup.isVisible():
            return []
        return [self._choices.item(row).data(_COMPLETION) for row in range(self._choices.rowCount())]

    def offer(self) -> None:
        """Show what the word at the cursor may become."""
        found = self._complete(self.text(), self.cursorPosition())
        self._choices.clear()
        for completion in found:
            item = QStandardItem(completion.value)
            item.setData(completion, _COMPLETION)
            self._choices.appendRow(item)
        if not found:
            self._popup.hide()
            return
        width = min(_POPUP_WIDTH, max(240, self.width()))
        left = min(self.cursorRect().left(), max(0, self.width() - width))
        self._completer.complete(QRect(left, 0, width, self.height()))

    def _insert(self) -> None:
        completion, text = self._popup.currentIndex().data(_COMPLETION), self.text()
        self.setText(text[: completion.start] + completion.insert + text[completion.stop :])
        self.setCursorPosition(completion.start + len(completion.insert))
        self.textEdited.emit(self.text())

    def mark(self, errors: Iterable[QueryError]) -> None:
        """Underline what is wrong."""
        if self._composing:
            # The marks go the way that letters under composition go; those must not be disturbed.
            return
        underlined = QTextCharFormat()
        underlined.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        underlined.setUnderlineColor(QColor(tokens_now().error))
        kind = QInputMethodEvent.AttributeType.TextFormat
        places = [
            QInputMethodEvent.Attribute(kind, error.start - self.cursorPosition(), error.stop - error.start, underlined)
            for error in errors
        ]
        QApplication.sendEvent(self, QInputMethodEvent("", places))

    def dress(self) -> None:
        """Wear the theme of now."""
        muted = tokens_now().muted
        self._sign.setIcon(icon("search", 18, colour=muted))
        self._clearing.setIcon(icon("close", 16, colour=muted))

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setPlaceholderText(self.tr("Search: red hat, tag:smile, -blurry, stars>=3, size<768, is:new"))
        self.setAccessibleName(self.tr("Search pictures"))
        self._clearing.setText(self.tr("Search for nothing (Esc)"))
        self._clearing.setToolTip(self._clearing.text())

    def empty(self) -> None:
        """Search for nothing any more."""
        self.clear()
        self.textEdited.emit("")

    def _show_clearing(self, text: str) -> None:
        self._clearing.setVisible(bool(text))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.offer()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.empty()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finished.emit()


class _ChoiceDelegate(QStyledItemDelegate):
    """A choice at the left, and at the right what it means or how many pictures have it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = tokens_now()
        completion = index.data(_COMPLETION)
        place = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(tokens.accent_soft))
        inner = place.adjusted(10, 0, -10, 0)
        painter.setFont(tabular(painter.font()))
        painter.setPen(QColor(tokens.muted))
        note = _note(completion)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, note)
        room = inner.width() - painter.fontMetrics().horizontalAdvance(note) - 16
        painter.setPen(QColor(tokens.text))
        shown = painter.fontMetrics().elidedText(completion.value, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


def _note(completion: Completion) -> str:
    value = completion.value
    if completion.kind == "key":
        return key_text(value)
    if completion.kind == "measure":
        return next(measure_text(measure) for measure in MEASURES if measure == value)
    if completion.kind == "state":
        return next(state_text(state) for state in STATES if state == value)
    return f"{completion.count:,}"
