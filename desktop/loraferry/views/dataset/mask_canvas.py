"""The picture under its mask: what is not learned lies behind a veil, which the brush paints and takes away."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from loraferry.library.masks import Brush, Span
from loraferry.viewmodels.dataset_masks import DatasetMasks
from loraferry.views.dataset.zoom_canvas import WHEEL_STEP, ZoomCanvas
from loraferry.views.theme import tokens_now

Tool = Literal["brush", "fill", "box"]
TOOLS: tuple[Tool, ...] = ("brush", "fill", "box")
LEAST, MOST = 2, 600
"""Diameter of the brush in pixels of the mask."""
SIZE_STEP = 1.15


@dataclass
class Palette:
    """What the next stroke is painted with."""

    tool: Tool = "brush"
    size: float = 80
    hardness: float = 0.8
    erase: bool = False
    tolerance: float = 0.12
    opacity: float = 0.7


class MaskCanvas(ZoomCanvas):
    """Shows and paints the mask of a view-model. With Alt (or the right button) the other colour is painted."""

    palette_changed = Signal()
    let_go = Signal()
    """Escape was pressed while nothing was being painted."""

    def __init__(self, model: DatasetMasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("maskCanvas")
        self._model = model
        self.colours = Palette()
        self._veil = QImage()
        self._backdrop = QPixmap()
        self._backdrop_for: tuple[object, ...] | None = None
        self._pointer: QPointF | None = None
        self._pressed: QPointF | None = None
        self._other = False
        self.setCursor(Qt.CursorShape.CrossCursor)
        model.picture_changed.connect(self._renew)
        model.painted.connect(self._paint_veil)

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def picture_size(self) -> tuple[int, int]:
        """Of the mask, and of the picture as it was decoded for it."""
        return self._model.size

    def recolour(self) -> None:
        """The veil's opacity or the theme is another one."""
        self._paint_veil(None)

    @property
    def erasing(self) -> bool:
        """Whether the next stroke takes away."""
        return self.colours.erase != self._other

    def _renew(self) -> None:
        self._backdrop_for = None
        self.fit()
        self._paint_veil(None)

    # --- painting

    def _paint_veil(self, span: Span | None) -> None:
        mask = self._model.mask
        if mask is None:
            self._veil = QImage()
            self.update()
            return
        rows, columns = mask.shape
        if span is None or self._veil.size() != QSize(columns, rows):
            self._veil = QImage(columns, rows, QImage.Format.Format_ARGB32_Premultiplied)
            span = (0, 0, columns, rows)
        left, top, right, bottom = span
        if left >= right or top >= bottom:
            return
        part = mask[top:bottom, left:right].tobytes()
        index = QImage(part, right - left, bottom - top, right - left, QImage.Format.Format_Indexed8)
        index.setColorTable(self._veil_colours())
        painter = QPainter(self._veil)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(left, top, index)
        painter.end()
        self.update(self.on_widget(left, top, right - left, bottom - top).toAlignedRect().adjusted(-3, -3, 3, 3))

    def _veil_colours(self) -> list[int]:
        """By the mask's value: nothing where it is white, the accent where it is black, which few pictures are full of."""
        colour = QColor(tokens_now().accent)
        result = []
        for value in range(256):
            colour.setAlphaF(self.colours.opacity * (255 - value) / 255)
            result.append(colour.rgba())
        return result

    def paintEvent(self, event: QPaintEvent) -> None:
        if min(self.picture_size()) <= 0:
            return
        painter = QPainter(self)
        frame = self.whole()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_picture(painter, frame)
        if not self._veil.isNull():
            painter.drawImage(frame, self._veil)
        self._paint_pointer(painter)

    def _paint_picture(self, painter: QPainter, frame: QRectF) -> None:
        image = self._model.image
        if self.magnified:
            painter.drawImage(frame, image)
            return
        size = QSize(max(1, round(frame.width() * self.density)), max(1, round(frame.height() * self.density)))
        key = (image.cacheKey(), size.width(), size.height())
        if self._backdrop_for != key:
            scaled = image.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
            self._backdrop, self._backdrop_for = QPixmap.fromImage(scaled), key
        painter.drawPixmap(frame, self._backdrop, QRectF(self._backdrop.rect()))

    def _paint_pointer(self, painter: QPainter) -> None:
        if self._pointer is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Black and white side by side can be seen on any picture.
        for colour, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255, 230), 1.2)):
            pen = QPen(colour, width)
            if self.erasing and width < 2:
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            if self.colours.tool == "brush":
                radius = self.colours.size / 2 * self.placed().scale
                painter.drawEllipse(self._pointer, radius, radius)
            elif self.colours.tool == "box" and self._pressed is not None:
                painter.drawRect(QRectF(self._pressed, self._pointer).normalized())

    # --- the mouse

    def _brush(self) -> Brush:
        return Brush(self.colours.size, self.colours.hardness, self.erasing)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.begin_pan(event):
            return
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self._other = alt != (event.button() == Qt.MouseButton.RightButton)
        self._pressed = event.position()
        point = self.on_picture(event.position())
        if self.colours.tool == "brush":
            self._model.press(point, self._brush())
        elif self.colours.tool == "fill":
            width, height = self.picture_size()
            if 0 <= point[0] < width and 0 <= point[1] < height:
                self._model.fill(point, self.colours.tolerance, erase=self.erasing)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.pan(event):
            return
        before, self._pointer = self._pointer, event.position()
        if self._pressed is not None and self.colours.tool == "brush":
            self._model.move(self.on_picture(event.position()))
        if self.colours.tool == "box" and self._pressed is not None:
            self.update()
            return
        for point in (before, self._pointer):
            if point is not None:
                self.update(self._around(point))

    def _around(self, point: QPointF) -> QRect:
        """What the brush covers at a point of the widget."""
        radius = self.colours.size / 2 * self.placed().scale + 4
        return QRectF(point.x() - radius, point.y() - radius, 2 * radius, 2 * radius).toAlignedRect()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.end_pan()
        self.setCursor(Qt.CursorShape.CrossCursor)
        if self._pressed is None or event.button() == Qt.MouseButton.MiddleButton:
            return
        start, self._pressed = self._pressed, None
        if self.colours.tool == "brush":
            self._model.release()
        elif self.colours.tool == "box":
            self._model.box(self.on_picture(start), self.on_picture(event.position()), erase=self.erasing)
        self._other = False
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._pointer = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.resize_brush(SIZE_STEP ** (event.angleDelta().y() / 120))
            event.accept()
            return
        super().wheelEvent(event)

    def resize_brush(self, times: float) -> None:
        """A brush so many times larger."""
        self.colours.size = min(max(self.colours.size * times, LEAST), MOST)
        self.palette_changed.emit()
        self.update()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        tools: dict[int, Tool] = {Qt.Key.Key_B: "brush", Qt.Key.Key_G: "fill", Qt.Key.Key_R: "box"}
        if plain and key in tools:
            self.colours.tool = tools[key]
            self.palette_changed.emit()
        elif plain and key == Qt.Key.Key_E:
            self.colours.erase = not self.colours.erase
            self.palette_changed.emit()
        elif plain and key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self.resize_brush(SIZE_STEP if key == Qt.Key.Key_BracketRight else 1 / SIZE_STEP)
        elif plain and key == Qt.Key.Key_I:
            self._model.invert()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(1 / WHEEL_STEP if key == Qt.Key.Key_Minus else WHEEL_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        else:
            super().keyPressEvent(event)
        self.update()

    def _escape(self) -> None:
        if self._pressed is not None:
            self._pressed = None
            self._model.let_be()
        elif self.magnified:
            self.fit()
        else:
            self.let_go.emit()
