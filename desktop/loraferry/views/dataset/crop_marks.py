"""What is drawn over a picture while it is cropped: the dark outside, frames, thirds, handles, numbers, the level."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from loraferry.library.cropping import HANDLES, Handle, anchor_of
from loraferry.views.theme import Tokens

HANDLE = 9.0
"""Side of a handle as it is drawn, in logical pixels."""
REACH = 14.0
"""How far from a handle's middle it can be grasped."""
LEVELS = 12
"""Lines across while straightening."""

# Over a picture of any colour only black and white side by side can be seen.
_SHADE, _HALO, _LINE = QColor(0, 0, 0, 150), QColor(0, 0, 0, 130), QColor(255, 255, 255, 235)
_FAINT, _FAINT_HALO = QColor(255, 255, 255, 110), QColor(0, 0, 0, 70)


def handle_at(frame: QRectF, point: QPointF) -> Handle | None:
    """The handle of a frame that can be grasped at a point; corners before sides."""
    near = [(handle, handle_point(frame, handle) - point) for handle in sorted(HANDLES, key=len, reverse=True)]
    found = [handle for handle, away in near if abs(away.x()) <= REACH and abs(away.y()) <= REACH]
    if found:
        return found[0]
    # A side can be grasped anywhere along it.
    along = {
        "n": (frame.left(), frame.right(), frame.top(), True),
        "s": (frame.left(), frame.right(), frame.bottom(), True),
        "w": (frame.top(), frame.bottom(), frame.left(), False),
        "e": (frame.top(), frame.bottom(), frame.right(), False),
    }
    for handle in ("n", "s", "w", "e"):
        start, end, line, level = along[handle]
        across, beside = (point.x(), point.y()) if level else (point.y(), point.x())
        if start <= across <= end and abs(beside - line) <= REACH / 2:
            return handle
    return None


def handle_point(frame: QRectF, handle: Handle) -> QPointF:
    """Where a handle is."""
    across, down = anchor_of(handle)
    return QPointF(frame.right() - across * frame.width(), frame.bottom() - down * frame.height())


def shade_outside(painter: QPainter, picture: QRectF, frame: QRectF) -> None:
    """Darken the picture beside the frame."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    path.addRect(picture)
    path.addRect(frame)
    painter.fillPath(path, QBrush(_SHADE))


def draw_frame(painter: QPainter, frame: QRectF, tokens: Tokens, *, focused: bool) -> None:
    """The frame of the chosen crop with its thirds and eight handles."""
    for third in (1 / 3, 2 / 3):
        x, y = frame.left() + frame.width() * third, frame.top() + frame.height() * third
        _faint_line(painter, QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        _faint_line(painter, QPointF(frame.left(), y), QPointF(frame.right(), y))
    _outline(painter, frame, QColor(tokens.accent) if focused else _LINE, 2.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for handle in HANDLES:
        if len(handle) == 1 and min(frame.width(), frame.height()) < 4 * HANDLE:
            continue
        middle = handle_point(frame, handle)
        square = QRectF(middle.x() - HANDLE / 2, middle.y() - HANDLE / 2, HANDLE, HANDLE)
        painter.setPen(QPen(_HALO, 1))
        painter.setBrush(QColor(tokens.accent) if focused else _LINE)
        painter.drawRoundedRect(square, 2, 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_other(painter: QPainter, frame: QRectF) -> None:
    """The frame of a crop that is not worked on."""
    _outline(painter, frame, _LINE, 1.0, dashed=True)


def draw_label(painter: QPainter, frame: QRectF, text: str, font: QFont, colour: str, on_colour: str) -> None:
    """A small plate with words at the upper left corner of a frame; inside of it where there is no room above."""
    metrics = QFontMetricsF(font)
    wide, high = metrics.horizontalAdvance(text) + 14, metrics.height() + 6
    clip = painter.clipBoundingRect() if painter.hasClipping() else QRectF(painter.viewport())
    top = frame.top() - high - 6 if frame.top() - high - 6 >= clip.top() else frame.top() + 8
    left = min(max(frame.left(), clip.left() + 4), max(clip.left() + 4, clip.right() - wide - 4))
    inside = top > frame.top()
    plate = QRectF(left + (8 if inside else 0), top, wide, high)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QColor(on_colour))
    painter.setFont(font)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_levels(painter: QPainter, picture: QRectF) -> None:
    """A fine grid, to see what is level."""
    step = max(picture.width(), picture.height()) / LEVELS
    for count in range(1, int(picture.width() / step) + 1):
        x = picture.left() + count * step
        _faint_line(painter, QPointF(x, picture.top()), QPointF(x, picture.bottom()))
    for count in range(1, int(picture.height() / step) + 1):
        y = picture.top() + count * step
        _faint_line(painter, QPointF(picture.left(), y), QPointF(picture.right(), y))


def _faint_line(painter: QPainter, start: QPointF, end: QPointF) -> None:
    for colour, width in ((_FAINT_HALO, 3.0), (_FAINT, 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(start, end)


def _outline(painter: QPainter, frame: QRectF, colour: QColor, width: float, *, dashed: bool = False) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, thick in ((_HALO, width + 2), (colour, width)):
        pen = QPen(shade, thick)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if dashed and shade is colour:
            pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawRect(frame)
