"""The grid of proposed crops: each picture with its crop light and the rest dark, and whether it is taken."""

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from loraferry.library.autocrop import Reason
from loraferry.library.geometry import trained_as
from loraferry.viewmodels.dataset_autocrop import DatasetAutocrop, Row
from loraferry.views.dataset.crop_marks import shade_outside
from loraferry.views.icons import pixmap
from loraferry.views.theme import tabular, tokens_now

TILE = QSize(208, 218)
EDGE = 184
"""Longer side of the pictures in logical pixels."""
_SIGN = 24
_GAP = 6


class ProposalModel(QAbstractListModel):
    """The rows of the review, for a list view."""

    def __init__(self, auto: DatasetAutocrop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._auto = auto
        self._count = 0
        auto.changed.connect(self._take)
        auto.row_changed.connect(self._touch)
        auto.hub.thumbnails.arrived.connect(self._arrive)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """How many proposals there are."""
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself for the delegate; its name and what was decided for screen readers."""
        if not index.isValid() or index.row() >= len(self._auto.rows):
            return None
        row = self._auto.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = self.tr("taken over") if row.accepted else self.tr("skipped")
            return f"{row.name}: {row.crop.width} × {row.crop.height}, {state}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.name}\n{self._words(row)}"
        return None

    def _words(self, row: Row) -> str:
        reasons: dict[Reason, str] = {
            "faces": self.tr("From the faces in it"),
            "salient": self.tr("From what stands out"),
            "middle": self.tr("Nothing stands out: the middle"),
        }
        words = self.tr("Put there by you") if row.adjusted else reasons[row.proposal.reason]
        return words + (". " + self.tr("It has crops already, which would be replaced.") if row.replaces else ".")

    def _take(self) -> None:
        count = len(self._auto.rows)
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginResetModel()
            self._count = count
            self.endResetModel()
        if count:
            self.dataChanged.emit(self.index(0), self.index(count - 1))

    def _touch(self, row: int) -> None:
        self.dataChanged.emit(self.index(row), self.index(row))

    def _arrive(self, names: list[str]) -> None:
        # Which rows they are is not worth looking for: only what is seen is painted.
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))


class ProposalList(QListView):
    """Space takes a crop over or skips it; so does a click on its sign."""

    def __init__(self, auto: DatasetAutocrop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("proposalList")
        self._auto = auto
        self.setModel(ProposalModel(auto, self))
        self.setItemDelegate(_Delegate(auto, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setGridSize(TILE)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setViewportMargins(6, 4, 0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_K, Qt.Key.Key_X):
            row = self._auto.rows[index.row()]
            wanted = {Qt.Key.Key_K: True, Qt.Key.Key_X: False}.get(Qt.Key(event.key()), not row.accepted)
            self._auto.accept(index.row(), wanted)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return
        row = self._auto.rows[index.row()]
        if sign_place(self.visualRect(index), row.subject.size).contains(event.position()):
            self._auto.accept(index.row(), not row.accepted)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
        super().changeEvent(event)


def picture_place(tile: QRect, size: tuple[int, int]) -> QRectF:
    """Where the picture of a tile is."""
    fitted = QSize(*size).scaled(EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio)
    left = tile.left() + (tile.width() - fitted.width()) / 2
    return QRectF(left, tile.top() + _GAP + (EDGE - fitted.height()) / 2, fitted.width(), fitted.height())


def sign_place(tile: QRect, size: tuple[int, int]) -> QRectF:
    """Where a click takes a crop over or skips it: the upper right corner of a picture of `size`."""
    place = picture_place(tile, size)
    return QRectF(place.right() - _SIGN - 4, place.top() + 4, _SIGN, _SIGN)


class _Delegate(QStyledItemDelegate):
    def __init__(self, auto: DatasetAutocrop, parent: QObject) -> None:
        super().__init__(parent)
        self._auto = auto

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return TILE

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(row, Row):
            return
        tile: QRect = option.rect
        state = option.state
        tokens = tokens_now()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(
                QPen(QColor(tokens.accent), 2) if state & QStyle.StateFlag.State_HasFocus else Qt.PenStyle.NoPen
            )
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(QRectF(tile).adjusted(2, 2, -2, -2), 6, 6)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(QRectF(tile).adjusted(2, 2, -2, -2), 6, 6)
        place = picture_place(tile, row.subject.size)
        self._paint_picture(painter, row, place)
        self._paint_sign(painter, row, sign_place(tile, row.subject.size))
        self._paint_words(painter, row, tile, option.font)
        painter.restore()

    def _paint_picture(self, painter: QPainter, row: Row, place: QRectF) -> None:
        density = painter.device().devicePixelRatio()
        picture = self._auto.hub.thumbnails.pixmap(row.name, round(EDGE * density))
        if picture is None:
            painter.fillRect(place, QColor(tokens_now().hover))
        else:
            painter.drawPixmap(place, picture, QRectF(picture.rect()))
        scale = place.width() / row.subject.size[0]
        crop = row.crop
        frame = QRectF(
            place.left() + crop.left * scale, place.top() + crop.top * scale, crop.width * scale, crop.height * scale
        )
        if not row.accepted:
            veil = QColor(tokens_now().window)
            veil.setAlphaF(0.65)
            painter.fillRect(place, veil)
        else:
            shade_outside(painter, place, frame)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 130), 3.0), (QColor(255, 255, 255, 235), 1.4)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(frame)

    @staticmethod
    def _paint_sign(painter: QPainter, row: Row, place: QRectF) -> None:
        """A tick, or a circle without one: the shape says it, not the colour alone."""
        tokens = tokens_now()
        painter.setPen(QPen(QColor(tokens.surface), 1.5))
        painter.setBrush(QColor(tokens.accent if row.accepted else tokens.surface))
        painter.drawEllipse(place.adjusted(2, 2, -2, -2))
        scale = painter.device().devicePixelRatio()
        sign: QPixmap = pixmap(
            "check" if row.accepted else "close", 14, tokens.on_accent if row.accepted else tokens.muted, scale
        )
        painter.drawPixmap(QPointF(place.center().x() - 7, place.center().y() - 7), sign)

    def _paint_words(self, painter: QPainter, row: Row, tile: QRect, font: QFont) -> None:
        tokens, wish = tokens_now(), self._auto.wish
        trained = trained_as((row.crop.width, row.crop.height), wish.resolution, wish.step)
        small = trained.small or trained.upscaled
        font = tabular(font)
        font.setPointSizeF(font.pointSizeF() * 0.92)
        painter.setFont(font)
        painter.setPen(QColor(tokens.warning if small else tokens.text if row.accepted else tokens.muted))
        words = f"{'⚠ ' if small else ''}{trained.bucket[0]} × {trained.bucket[1]}"
        line = QRectF(tile.left() + 12, tile.top() + _GAP + EDGE + 2, tile.width() - 24, 22)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        name = {"faces": "face", "salient": "wand", "middle": "crop"}[row.proposal.reason]
        sign = pixmap("brush" if row.adjusted else name, 14, tokens.muted, painter.device().devicePixelRatio())
        painter.drawPixmap(QPointF(line.right() - 14, line.center().y() - 7), sign)
