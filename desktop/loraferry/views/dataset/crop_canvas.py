"""The picture with its crops, to be dragged, drawn and nudged; with zoom and pan."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from loraferry.library.shapes import Crop
from loraferry.viewmodels.crop_desk import CropDesk
from loraferry.views.dataset.crop_marks import (
    draw_frame,
    draw_label,
    draw_levels,
    draw_other,
    handle_at,
    shade_outside,
)
from loraferry.views.dataset.turned_picture import Copies, paint_turned, small_copy
from loraferry.views.dataset.zoom_canvas import WHEEL_STEP, ZoomCanvas
from loraferry.views.theme import tabular, tokens_now

FAR = 10
"""Pixels of the picture that a key moves with Alt; Ctrl and an arrow go to another picture everywhere."""
_DRAWN = 6
"""Logical pixels of a drag from which on it means to draw a crop; less is a click."""

_CURSORS = {
    "nw": Qt.CursorShape.SizeFDiagCursor,
    "se": Qt.CursorShape.SizeFDiagCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor,
    "sw": Qt.CursorShape.SizeBDiagCursor,
    "n": Qt.CursorShape.SizeVerCursor,
    "s": Qt.CursorShape.SizeVerCursor,
    "w": Qt.CursorShape.SizeHorCursor,
    "e": Qt.CursorShape.SizeHorCursor,
    "move": Qt.CursorShape.SizeAllCursor,
    "draw": Qt.CursorShape.CrossCursor,
}
_WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class CropCanvas(ZoomCanvas):
    """Shows a desk. The owner gives it the upright picture with `show_image` and the words on the frames with
    `label_with`."""

    let_go = Signal()
    """Escape was pressed while nothing was held."""

    def __init__(self, desk: CropDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cropCanvas")
        self._desk = desk
        self._copies = Copies(QImage())
        self._backdrop = QPixmap()
        self._backdrop_for: tuple[object, ...] | None = None
        self._pressed: QPointF | None = None
        self._drawing = False
        self._label: Callable[[int, Crop], str] = lambda _, crop: f"{crop.width} × {crop.height}"
        desk.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def show_image(self, image: QImage) -> None:
        """The upright picture in any resolution; a null image shows frames alone."""
        self._copies = Copies(image)
        self.update()

    def label_with(self, label: Callable[[int, Crop], str]) -> None:
        """What stands on the frame of the crop of an index."""
        self._label = label
        self.update()

    def picture_size(self) -> tuple[int, int]:
        """Of the turned picture."""
        return self._desk.size

    def frame_of(self, crop: Crop) -> QRectF:
        """Where a crop is on the widget."""
        return self.on_widget(crop.left, crop.top, crop.width, crop.height)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        desk = self._desk
        if not desk.ready:
            return
        painter = QPainter(self)
        picture = self.whole()
        self._paint_picture(painter, picture)
        tokens = tokens_now()
        for index, other in enumerate(desk.crops):
            if index != desk.chosen:
                draw_other(painter, self.frame_of(other))
        if desk.crop is not None:
            frame = self.frame_of(desk.crop)
            shade_outside(painter, picture.intersected(QRectF(self.rect())), frame)
            draw_frame(painter, frame, tokens, focused=self.hasFocus())
        if desk.straightening:
            draw_levels(painter, picture)
        font = tabular(self.font())
        # The chosen one last, so that its words are in front.
        for index in sorted(range(len(desk.crops)), key=lambda index: index == desk.chosen):
            one, chosen = desk.crops[index], index == desk.chosen
            colours = (tokens.accent, tokens.on_accent) if chosen else (tokens.surface, tokens.text)
            draw_label(painter, self.frame_of(one), self._label(index, one), font, *colours)

    def _paint_picture(self, painter: QPainter, frame: QRectF) -> None:
        desk = self._desk
        if self._copies.empty:
            painter.fillRect(frame, tokens_now().hover)
            return
        whole = (0.0, 0.0, float(desk.size[0]), float(desk.size[1]))
        if desk.straightening or self.magnified:
            picture = self._copies.at_least(self.placed().scale * desk.upright[0] * self.density)
            paint_turned(painter, picture, desk.upright, desk.turn, whole, frame)
            return
        size = (max(1, round(frame.width() * self.density)), max(1, round(frame.height() * self.density)))
        key = (self._copies.key, desk.upright, desk.turn, size)
        if self._backdrop_for != key:
            self._backdrop = QPixmap.fromImage(small_copy(self._copies, desk.upright, desk.turn, whole, size))
            self._backdrop_for = key
        painter.drawPixmap(frame, self._backdrop, QRectF(self._backdrop.rect()))

    # --- the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        position = event.position()
        if self.begin_pan(event):
            return
        if event.button() != Qt.MouseButton.LeftButton or not self._desk.ready:
            return
        self._pressed, self._drawing = position, False
        grip = self._grip_at(position)
        if grip == "other":
            self._desk.choose(self._crop_at(position))
            grip = "move"
        if grip != "draw":
            self._desk.grasp(grip)  # type: ignore[arg-type]
        self._show_cursor(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self.pan(event):
            return
        if self._pressed is None:
            self._show_cursor(position)
            return
        by = position - self._pressed
        if not self._desk.held and not self._drawing and by.manhattanLength() >= _DRAWN:
            self._drawing = True
            self._desk.grasp("draw", self.on_picture(self._pressed))
        if self._desk.held:
            scale = self.placed().scale
            square = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._desk.drag(by.x() / scale, by.y() / scale, square=square)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.end_pan()
        if event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            self._pressed = None
            self._desk.release()
        self._show_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._grip_at(event.position()) == "draw":
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._desk.held:
            event.accept()
        else:
            super().wheelEvent(event)

    def _crop_at(self, position: QPointF) -> int:
        """The smallest crop below a point; -1: none."""
        crops = self._desk.crops
        below = [index for index, crop in enumerate(crops) if self.frame_of(crop).contains(position)]
        return min(below, key=lambda index: crops[index].width * crops[index].height, default=-1)

    def _grip_at(self, position: QPointF) -> str:
        """What a press there takes: a handle, `move`, `other` for another crop, or `draw`."""
        crop = self._desk.crop
        if crop is not None:
            frame = self.frame_of(crop)
            handle = handle_at(frame, position)
            if handle is not None:
                return handle
            if frame.contains(position) and self._crop_at(position) in (self._desk.chosen, -1):
                return "move"
        return "draw" if self._crop_at(position) < 0 else "other"

    def _show_cursor(self, position: QPointF) -> None:
        grip = self._grip_at(position) if self._desk.ready else ""
        self.setCursor(_CURSORS.get(grip, Qt.CursorShape.ArrowCursor))

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        desk, key, modifiers = self._desk, event.key(), event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        way = _WAYS.get(Qt.Key(key))
        if way is not None and desk.crop is not None and not control:
            by = FAR if modifiers & Qt.KeyboardModifier.AltModifier else 1
            act = desk.grow if modifiers & Qt.KeyboardModifier.ShiftModifier else desk.nudge
            act(way[0] * by, way[1] * by)
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            desk.delete()
        elif key == Qt.Key.Key_D and control:
            desk.duplicate()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(WHEEL_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / WHEEL_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif not control and key in (Qt.Key.Key_N, Qt.Key.Key_Insert):
            desk.add()
        elif not control and key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            desk.rotate(-1 if key == Qt.Key.Key_BracketLeft else 1)
        elif not control and key == Qt.Key.Key_F:
            desk.flip()
        elif not control and key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self._choose_by(-1 if key == Qt.Key.Key_Comma else 1)
        else:
            super().keyPressEvent(event)

    def _choose_by(self, by: int) -> None:
        count = len(self._desk.crops)
        if count:
            self._desk.choose((self._desk.chosen + by) % count)

    def _escape(self) -> None:
        if self._desk.held:
            self._pressed = None
            self._desk.let_be()
        elif self.magnified:
            self.fit()
        else:
            self.let_go.emit()
