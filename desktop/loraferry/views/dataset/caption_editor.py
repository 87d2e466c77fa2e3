"""The caption of the current picture, tags or prose, saved while it is typed."""

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget


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

    def show_caption(self, text: str) -> None:
        """Show another caption; where it is the same already, the cursor stays."""
        if text == self.toPlainText():
            return
        self._quiet = True
        self.setPlainText(text)
        self._quiet = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        # Files dropped here are meant for the page: it opens them.
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def _tell(self) -> None:
        if not self._quiet:
            self.typed.emit(self.toPlainText())
