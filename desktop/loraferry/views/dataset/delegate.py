"""Draws one picture of the grid: thumbnail, name, start of the caption, and the verdict as a sign and a colour."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from loraferry.library.items import Item
from loraferry.viewmodels.dataset_grid import GridModel
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now

Index = QModelIndex | QPersistentModelIndex

THUMB = 148
"""Longer side of a thumbnail in logical pixels."""
_PAD = 6
_LINE = 17
CELL = QSize(THUMB + 2 * _PAD, THUMB + 2 * _PAD + 2 * _LINE + 2)
"""The least room one picture takes."""
_BADGE = 22
_FADED = 0.35
# As numbers: operations on Python's flags cost as much as painting the tile.
_SELECTED = QStyle.StateFlag.State_Selected.value
_UNDER_MOUSE = QStyle.StateFlag.State_MouseOver.value
_FOCUSED = QStyle.StateFlag.State_HasFocus.value


class PictureDelegate(QStyledItemDelegate):
    """All cells have the same size, so that the view need not ask for each."""

    def __init__(self, model: GridModel) -> None:
        super().__init__()
        self._model = model
        self._tokens = tokens_now()
        self._no_caption = ""
        self._broken = ""
        self._width = CELL.width()
        self._font = QFont()
        self._small = QFont()
        self.dress()

    def dress(self) -> None:
        """Take colours and type of the theme."""
        self._tokens = tokens_now()
        self._font = QFont()
        self._small = QFont(self._font)
        self._small.setPointSizeF(self._font.pointSizeF() * 0.9)

    def set_texts(self, no_caption: str, broken: str) -> None:
        """The words for a picture without a caption, and for one that cannot be shown."""
        self._no_caption = no_caption
        self._broken = broken

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._width, CELL.height())

    def set_width(self, width: int) -> None:
        """The width of a cell: columns share the room there is."""
        self._width = width

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = self._model.item(index.row())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        spare = option.rect.width() - CELL.width()
        cell = option.rect.adjusted(spare // 2, 0, spare // 2 - spare, 0)
        state = option.state
        self._paint_tile(painter, cell, state.value)
        box = QRect(cell.left() + _PAD, cell.top() + _PAD, THUMB, THUMB)
        self._paint_thumbnail(painter, box, index.row(), item)
        self._paint_badge(painter, box, item)
        self._paint_texts(painter, cell, box, item)
        painter.restore()

    def _paint_tile(self, painter: QPainter, cell: QRect, state: int) -> None:
        tokens = self._tokens
        tile = QRectF(cell).adjusted(1, 1, -1, -1)
        if state & _SELECTED:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(tile, 8, 8)
        elif state & _UNDER_MOUSE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(tile, 8, 8)
        if state & _FOCUSED:
            painter.setPen(QPen(QColor(tokens.text), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(tile.adjusted(2.5, 2.5, -2.5, -2.5), 6, 6)

    def _paint_thumbnail(self, painter: QPainter, box: QRect, row: int, item: Item) -> None:
        tokens = self._tokens
        small = self._model.pixmap(row)
        if small is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.border))
            painter.setOpacity(0.45)
            painter.drawRoundedRect(QRectF(box), 6, 6)
            painter.setOpacity(1)
            if item.image_problem is not None:
                self._paint_broken(painter, box)
            return
        scale = painter.device().devicePixelRatioF()
        width, height = small.width() / scale, small.height() / scale
        # Whole device pixels: a thumbnail between two pixels would look soft.
        left = round((box.left() + (THUMB - width) / 2) * scale) / scale
        top = round((box.top() + (THUMB - height) / 2) * scale) / scale
        painter.setOpacity(_FADED if item.rejected else 1)
        painter.drawPixmap(QRectF(left, top, width, height), small, QRectF(small.rect()))
        painter.setOpacity(1)
        # A hairline keeps pictures in the window's own colour from dissolving in it.
        painter.setPen(QPen(QColor(tokens.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(left, top, width, height))

    def _paint_broken(self, painter: QPainter, box: QRect) -> None:
        tokens = self._tokens
        sign = pixmap("warning", 28, tokens.warning, painter.device().devicePixelRatioF())
        painter.drawPixmap(QPointF(box.center().x() - 13, box.center().y() - 26), sign)
        painter.setPen(QColor(tokens.text))
        painter.setFont(self._small)
        words = box.adjusted(8, THUMB // 2 + 8, -8, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self._broken)

    def _paint_badge(self, painter: QPainter, box: QRect, item: Item) -> None:
        if not item.verdict:
            return
        tokens = self._tokens
        sign, colour = ("check", tokens.good) if item.verdict == "keep" else ("close", tokens.error)
        circle = QRectF(box.right() - _BADGE - 3, box.top() + 4, _BADGE, _BADGE)
        # A ring in the window's colour sets the badge off from any picture.
        painter.setPen(QPen(QColor(tokens.surface), 2))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(circle)
        inner = pixmap(sign, 14, tokens.surface, painter.device().devicePixelRatioF())
        painter.drawPixmap(circle.topLeft() + QPointF(4, 4), inner)

    def _paint_texts(self, painter: QPainter, cell: QRect, box: QRect, item: Item) -> None:
        tokens = self._tokens
        name = item.name.rpartition("/")[2].replace("\n", " ")
        line = QRect(box.left(), box.bottom() + 4, THUMB, _LINE)
        painter.setFont(self._small)
        metrics = QFontMetrics(self._small)
        painter.setPen(QColor(tokens.text))
        painter.drawText(line, _LEFT, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, THUMB))
        line.translate(0, _LINE)
        if item.caption:
            painter.setPen(QColor(tokens.muted))
            # Only what can be seen is measured: a caption may be pages long.
            start = item.caption[:80].replace("\n", " ")
            painter.drawText(line, _LEFT, metrics.elidedText(start, Qt.TextElideMode.ElideRight, THUMB))
        elif item.caption == "":
            painter.setPen(QColor(tokens.warning))
            painter.drawText(line, _LEFT, self._no_caption)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
