"""The pictures before and behind the current one in a row; only those that are seen are worked out."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_viewer import shown_size
from loraferry.views.dataset.justified import ratio_of
from loraferry.views.dataset.tile import RING, State, TilePainter
from loraferry.views.theme import tokens_now

HEIGHT = 64
_GAP = 6
_PAD = RING + 3


class Filmstrip(QWidget):
    """The current picture is in the middle; a click brings another there, the wheel goes on."""

    def __init__(self, hub: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self._tile = TilePainter()
        self._turned = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT + 2 * _PAD)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        hub.current_changed.connect(self.update)
        hub.visible_changed.connect(self.update)
        hub.grid.touched.connect(self.update)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setAccessibleName(self.tr("Pictures before and behind the current one"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._tile.dress()
            self.update()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(640, HEIGHT + 2 * _PAD)

    def boxes(self) -> Iterator[tuple[int, QRect]]:
        """(row, where it is) of all pictures that are seen: the current one first, then outwards."""
        position, count = self._hub.position, self._hub.grid.rowCount()
        if position < 0:
            return
        width = self._width(position)
        middle = QRect((self.width() - width) // 2, _PAD, width, HEIGHT)
        yield position, middle
        left, right, row = middle.left(), middle.right() + 1, 1
        while (right < self.width() and position + row < count) or (left > 0 and position - row >= 0):
            if right < self.width() and position + row < count:
                width = self._width(position + row)
                yield position + row, QRect(right + _GAP, _PAD, width, HEIGHT)
                right += _GAP + width
            if left > 0 and position - row >= 0:
                width = self._width(position - row)
                left -= _GAP + width
                yield position - row, QRect(left, _PAD, width, HEIGHT)
            row += 1

    def _width(self, row: int) -> int:
        size = shown_size(self._hub, self._hub.grid.item(row))
        return max(24, round(min(ratio_of(*size), 2.0) * HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tokens_now().window)
        grid, position = self._hub.grid, self._hub.position
        for row, box in self.boxes():
            item = grid.item(row)
            # Whatever thumbnail there is will do: the grid's own are larger than these.
            small = grid.pixmap(row)
            self._tile.paint(painter, box, item, small, State(chosen=row == position), None, signs=False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().toPoint())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._hub.select([self._hub.grid.item(row).name])

    def row_at(self, at: QPoint) -> int:
        """The picture at a point; -1 for none."""
        return next((row for row, box in self.boxes() if box.contains(at)), -1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Touchpads tell small parts of a notch.
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        steps = int(self._turned / 120)
        if steps:
            self._turned -= 120 * steps
            self._hub.step(-steps)
        event.accept()
