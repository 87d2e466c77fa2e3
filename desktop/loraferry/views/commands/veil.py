"""Lies over the window and holds one card: what is asked now, with the rest of the window dimmed behind it."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget
from shiboken6 import isValid

from loraferry.views.theme import tokens_now

_OPACITY = 0.6


class Veil(QWidget):
    """Covers its window while it is open; Escape, the keys of the action that opens it, and a click beside the card
    close it. The focus goes back then. Meanwhile no other keys of the window work."""

    closed = Signal()

    def __init__(self, window: QWidget, card: QFrame, action: QAction) -> None:
        super().__init__(window)
        self._action = action
        self._window = window
        self._before: QWidget | None = None
        self.card = card
        card.setParent(self)
        self.hide()
        window.installEventFilter(self)

    def open(self) -> None:
        """Cover the window and give the card the focus."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.place()
        self.card.setFocus()

    def leave(self) -> None:
        """Go away, and give back the focus."""
        if self.isVisible():
            self.hide()
            before, self._before = self._before, None
            if before is not None and isValid(before) and before.isVisible():
                before.setFocus()
            self.closed.emit()

    def place(self) -> None:
        """Put the card where it belongs: above the middle, where the eyes are."""
        card = self.card
        card.resize(card.sizeHint().boundedTo(self.size() * 0.94))
        card.move((self.width() - card.width()) // 2, max(12, (self.height() - card.height()) // 4))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
            self.place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def closes(self, event: QKeyEvent) -> bool:
        """Whether a key closes it."""
        keys = (QKeySequence(event.keyCombination()), QKeySequence(event.text()))
        return event.key() == Qt.Key.Key_Escape or any(
            not key.isEmpty() and key in self._action.shortcuts() for key in keys
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.closes(event):
            self.leave()
        # Nothing that lies behind gets a key.
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.leave()
        event.accept()

    def focusNextPrevChild(self, next: bool) -> bool:
        """The focus stays on the card."""
        before = QApplication.focusWidget()
        moved = super().focusNextPrevChild(next)
        after = QApplication.focusWidget()
        if after is not None and not self.isAncestorOf(after):
            (before or self.card).setFocus()
        return moved

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fog = QColor(tokens_now().rail)
        fog.setAlphaF(_OPACITY)
        painter.fillRect(self.rect(), fog)
