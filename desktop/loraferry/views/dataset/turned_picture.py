"""Painting an upright picture as it is turned: the same geometry as the renderer's, done by the painter."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap, QTransform

from loraferry.library.geometry import to_turned
from loraferry.library.scaling import Box
from loraferry.library.shapes import Turn
from loraferry_core.dataset.buckets import Size


def turning(upright: Size, turn: Turn) -> QTransform:
    """From pixels of the upright picture to pixels of the turned one."""
    zero, right, down = (to_turned(point, upright, turn) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    return QTransform(right[0] - zero[0], right[1] - zero[1], down[0] - zero[0], down[1] - zero[1], zero[0], zero[1])


def paint_turned(
    painter: QPainter, picture: QImage | QPixmap, upright: Size, turn: Turn, part: Box, target: QRectF
) -> None:
    """Paint what `part` (in pixels of the turned picture) shows into `target`. `picture` is the upright picture in any
    resolution."""
    left, top, right, bottom = part
    painter.save()
    painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, bool(turn.degrees))
    painter.translate(target.topLeft())
    painter.scale(target.width() / (right - left), target.height() / (bottom - top))
    painter.translate(-left, -top)
    painter.setTransform(turning(upright, turn), True)
    whole = QRectF(0, 0, *upright)
    if isinstance(picture, QImage):
        painter.drawImage(whole, picture)
    else:
        painter.drawPixmap(whole, picture, QRectF(picture.rect()))
    painter.restore()


class Copies:
    """A picture and its halves, quarters and so on, each made when it is needed first: a painter takes neighbouring
    pixels alone, so that much smaller copies of the whole would be grainy."""

    def __init__(self, image: QImage) -> None:
        self._levels = [image]

    @property
    def key(self) -> int:
        """Another one for another picture."""
        return self._levels[0].cacheKey()

    @property
    def empty(self) -> bool:
        """Whether there is no picture."""
        return self._levels[0].isNull()

    def at_least(self, width: float) -> QImage:
        """The smallest copy that is no narrower than so many pixels."""
        level = 0
        while self._levels[level].width() >= 2 * max(width, 1.0):
            if level + 1 == len(self._levels):
                last = self._levels[level]
                half = last.scaled(
                    max(1, last.width() // 2),
                    max(1, last.height() // 2),
                    mode=Qt.TransformationMode.SmoothTransformation,
                )
                self._levels.append(half)
            level += 1
        return self._levels[level]


def small_copy(copies: Copies, upright: Size, turn: Turn, part: Box, size: Size) -> QImage:
    """What `part` shows as an image of `size` device pixels."""
    scale = max(size[0] / (part[2] - part[0]), size[1] / (part[3] - part[1]))
    result = QImage(*size, QImage.Format.Format_RGB32)
    result.fill(Qt.GlobalColor.black)
    painter = QPainter(result)
    paint_turned(painter, copies.at_least(upright[0] * scale), upright, turn, part, QRectF(0, 0, *size))
    painter.end()
    return result
