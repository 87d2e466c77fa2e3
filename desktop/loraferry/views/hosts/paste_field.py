"""The field that takes whatever a vendor shows, in one line or several."""

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

LINES = 2


class PasteField(QPlainTextEdit):
    """Two lines high. Enter means that one insists on what is there, and Tab goes on."""

    insisted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pasteAddress")
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    @property
    def text(self) -> str:
        """What is in it."""
        return self.toPlainText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take plain text only, and what is pasted instead of what was there: it is a whole of its own."""
        if source.hasText():
            self.selectAll()
            self.insertPlainText(source.text().strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.insisted.emit()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.insisted.emit()

    def _fit(self) -> None:
        margins = 2 * (self.frameWidth() + int(self.document().documentMargin())) + 10
        self.setFixedHeight(self.fontMetrics().lineSpacing() * LINES + margins)
