"""Lies over the page while files are dragged over it, and says what dropping them does."""

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now


class DropVeil(QWidget):
    """As large as the page; never in the way of the mouse."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._saving = False
        self.setObjectName("dropVeil")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self, *, saving: bool = False) -> None:
        """Show over the whole page; `saving`: what is dragged comes from a browser, and is saved into the folder."""
        self._saving = saving
        self.setGeometry(self._page.rect())
        self.raise_()
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = tokens_now()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.accent_soft)
        veil.setAlphaF(0.92)
        painter.setBrush(veil)
        painter.setPen(QPen(QColor(tokens.accent), 3, Qt.PenStyle.DashLine))
        frame = QRectF(self.rect()).adjusted(12, 12, -12, -12)
        painter.drawRoundedRect(frame, 14, 14)
        sign = pixmap("folder", 56, tokens.accent, self.devicePixelRatioF())
        painter.drawPixmap(self.rect().center().x() - 28, self.rect().center().y() - 60, sign)
        painter.setPen(QColor(tokens.text))
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        painter.setFont(font)
        words = self.rect().adjusted(0, self.height() // 2 + 8, 0, 0)
        text = self.tr("Drop to add this picture") if self._saving else self.tr("Drop to open these pictures")
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, text)
