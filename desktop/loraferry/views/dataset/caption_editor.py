"""The caption of the current picture as text, saved while it is typed; what is beyond the cut is faded."""

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from loraferry.views.theme import tokens_now


class CaptionEditor(QPlainTextEdit):
    """Tells what a person typed; text set by the program makes no sound."""

    typed = Signal(str)
    left = Signal()
    """The keyboard went elsewhere: save now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("captionEditor")
        self.setTabChangesFocus(True)
        self.setMinimumHeight(96)
        self.textChanged.connect(self._tell)
        self._quiet = False
        self._cut = -1

    def show_caption(self, text: str) -> None:
        """Show another caption; where it is the same already, the cursor stays."""
        if text == self.toPlainText():
            return
        self._quiet = True
        self.setPlainText(text)
        self._quiet = False

    def show_cut(self, place: int) -> None:
        """Fade what comes from this character on; −1: nothing."""
        text = self.toPlainText()
        # Qt counts in UTF-16.
        self._cut = -1 if place < 0 else len(text[:place].encode("utf-16-le")) // 2
        self.dress()

    def dress(self) -> None:
        """Wear the theme of now."""
        if self._cut < 0:
            self.setExtraSelections([])
            self.viewport().update()
            return
        faded = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(self._cut, self.document().characterCount() - 1))
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        faded.cursor = cursor
        faded.format.setForeground(QColor(tokens_now().disabled))
        self.setExtraSelections([faded])
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._cut < 0:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(self._cut, self.document().characterCount() - 1))
        place = self.cursorRect(cursor)
        painter = QPainter(self.viewport())
        painter.setPen(QPen(QColor(tokens_now().warning), 2, Qt.PenStyle.DotLine))
        painter.drawLine(place.topLeft() + QPoint(0, 1), place.bottomLeft())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        # Files dropped here are meant for the page: it opens them.
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def _tell(self) -> None:
        if not self._quiet:
            self.typed.emit(self.toPlainText())
