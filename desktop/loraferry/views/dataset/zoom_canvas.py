"""A picture that is worked on: zoomed by the wheel, panned by the middle button, and from points to pixels and back."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraferry.views.dataset.zooming import FIT, Placed, Zoom, panned, placed, zoomed

MARGIN = 28
"""Logical pixels around the picture, so that what lies at its edges can be grasped."""
WHEEL_STEP = 1.2


class ZoomCanvas(QWidget):
    """What is drawn is up to those who inherit; they say how large the picture is with `picture_size`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self._zoom: Zoom = FIT
        self._panning: QPointF | None = None

    def picture_size(self) -> tuple[int, int]:
        """Width and height of the picture in its pixels; (0, 0) where there is none."""
        raise NotImplementedError

    @property
    def magnified(self) -> bool:
        """Whether more than the whole picture would be seen."""
        return not self._zoom.fits

    @property
    def density(self) -> float:
        """Device pixels a logical one."""
        return self.devicePixelRatioF()

    def fit(self) -> None:
        """See the whole picture."""
        self._zoom = FIT
        self.update()

    def zoom(self, times: float, at: QPointF | None = None) -> None:
        """See the picture so many times larger than now, around a point of the widget or its middle."""
        picture, room = self._picture_and_room()
        point = at if at is not None else QPointF(self.rect().center())
        inner = ((point.x() - MARGIN) * self.density, (point.y() - MARGIN) * self.density)
        self._zoom = zoomed(self._zoom, self._zoom.times * times, inner, picture, room)
        self.update()

    def _picture_and_room(self) -> tuple[tuple[float, float], tuple[float, float]]:
        width, height = self.picture_size()
        room = ((self.width() - 2 * MARGIN) * self.density, (self.height() - 2 * MARGIN) * self.density)
        return (max(width, 1.0), max(height, 1.0)), (max(room[0], 1.0), max(room[1], 1.0))

    def placed(self) -> Placed:
        """Where the picture lies, in logical pixels of the widget."""
        where = placed(self._zoom, *self._picture_and_room())
        return Placed(where.left / self.density + MARGIN, where.top / self.density + MARGIN, where.scale / self.density)

    def on_widget(self, left: float, top: float, width: float, height: float) -> QRectF:
        """Where a part of the picture is on the widget."""
        where = self.placed()
        return QRectF(
            where.left + left * where.scale, where.top + top * where.scale, width * where.scale, height * where.scale
        )

    def whole(self) -> QRectF:
        """Where the picture is on the widget."""
        return self.on_widget(0, 0, *self.picture_size())

    def on_picture(self, position: QPointF) -> tuple[float, float]:
        """The point of the picture below a point of the widget."""
        where = self.placed()
        return (position.x() - where.left) / where.scale, (position.y() - where.top) / where.scale

    # --- the mouse

    def begin_pan(self, event: QMouseEvent) -> bool:
        """Whether a press begins to move the picture about."""
        if event.button() != Qt.MouseButton.MiddleButton:
            return False
        self._panning = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def pan(self, event: QMouseEvent) -> bool:
        """Whether a move was one of the picture."""
        if self._panning is None:
            return False
        by = event.position() - self._panning
        self._panning = event.position()
        self._zoom = panned(self._zoom, (by.x() * self.density, by.y() * self.density), *self._picture_and_room())
        self.update()
        return True

    def end_pan(self) -> None:
        """The button was let go."""
        self._panning = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if min(self.picture_size()) > 0:
            self.zoom(WHEEL_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    # --- repainting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)
