"""The tags of a caption as chips: moved by drag, rewritten in place, taken out, and added with what may be meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from loraferry.views.dataset.drags import tags_data, tags_in
from loraferry.views.dataset.tag_field import Suggest, TagField
from loraferry.views.icons import pixmap
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.tooltips import plain_tooltip

HEIGHT = 28
GAP = 6
_PAD = 10
_CLOSE = 22
_FIELD = 150
_SLACK = 4
"""Metrics round."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One tag. `note` stands behind it in small, as "3 of 12"; `mixed`: not all of the pictures have it; `unread`: it
    lies beyond what is read of the caption; `hint` is told when the pointer rests on it."""

    text: str
    note: str = ""
    mixed: bool = False
    unread: bool = False
    hint: str = ""


class TagChips(QWidget):
    """Tells what a person wants; shows what it is given. Its height follows from its width."""

    added = Signal(list)
    """Tags."""
    removed = Signal(list)
    """Tags, as they are written."""
    rewritten = Signal(int, str)
    """Place, other text."""
    moved = Signal(int, int)
    """Place, the place before which it comes."""
    spread = Signal(str)
    """A tag that only some of the pictures have, for all of them."""
    left = Signal()

    def __init__(self, suggest: Suggest, parent: QWidget | None = None) -> None:
        self._boxes: list[QRect] = []
        super().__init__(parent)
        self.setObjectName("tagChips")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.may_move = True
        """Whether the order is that of one caption."""
        self._chips: tuple[Chip, ...] = ()
        self._current = self._hovered = -1
        self._editing = -1
        self._pressed: QPoint | None = None
        self._mark = -1
        """Before which chip something would be dropped."""
        self.field = TagField(suggest, self)
        self.setFont(tabular(self.font()))
        self.field.setFrame(False)
        self.field.given.connect(self._give)
        self.field.emptied.connect(self._to_last)
        self.field.cancelled.connect(self._stop_editing)
        self.field.left.connect(self._leave_field)

    # --- what is shown

    @property
    def chips(self) -> tuple[Chip, ...]:
        """What is shown."""
        return self._chips

    @property
    def current(self) -> int:
        """The chip in front; -1 where there is none."""
        return self._current

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Show others. What is being typed stays."""
        chips = tuple(chips)
        if chips == self._chips:
            return
        if self._editing >= 0 and [c.text for c in chips] != [c.text for c in self._chips]:
            self._stop_editing()
        self._chips = chips
        self._current = min(self._current, len(chips) - 1)
        self._hovered = -1
        self._lay_out()
        self.updateGeometry()
        self.update()

    def start(self) -> None:
        """Begin to add a tag."""
        self._stop_editing()
        self.field.setFocus()

    # --- places

    def _width_of(self, chip: Chip) -> int:
        metrics = self.fontMetrics()
        note = metrics.horizontalAdvance(chip.note) + 8 if chip.note else 0
        return metrics.horizontalAdvance(chip.text) + note + _PAD + _CLOSE + _SLACK

    def _placed(self, width: int) -> tuple[list[QRect], QRect]:
        """The boxes of all chips and of the field."""
        boxes, x, y = [], 0, 0
        for number, chip in enumerate(self._chips):
            wide = min(self._width_of(chip), max(width, 80))
            if number == self._editing:
                wide = max(wide, min(_FIELD + 40, width))
            if x and x + wide > width:
                x, y = 0, y + HEIGHT + GAP
            boxes.append(QRect(x, y, wide, HEIGHT))
            x += wide + GAP
        if x and width - x < _FIELD:
            x, y = 0, y + HEIGHT + GAP
        return boxes, QRect(x, y, width - x, HEIGHT)

    def _lay_out(self) -> None:
        self._boxes, last = self._placed(self.width())
        self.field.setGeometry(self._boxes[self._editing] if self._editing >= 0 else last)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._placed(width)[1].bottom() + 1

    def sizeHint(self) -> QSize:
        return QSize(280, self.heightForWidth(max(self.width(), 120)))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(self.width(), 120)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        self.updateGeometry()

    def chip_at(self, place: QPoint) -> int:
        """The chip at a point; -1: none."""
        return next((number for number, box in enumerate(self._boxes) if box.contains(place)), -1)

    def box(self, number: int) -> QRect:
        """Where a chip is."""
        return self._boxes[number]

    def _close_box(self, number: int) -> QRect:
        box = self._boxes[number]
        return QRect(box.right() - _CLOSE + 1, box.top(), _CLOSE, HEIGHT)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number in range(len(self._chips)):
            if number != self._editing and self._boxes[number].intersects(event.rect()):
                self._paint_chip(painter, number)
        self._paint_cut(painter)
        if self._mark >= 0:
            painter.setPen(QPen(QColor(tokens_now().accent), 2))
            x, y = self._mark_place()
            painter.drawLine(x, y + 2, x, y + HEIGHT - 2)

    def _paint_chip(self, painter: QPainter, number: int) -> None:
        tokens, chip, box = tokens_now(), self._chips[number], self._boxes[number]
        focused = number == self._current and self.hasFocus()
        frame = QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = QPen(QColor(tokens.accent), 2) if focused else QPen(QColor(tokens.border), 1)
        if chip.mixed and not focused:
            edge = QPen(QColor(tokens.outline), 1, Qt.PenStyle.DashLine)
        painter.setPen(edge)
        fill = tokens.hover if number == self._hovered else (tokens.surface if chip.mixed else tokens.accent_soft)
        painter.setBrush(QColor(tokens.surface if chip.unread and number != self._hovered else fill))
        painter.drawRoundedRect(frame, HEIGHT / 2, HEIGHT / 2)
        metrics = painter.fontMetrics()
        room = box.width() - _PAD - _CLOSE
        note = metrics.horizontalAdvance(chip.note) + 8 if chip.note else 0
        inner = QRect(box.left() + _PAD, box.top(), room, HEIGHT)
        painter.setPen(QColor(tokens.muted if chip.unread else tokens.text))
        shown = metrics.elidedText(chip.text, Qt.TextElideMode.ElideRight, room - note)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if chip.note:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, chip.note)
        if number in (self._hovered, self._current if self.hasFocus() else -1):
            sign = pixmap("close", 12, tokens.muted, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(self._close_box(number).center()) - QPointF(6, 6), sign)

    def _paint_cut(self, painter: QPainter) -> None:
        """A broken line before the first tag that is not read any more."""
        first = next((number for number, chip in enumerate(self._chips) if chip.unread), -1)
        if first < 0:
            return
        box = self._boxes[first]
        painter.setPen(QPen(QColor(tokens_now().warning), 2, Qt.PenStyle.DotLine))
        x = max(box.left() - GAP // 2, 1)
        painter.drawLine(x, box.top() + 1, x, box.bottom() - 1)

    def _mark_place(self) -> tuple[int, int]:
        if self._mark < len(self._boxes):
            box = self._boxes[self._mark]
            return max(box.left() - GAP // 2, 1), box.top()
        if self._boxes:
            return self._boxes[-1].right() + GAP // 2, self._boxes[-1].top()
        return 1, 0

    # --- adding and rewriting

    def _give(self, text: str) -> None:
        editing = self._editing
        self._stop_editing()
        if editing >= 0:
            if text != self._chips[editing].text:
                self.rewritten.emit(editing, text)
            self._choose(min(editing, len(self._chips) - 1))
            self.setFocus()
        elif text:
            self.added.emit([tag for part in text.replace("，", ",").split(",") if (tag := part.strip())])
            self.field.setFocus()

    def edit(self, number: int) -> None:
        """Rewrite a chip in its place."""
        if 0 <= number < len(self._chips):
            self._choose(number)
            self._editing = number
            self._lay_out()
            self.field.setText(self._chips[number].text)
            self.field.selectAll()
            self.field.setFocus()
            self.update()

    def _stop_editing(self) -> None:
        was, self._editing = self._editing, -1
        self.field.clear()
        self._lay_out()
        self.update()
        if was >= 0 and self.field.hasFocus():
            self.setFocus()

    def _leave_field(self) -> None:
        if self._editing >= 0:
            editing, text = self._editing, self.field.text().strip()
            self._editing = -1
            self.field.clear()
            self._lay_out()
            if text and text != self._chips[editing].text:
                self.rewritten.emit(editing, text)
        elif text := self.field.text().strip():
            self.field.clear()
            self.added.emit([text])
        self.left.emit()

    def _remove(self, number: int) -> None:
        if 0 <= number < len(self._chips):
            self.removed.emit([self._chips[number].text])

    def _to_last(self) -> None:
        if self._chips and self._editing < 0:
            self._choose(len(self._chips) - 1)
            self.setFocus()

    def _choose(self, number: int) -> None:
        self._current = number
        if 0 <= number < len(self._chips):
            self.setAccessibleDescription(self._chips[number].text)
        self.update()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._chips) - 1
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(-1 if key == Qt.Key.Key_Left else 1, move=control)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not control:
            self._step_line(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(0 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove(self._current)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit(self._current)
        elif key == Qt.Key.Key_Space and 0 <= self._current <= last and self._chips[self._current].mixed:
            self.spread.emit(self._chips[self._current].text)
        elif event.text().isprintable() and event.text().strip() and not control:
            self.start()
            self.field.setText(event.text())
            self.field.offer()
        else:
            super().keyPressEvent(event)

    def _step(self, by: int, *, move: bool) -> None:
        to = self._current + by
        if move and self.may_move:
            if 0 <= to < len(self._chips):
                before = to + (by > 0)
                at, self._current = self._current, to
                self.moved.emit(at, before)
        elif to >= len(self._chips):
            self.field.setFocus()
        else:
            self._choose(max(to, 0))

    def _step_line(self, by: int) -> None:
        if not 0 <= self._current < len(self._boxes):
            return
        here = self._boxes[self._current]
        line = [number for number, box in enumerate(self._boxes) if box.top() == here.top() + by * (HEIGHT + GAP)]
        if line:
            self._choose(min(line, key=lambda number: abs(self._boxes[number].center().x() - here.center().x())))
        elif by > 0:
            self.field.setFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._current < 0 and self._chips:
            self._choose(0)
        if not self._chips:
            self.field.setFocus()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # --- the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position().toPoint()
        number = self.chip_at(place)
        if number < 0:
            self.start()
            return
        self._choose(number)
        self.setFocus()
        self._pressed = place

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (place - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                self._drag()
            return
        hovered = self.chip_at(place)
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()
        self.setCursor(Qt.CursorShape.PointingHandCursor if hovered >= 0 else Qt.CursorShape.IBeamCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        number = self.chip_at(event.position().toPoint())
        if pressed is None or number < 0 or number != self.chip_at(pressed):
            return
        if self._close_box(number).contains(pressed):
            self._remove(number)
        elif self._chips[number].mixed:
            self.spread.emit(self._chips[number].text)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self.chip_at(event.position().toPoint())
        if number >= 0 and not self._close_box(number).contains(event.position().toPoint()):
            self.edit(number)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._boxes:
            self._lay_out()
            self.updateGeometry()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.chip_at(event.pos())
            hint = self._chips[number].hint if number >= 0 else ""
            QToolTip.showText(event.globalPos(), plain_tooltip(hint) if hint else "", self)
            return True
        return super().event(event)

    # --- dragging

    def _drag(self) -> None:
        number = self._current
        self._pressed = None
        drag = QDrag(self)
        drag.setMimeData(tags_data([self._chips[number].text]))
        drag.setPixmap(self._picture(number))
        drag.setHotSpot(QPoint(12, HEIGHT // 2))
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)
        self._show_mark(-1)

    def _picture(self, number: int) -> QPixmap:
        return self.grab(self._boxes[number])

    def _show_mark(self, place: int) -> None:
        if place != self._mark:
            self._mark = place
            self.update()

    def _drop_place(self, place: QPoint) -> int:
        for number, box in enumerate(self._boxes):
            if place.y() <= box.bottom() + GAP // 2 and place.x() < box.center().x():
                return number
            following = self._boxes[number + 1] if number + 1 < len(self._boxes) else None
            if place.y() <= box.bottom() + GAP // 2 and (following is None or following.top() > box.top()):
                return number + 1
        return len(self._boxes)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if tags_in(event.mimeData()) and (event.source() is not self or self.may_move):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_mark(self._drop_place(event.position().toPoint()) if self.may_move else len(self._boxes))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_mark(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_mark(-1)
        tags = tags_in(event.mimeData())
        place = self._drop_place(event.position().toPoint())
        event.acceptProposedAction()
        if event.source() is self:
            if place not in (self._current, self._current + 1):
                self.moved.emit(self._current, place)
        else:
            self.added.emit(list(tags))
