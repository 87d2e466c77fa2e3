"""What the mouse does in the grid: click, rubber band, and dragging pictures or a caption out of it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QDrag, QFont, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication

from loraferry.views.dataset.choosing import Choice, banded, clicked, only
from loraferry.views.dataset.drags import caption_data, pictures_data
from loraferry.views.theme import tokens_now

if TYPE_CHECKING:
    from loraferry.views.dataset.grid import PictureGrid

_BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_DRAGGED = QSize(112, 112)
_SCROLL_MS = 16


class Gestures(QObject):
    """One press of the button, until it is let go. A press beside the pictures, or with Ctrl or Shift held, draws a
    rubber band; a press on a picture drags what is chosen; one below it, where its caption stands, drags that."""

    def __init__(self, grid: "PictureGrid") -> None:
        super().__init__(grid)
        self._grid = grid
        self._pressed: QPoint | None = None
        """In the rows, so that scrolling does not move it."""
        self._row = -1
        self._on_caption = False
        self._may_drag = False
        self._only_on_release = False
        self._before = Choice()
        self._adds = False
        self._band: QRect | None = None
        self._at = QPoint()
        self._timer = QTimer(self)
        self._timer.setInterval(_SCROLL_MS)
        self._timer.timeout.connect(self._scroll)

    def press(self, event: QMouseEvent) -> None:
        """The button goes down."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        grid = self._grid
        at = event.position().toPoint()
        modifiers = event.modifiers()
        add = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        extend = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self._row = grid.row_at(at)
        self._before, self._adds = grid.choice, bool(modifiers & _BOTH)
        self._pressed, self._at = at - grid.offset, at
        self._only_on_release = False
        self._may_drag = self._row >= 0 and not self._adds
        if self._row < 0:
            return
        self._on_caption = at.y() > grid.cell_rect(self._row).bottom() or bool(
            modifiers & Qt.KeyboardModifier.AltModifier
        )
        grid.column = None
        if self._row in grid.choice.rows and not self._adds:
            # It may be the start of a drag of all that is chosen.
            self._only_on_release = len(grid.choice.rows) > 1 and event.button() == Qt.MouseButton.LeftButton
            return
        grid.choose(clicked(grid.choice, self._row, add=add, extend=extend))

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves with the button down."""
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        self._at = event.position().toPoint()
        moved = self._at - self._grid.offset - self._pressed
        if self._band is None and moved.manhattanLength() < QApplication.startDragDistance():
            return
        if self._may_drag:
            self._drag()
        else:
            self._stretch()
            self._timer.start()

    def release(self, event: QMouseEvent) -> None:
        """The button is let go."""
        if self._only_on_release and self._band is None and self._row >= 0:
            self._grid.choose(only(self._row))
        self.stop()

    def stop(self) -> None:
        """Forget the press."""
        self._pressed, self._band, self._only_on_release = None, None, False
        self._timer.stop()
        self._grid.viewport().update()

    # --- the rubber band

    def follow_scroll(self) -> None:
        """The rows have moved below the pointer."""
        if self._band is not None:
            self._stretch()

    def _stretch(self) -> None:
        assert self._pressed is not None
        end = self._at - self._grid.offset
        self._band = QRect(self._pressed, end).normalized()
        band = self._band
        touched = self._grid.rows.within(band.left(), band.top(), band.right() + 1, band.bottom() + 1)
        choice = banded(self._before, touched, add=self._adds)
        if choice.rows != self._grid.choice.rows:
            self._grid.choose(choice)
        self._grid.viewport().update()

    def _scroll(self) -> None:
        """Beyond the edge the rows move on by themselves."""
        bar, height = self._grid.verticalScrollBar(), self._grid.viewport().height()
        beyond = min(self._at.y(), 0) + max(self._at.y() - height, 0)
        bar.setValue(bar.value() + beyond // 2)

    def paint(self, painter: QPainter) -> None:
        """The rubber band, above the pictures."""
        if self._band is None:
            return
        colour = QColor(tokens_now().accent)
        painter.setPen(QPen(colour, 1))
        colour.setAlpha(50)
        painter.setBrush(colour)
        painter.drawRect(self._band.translated(self._grid.offset))

    # --- dragging out

    def _drag(self) -> None:
        drag = QDrag(self._grid)
        drag.setMimeData(self.data())
        if not self._on_caption:
            drag.setPixmap(self._picture())
            drag.setHotSpot(QPoint(-8, -8))
        self.stop()
        drag.exec(Qt.DropAction.CopyAction)

    def data(self) -> QMimeData:
        """What is dragged from the pressed picture."""
        item = self._grid.model.grid.item(self._row)
        if self._on_caption:
            return caption_data(item.name, item.caption or "")
        return pictures_data(self._grid.model.selected)

    def _picture(self) -> QPixmap:
        """The pressed picture, small, with the number of those that come along."""
        scale = self._grid.devicePixelRatioF()
        result = QPixmap(_DRAGGED * scale)
        result.setDevicePixelRatio(scale)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = QRect(QPoint(0, 0), _DRAGGED).adjusted(0, 12, -12, 0)
        small = self._grid.model.grid.pixmap(self._row)
        tokens = tokens_now()
        if small is not None:
            size = small.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.setOpacity(0.85)
            painter.drawPixmap(QRect(box.topLeft(), size), small)
            painter.setOpacity(1)
            box.setSize(size)
        count = len(self._grid.model.selected)
        if count > 1:
            font = QFont(painter.font())
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            width = max(24, painter.fontMetrics().horizontalAdvance(str(count)) + 14)
            label = QRect(box.right() - width // 2 - 4, 0, width, 24)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent))
            painter.drawRoundedRect(label, 12, 12)
            painter.setPen(QColor(tokens.on_accent))
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(count))
        painter.end()
        return result
