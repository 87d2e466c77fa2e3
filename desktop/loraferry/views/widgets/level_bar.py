"""A thin bar that shows how full something is. The number stands beside it, so it says nothing to screen readers."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraferry.views.theme import tokens_now

HEIGHT = 6


class LevelBar(QWidget):
    """Between 0 and 1; `warn` draws it in the colour of warnings."""

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self._share = 0.0
        self._warn = False
        self._width = width
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def share(self) -> float:
        """What is shown."""
        return self._share

    def show_share(self, share: float, *, warn: bool = False) -> None:
        """Fill the bar up to `share`."""
        self._share, self._warn = min(1.0, max(0.0, share)), warn
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width // 2, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = tokens_now()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        place = QRectF(0, (self.height() - HEIGHT) / 2, self.width(), HEIGHT)
        painter.setBrush(QColor(tokens.border))
        painter.drawRoundedRect(place, HEIGHT / 2, HEIGHT / 2)
        if self._share > 0:
            place.setWidth(max(HEIGHT, place.width() * self._share))
            painter.setBrush(QColor(tokens.warning if self._warn else tokens.accent))
            painter.drawRoundedRect(place, HEIGHT / 2, HEIGHT / 2)
        painter.end()
