"""A decoded picture turned as the person asked: quarter turns, mirrored, straightened."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QTransform

from loraferry.library.shapes import Turn


def turned_image(image: QImage, turn: Turn) -> QImage:
    """The upright picture after `turn`."""
    if turn.quarters:
        image = image.transformed(QTransform().rotate(90.0 * turn.quarters))
    if turn.mirrored:
        image = image.flipped(Qt.Orientation.Horizontal)
    return image


def turned_size(width: int, height: int, turn: Turn) -> tuple[int, int]:
    """(width, height) of the upright picture after `turn`."""
    return (height, width) if turn.quarters % 2 else (width, height)
