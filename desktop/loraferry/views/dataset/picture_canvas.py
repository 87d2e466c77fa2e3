"""A picture to look at: fits, or is magnified around the pointer, and is moved about with the mouse."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QNativeGestureEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraferry.library.shapes import Crop
from loraferry.views.dataset.zooming import FIT, Pair, Zoom, actual, fit_scale, panned, placed, within, zoomed
from loraferry.views.theme import tokens_now

STEP = 1.25
"""Times larger with each notch of the wheel, and each press of +."""
_SETTLED_MS = 90
_PIXELS_FROM = 2.0
"""Device pixels a pixel from which pixels are shown as they are; below, they are blended."""


class PictureCanvas(QWidget):
    """Knows a decoded picture, which may be smaller than the real one, and the size of the real one."""

    zoomed = Signal(object)
    """Zoom: the person magnified or moved the picture."""
    blurred = Signal()
    """More pixels would be seen than the decoded picture has."""
    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._size: tuple[int, int] = (0, 0)
        self._crops: tuple[Crop, ...] = ()
        self._zoom = FIT
        self._grasped: QPointF | None = None
        self._ready = QImage()
        self._ready_for: tuple[int, int, int] | None = None
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLED_MS)
        self._settling.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    @property
    def zoom(self) -> Zoom:
        """What is seen."""
        return self._zoom

    @property
    def percent(self) -> int:
        """Device pixels a hundred pixels of the picture."""
        return round(100 * fit_scale(self._picture, self._room) * self._zoom.times)

    def show_picture(self, image: QImage, size: tuple[int, int], crops: tuple[Crop, ...] = ()) -> None:
        """Show this picture, whose real size is `size`; the zoom stays."""
        self._image, self._size, self._crops = image, size if all(size) else (image.width(), image.height()), crops
        self.update()

    def set_zoom(self, zoom: Zoom) -> None:
        """See this part."""
        if zoom != self._zoom:
            self._zoom = within(zoom, self._picture, self._room) if not zoom.fits else FIT
            self._settling.start()
            self.update()

    # --- what a person does

    def fit(self) -> None:
        """The whole picture."""
        self._take(FIT)

    def magnify(self, times: float, at: QPointF | None = None) -> None:
        """So many times larger than now, around a point or the middle."""
        self._take(zoomed(self._zoom, self._zoom.times * times, self._device(at), self._picture, self._room))

    def show_actual(self, at: QPointF | None = None) -> None:
        """One device pixel a pixel of the picture."""
        self._take(actual(self._zoom, self._device(at), self._picture, self._room))

    def toggle(self, at: QPointF | None = None) -> None:
        """The whole picture, or its pixels one by one."""
        if self._zoom.fits and fit_scale(self._picture, self._room) < 1:
            self.show_actual(at)
        elif self._zoom.fits:
            self.magnify(2 * STEP, at)
        else:
            self.fit()

    def move_by(self, x: float, y: float) -> None:
        """Move the picture by so many logical pixels."""
        scale = self.devicePixelRatioF()
        self._take(panned(self._zoom, (x * scale, y * scale), self._picture, self._room))

    def _take(self, zoom: Zoom) -> None:
        self.set_zoom(zoom)
        self.zoomed.emit(self._zoom)

    # --- geometry, in device pixels

    @property
    def _picture(self) -> Pair:
        return max(1.0, self._size[0]), max(1.0, self._size[1])

    @property
    def _room(self) -> Pair:
        scale = self.devicePixelRatioF()
        return max(1.0, round(self.width() * scale)), max(1.0, round(self.height() * scale))

    def _device(self, at: QPointF | None) -> Pair:
        at = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        return at.x() * self.devicePixelRatioF(), at.y() * self.devicePixelRatioF()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens_now().window))
        if self._image.isNull():
            return
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        where = placed(self._zoom, self._picture, self._room)
        target = QRectF(round(where.left), round(where.top), self._size[0] * where.scale, self._size[1] * where.scale)
        share = target.width() / self._image.width()
        if share < 1 and not self._settling.isActive():
            self._paint_reduced(painter, target)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, where.scale < _PIXELS_FROM)
            painter.drawImage(target, self._image, QRectF(self._image.rect()))
        self._paint_crops(painter, target, where.scale)
        if share > 1.02 and max(self._image.width(), self._image.height()) < max(self._size):
            self.blurred.emit()

    def _paint_reduced(self, painter: QPainter, target: QRectF) -> None:
        """Reduced properly, once for each size: blending while painting skips pixels and flickers."""
        width, height = max(1, round(target.width())), max(1, round(target.height()))
        key = (self._image.cacheKey(), width, height)
        if self._ready_for != key:
            ignore, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._ready = self._image.scaled(width, height, ignore, smooth)
            self._ready_for = key
        painter.drawImage(target.topLeft(), self._ready)

    def _paint_crops(self, painter: QPainter, target: QRectF, scale: float) -> None:
        if not self._crops:
            return
        tokens, line = tokens_now(), max(1.0, self.devicePixelRatioF())
        for crop in self._crops:
            box = QRectF(crop.left * scale, crop.top * scale, crop.width * scale, crop.height * scale)
            box.translate(target.topLeft())
            painter.setPen(QPen(QColor(tokens.window), 3 * line))
            painter.drawRect(box)
            painter.setPen(QPen(QColor(tokens.accent), line, Qt.PenStyle.DashLine))
            painter.drawRect(box)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    # --- mouse and touchpad

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.magnify(STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.magnify(1 + event.value(), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and not self._zoom.fits:
            self._grasped = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grasped is not None:
            by = event.position() - self._grasped
            self._grasped = event.position()
            self.move_by(by.x(), by.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grasped = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._grasped = None
        self.toggle(event.position())
