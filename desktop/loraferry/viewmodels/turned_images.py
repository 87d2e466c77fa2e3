"""A decoded picture turned as the person asked: quarter turns, mirrored, straightened."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QTransform

from loraferry.library.geometry import turned_size
from loraferry.library.shapes import Turn


def turned_image(image: QImage, turn: Turn) -> QImage:
    """The upright picture after `turn`."""
    if image.isNull():
        return image
    size = turned_size((image.width(), image.height()), turn)
    if turn.quarters:
        image = image.transformed(QTransform().rotate(90.0 * turn.quarters))
    if turn.mirrored:
        image = image.flipped(Qt.Orientation.Horizontal)
    if turn.degrees:
        leaning = image.transformed(QTransform().rotate(turn.degrees), Qt.TransformationMode.SmoothTransformation)
        # The largest upright box without empty corners lies in the middle.
        left, top = (leaning.width() - size[0]) // 2, (leaning.height() - size[1]) // 2
        image = leaning.copy(QRect(left, top, *size)).convertToFormat(QImage.Format.Format_RGB32)
    return image
