"""Bars that say how many, each of which can be clicked or chosen by key: columns side by side, or rows with names."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.tooltips import plain_tooltip

_ROUND = 3.0


@dataclass(frozen=True)
class Bar:
    """One of them: `id` is told when it is chosen. `warn`: drawn in the colour of warnings; `note` says why."""

    id: str
    label: str
    count: int
    note: str = ""
    warn: bool = False


class Bars(QWidget):
    """What both kinds do: the pointer and the keyboard choose a bar."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(tabular(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bars: tuple[Bar, ...] = ()
        self._lit: frozenset[str] = frozenset()
        self._at = 0
        self._hovered = -1

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is shown."""
        return self._bars

    def show_bars(self, bars: Sequence[Bar], lit: Sequence[str] = ()) -> None:
        """Show others; those of the ids `lit` are what is looked at now."""
        self._bars, self._lit = tuple(bars), frozenset(lit)
        self._at = min(self._at, max(0, len(self._bars) - 1))
        self._hovered = -1
        self.setAccessibleDescription("; ".join(f"{bar.label}: {bar.count:,}" for bar in self._bars))
        self.updateGeometry()
        self.update()

    def place_of(self, index: int) -> QRectF:
        """Where a bar can be clicked."""
        raise NotImplementedError

    def _index_at(self, point: QPointF) -> int:
        return next((index for index in range(len(self._bars)) if self.place_of(index).contains(point)), -1)

    def _colour(self, index: int) -> QColor:
        tokens, bar = tokens_now(), self._bars[index]
        colour = QColor(tokens.warning if bar.warn else tokens.accent)
        if index != self._hovered and self._lit and bar.id not in self._lit:
            colour.setAlphaF(0.35)
        return colour

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._bars) and self._bars[index].count:
            self._at = index
            self.chosen.emit(self._bars[index].id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index != self._hovered:
            self._hovered = index
            usable = index >= 0 and self._bars[index].count > 0
            self.setCursor(Qt.CursorShape.PointingHandCursor if usable else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._index_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        back = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up)
        if self._bars and (back or event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down)):
            self._at = min(max(self._at + (-1 if back else 1), 0), len(self._bars) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose(self._at)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(QPointF(event.pos()))
            if index >= 0:
                bar = self._bars[index]
                text = f"{bar.label}: {bar.count:,}" + (f"\n{bar.note}" if bar.note else "")
                QToolTip.showText(event.globalPos(), plain_tooltip(text), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((bar.count for bar in self._bars), default=0) or 1
        for index, bar in enumerate(self._bars):
            self._paint_bar(painter, index, bar.count / most)
        if self.hasFocus() and self._bars:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens_now().accent), 2))
            painter.drawRoundedRect(self.place_of(self._at).adjusted(1, 1, -1, -1), _ROUND, _ROUND)
        painter.end()

    def _paint_bar(self, painter: QPainter, index: int, share: float) -> None:
        raise NotImplementedError


class BarColumns(Bars):
    """A histogram: columns with their numbers above and their names below."""

    HEIGHT = 132
    GAP = 4

    def sizeHint(self) -> QSize:
        return QSize(300, self.HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(28 * max(1, len(self._bars)), self.HEIGHT)

    def place_of(self, index: int) -> QRectF:
        width = self.width() / max(1, len(self._bars))
        return QRectF(index * width, 0, width, self.height())

    def _paint_bar(self, painter: QPainter, index: int, share: float) -> None:
        tokens, bar, place = tokens_now(), self._bars[index], self.place_of(index)
        line = QFontMetrics(self.font()).height()
        small = self.font()
        small.setPointSizeF(small.pointSizeF() * 0.85)
        painter.setFont(tabular(small))
        ground = place.bottom() - line - 3
        room = ground - line - 2
        height = max(2.0, room * share) if bar.count else 0.0
        column = QRectF(place.left() + self.GAP / 2, ground - height, place.width() - self.GAP, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(index))
        painter.drawRoundedRect(column, _ROUND, _ROUND)
        painter.setPen(QColor(tokens.border))
        painter.drawLine(QPointF(place.left(), ground + 1), QPointF(place.right(), ground + 1))
        centre = Qt.AlignmentFlag.AlignHCenter
        painter.setPen(QColor(tokens.muted))
        painter.drawText(QRectF(place.left() - 4, ground + 2, place.width() + 8, line), centre, bar.label)
        if bar.count:
            painter.setPen(QColor(tokens.text))
            number = QRectF(place.left() - 4, column.top() - line, place.width() + 8, line)
            painter.drawText(number, centre | Qt.AlignmentFlag.AlignBottom, f"{bar.count:,}")


class BarRows(Bars):
    """A table: names at the left, bars behind them, numbers at the right."""

    ROW = 26

    def sizeHint(self) -> QSize:
        return QSize(300, self.ROW * len(self._bars))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.ROW * len(self._bars))

    def place_of(self, index: int) -> QRectF:
        return QRectF(0, index * self.ROW, self.width(), self.ROW)

    def _paint_bar(self, painter: QPainter, index: int, share: float) -> None:
        tokens, bar, place = tokens_now(), self._bars[index], self.place_of(index).adjusted(0, 2, 0, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        if index == self._hovered:
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(place, _ROUND, _ROUND)
        metrics = QFontMetrics(self.font())
        number = f"{bar.count:,}"
        numbers = max(metrics.horizontalAdvance(f"{one.count:,}") for one in self._bars) + 16
        track = QRectF(place.left(), place.bottom() - 3, place.width(), 3)
        painter.setBrush(QColor(tokens.border))
        painter.drawRoundedRect(track, 1.5, 1.5)
        track.setWidth(max(3.0, track.width() * share))
        painter.setBrush(self._colour(index))
        painter.drawRoundedRect(track, 1.5, 1.5)
        painter.setFont(self.font())
        text = place.adjusted(6, -2, -6, -2)
        lit = bar.id in self._lit
        font = self.font()
        font.setBold(lit)
        painter.setFont(font)
        painter.setPen(QColor(tokens.warning if bar.warn else tokens.text))
        room = int(text.width()) - numbers
        shown = QFontMetrics(font).elidedText(bar.label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setPen(QColor(tokens.text if lit else tokens.muted))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
