"""Line icons in the colours of the theme, sharp at any scale."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from loraferry.views.theme import tokens_now
from loraferry_resources import icons_path

_SCALES = (1.0, 1.5, 2.0, 3.0)


@cache
def _source(name: str) -> str:
    return (icons_path() / f"{name}.svg").read_text(encoding="utf-8")


@cache
def _drawn(name: str, size: int, colour: str, scale: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace("#000000", colour).encode()))
    pixmap = QPixmap(QSize(round(size * scale), round(size * scale)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def pixmap(name: str, size: int = 24, colour: str = "", scale: float = 1.0) -> QPixmap:
    """One icon as a picture of `size` logical pixels; `colour` is a token's value, the text colour where empty."""
    return _drawn(name, size, colour or tokens_now().text, scale)


def icon(name: str, size: int = 24, *, colour: str = "", checked_colour: str = "") -> QIcon:
    """One icon for a button. Ask again after a change of theme: the colours are those of now."""
    tokens = tokens_now()
    result = QIcon()
    for scale in _SCALES:
        result.addPixmap(pixmap(name, size, colour, scale))
        result.addPixmap(pixmap(name, size, tokens.disabled, scale), QIcon.Mode.Disabled)
        if checked_colour:
            result.addPixmap(pixmap(name, size, checked_colour, scale), QIcon.Mode.Normal, QIcon.State.On)
    return result
