"""One LoRA in the grid: its picture, and under it what it is, painted in the theme's colours."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from loraferry.viewmodels.shelf import ShelfItem
from loraferry.views.icons import pixmap
from loraferry.views.theme import Tokens, tokens_now

WIDTH = 208
PICTURE_HEIGHT = 168
GAP = 16
_MARGIN = 12
_RADIUS = 8


def date_text(seconds: float) -> str:
    """Seconds since 1970 as local date and time, the same in every language."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


class ModelCard(QStyledItemDelegate):
    """Paints `ShelfItem`s. `lines` gives the words under the title, in the language of now."""

    def __init__(self, lines: Callable[[ShelfItem], tuple[str, ...]]) -> None:
        super().__init__()
        self._lines = lines

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One size for all cards."""
        return card_size(option.fontMetrics)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The card with a border that tells chosen from focused from neither."""
        item = index.data(Qt.ItemDataRole.UserRole)
        tokens = tokens_now()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        box = option.rect.adjusted(0, 0, -GAP, -GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
        painter.fillPath(shape, QColor(tokens.accent_soft if chosen else tokens.surface))
        painter.setClipPath(shape)
        _paint_picture(painter, QRect(box.left(), box.top(), box.width(), PICTURE_HEIGHT), item.preview, tokens)
        painter.setClipping(False)
        edge = tokens.accent if chosen or focused else tokens.outline if hovered else tokens.border
        painter.setPen(QPen(QColor(edge), 2 if chosen or focused else 1))
        painter.drawPath(shape)
        _paint_words(painter, box, option.font, item.title, self._lines(item), tokens)
        painter.restore()


def card_size(metrics: QFontMetrics) -> QSize:
    """Width and height of a card with the gap to its neighbours."""
    words = metrics.height() + 4 + 4 * (metrics.height() + 2)
    return QSize(WIDTH + GAP, PICTURE_HEIGHT + words + 2 * _MARGIN + GAP)


def _paint_picture(painter: QPainter, box: QRect, picture: QImage, tokens: Tokens) -> None:
    painter.fillRect(box, QColor(tokens.hover))
    if picture.isNull():
        drawn = pixmap("models", 48, tokens.muted, painter.device().devicePixelRatioF())
        painter.drawPixmap(box.center().x() - 24, box.center().y() - 24, drawn)
        return
    size = picture.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    target = QRect(0, 0, size.width(), size.height())
    target.moveCenter(box.center())
    painter.save()
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.drawImage(target, picture)
    painter.restore()


def _paint_words(
    painter: QPainter, box: QRect, font: QFont, title: str, lines: tuple[str, ...], tokens: Tokens
) -> None:
    strong = QFont(font)
    strong.setWeight(QFont.Weight.DemiBold)
    left, width = box.left() + _MARGIN, box.width() - 2 * _MARGIN
    top = box.top() + PICTURE_HEIGHT + _MARGIN
    for row, (text, face) in enumerate([(title, strong), *((line, font) for line in lines)]):
        metrics = QFontMetrics(face)
        painter.setFont(face)
        painter.setPen(QColor(tokens.text if row == 0 else tokens.muted))
        place = QRect(left, top, width, metrics.height())
        painter.drawText(
            place,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(text, Qt.TextElideMode.ElideRight, width),
        )
        top += metrics.height() + (4 if row == 0 else 2)
