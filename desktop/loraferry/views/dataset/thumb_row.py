"""A row of small pictures by name: a look at what is meant, before anything happens to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from loraferry.viewmodels.dataset_thumbnails import ThumbnailLoader
from loraferry.views.icons import pixmap
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.tooltips import plain_tooltip

GAP = 6
_BADGE = 18
_RADIUS = 4
_MARGIN = 3
"""For the ring around the picture in front."""


@dataclass(frozen=True, slots=True)
class Thumb:
    """One picture of the row, and a short line below it."""

    name: str
    line: str = ""


class ThumbRow(QWidget):
    """As many pictures as fit, then how many more there are. The row can be worked by keys where pictures can be
    chosen; what is chosen has a ring and a tick."""

    clicked = Signal(str)
    """The name of a picture."""

    def __init__(self, loader: ThumbnailLoader, edge: int, *, choosable: bool = False) -> None:
        super().__init__()
        self._loader, self._edge, self._choosable = loader, edge, choosable
        self._thumbs: tuple[Thumb, ...] = ()
        self._total = 0
        self._chosen = ""
        self._at = 0
        self._line = tabular(QFont(self.font()))
        self._line.setPointSizeF(self._line.pointSizeF() * 0.85)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if choosable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        loader.arrived.connect(self._follow)

    def show_thumbs(self, thumbs: Sequence[Thumb], total: int, chosen: str = "") -> None:
        """Show these; `total` is how many there are in all."""
        shown = tuple(thumbs)
        if (shown, total, chosen) == (self._thumbs, self._total, self._chosen):
            return
        if bool(shown and shown[0].line) != bool(self._thumbs and self._thumbs[0].line):
            self.updateGeometry()
        self._thumbs, self._total, self._chosen = shown, total, chosen
        self._at = next((place for place, thumb in enumerate(shown) if thumb.name == chosen), 0)
        self.setAccessibleName(", ".join(thumb.name for thumb in shown))
        self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """What can be seen at the present width."""
        return tuple(thumb.name for thumb in self._thumbs[: self._fitting()])

    def sizeHint(self) -> QSize:
        lines = QFontMetrics(self._line).height() + 2 if self._thumbs and self._thumbs[0].line else 0
        return QSize(4 * (self._edge + GAP), self._edge + 2 * _MARGIN + lines)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._edge + 2 * _MARGIN, self.sizeHint().height())

    def _fitting(self) -> int:
        room = max(1, (self.width() - 2 * _MARGIN + GAP) // (self._edge + GAP))
        # The last place says how many more there are.
        return len(self._thumbs) if self._total <= room else max(1, room - 1)

    def _box(self, place: int) -> QRectF:
        return QRectF(_MARGIN + place * (self._edge + GAP), _MARGIN, self._edge, self._edge)

    def _place_at(self, point: QPointF) -> int:
        """The picture at a point; -1 where there is none."""
        place = int((point.x() - _MARGIN) // (self._edge + GAP))
        inside = 0 <= place < min(self._fitting(), len(self._thumbs))
        return place if inside and point.x() >= _MARGIN and self._box(place).right() >= point.x() else -1

    def _follow(self, names: Sequence[str]) -> None:
        if self.isVisible() and not {thumb.name for thumb in self._thumbs}.isdisjoint(names):
            self.update()

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = tokens_now()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        fitting = self._fitting()
        for place, thumb in enumerate(self._thumbs[:fitting]):
            box = self._box(place)
            self._paint_picture(painter, box, thumb)
            chosen = self._choosable and thumb.name == self._chosen
            if chosen:
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), _RADIUS + 2, _RADIUS + 2)
                self._paint_badge(painter, box)
            if self.hasFocus() and place == self._at:
                painter.setPen(QPen(QColor(tokens.text), 1, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(2.5, 2.5, -2.5, -2.5))
            if thumb.line:
                painter.setFont(self._line)
                painter.setPen(QColor(tokens.text if chosen else tokens.muted))
                metrics = QFontMetrics(self._line)
                below = QRectF(box.left(), box.bottom() + _MARGIN, box.width(), metrics.height() + 2)
                words = metrics.elidedText(thumb.line, Qt.TextElideMode.ElideRight, int(box.width()))
                painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, words)
        if self._total > fitting:
            painter.setFont(tabular(QFont(self.font())))
            painter.setPen(QColor(tokens.muted))
            painter.drawText(self._box(fitting), Qt.AlignmentFlag.AlignCenter, f"+{self._total - fitting:,}")
        painter.end()

    def _paint_picture(self, painter: QPainter, box: QRectF, thumb: Thumb) -> None:
        tokens = tokens_now()
        found = self._loader.pixmap(thumb.name, round(self._edge * self.devicePixelRatioF()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.hover))
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        if found is None:
            return
        place = _fitted(box, found)
        painter.drawPixmap(place, found, QRectF(found.rect()))
        painter.setPen(QPen(QColor(tokens.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)

    def _paint_badge(self, painter: QPainter, box: QRectF) -> None:
        tokens = tokens_now()
        circle = QRectF(box.right() - _BADGE - 3, box.top() + 3, _BADGE, _BADGE)
        painter.setPen(QPen(QColor(tokens.surface), 2))
        painter.setBrush(QColor(tokens.accent))
        painter.drawEllipse(circle)
        sign = pixmap("check", 12, tokens.on_accent, self.devicePixelRatioF())
        painter.drawPixmap(circle.topLeft() + QPointF(3, 3), sign)

    # --- pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._at = place
            self.update()
            self.clicked.emit(self._thumbs[place].name)
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if by and self._thumbs:
            self._at = min(max(self._at + by, 0), min(self._fitting(), len(self._thumbs)) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._thumbs:
            self.clicked.emit(self._thumbs[self._at].name)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            place = self._place_at(QPointF(self.mapFromGlobal(event.globalPos())))  # type: ignore[attr-defined]
            thumb = self._thumbs[place] if place >= 0 else None
            words = f"{thumb.name}\n{thumb.line}".strip() if thumb is not None else ""
            QToolTip.showText(event.globalPos(), plain_tooltip(words), self)  # type: ignore[attr-defined]
            return True
        return super().event(event)


def _fitted(box: QRectF, picture: QPixmap) -> QRectF:
    """The picture's place in the middle of a box, all of it to be seen."""
    scale = min(box.width() / picture.width(), box.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    return QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)
