"""The grid of pictures: choose with mouse or keys, reject with X or Delete, keep with K."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from loraferry.library.items import Changes
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.views.dataset.delegate import CELL, THUMB, Index, PictureDelegate

_GAP = 8
"""Between two pictures, in logical pixels."""


class PictureGrid(QListView):
    """Follows the view-model's selection, and tells it what was chosen here."""

    edit_requested = Signal()
    """The person pressed Enter on a picture: on to its caption."""

    def __init__(self, model: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pictureGrid")
        self._model = model
        self._following = False
        self._delegate = PictureDelegate(model.grid)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        # The first thousand are laid out and painted at once, the rest while the window is idle.
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(1000)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setItemDelegate(self._delegate)
        self.setModel(model.grid)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(48)
        model.current_changed.connect(self.follow)
        model.changed.connect(self._follow_listing)
        model.opened.connect(self.scrollToTop)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setAccessibleName(self.tr("Pictures"))
        self._delegate.set_texts(self.tr("No caption"), self.tr("This picture cannot be read."))
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._delegate.dress()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._set_edge()
        super().showEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._set_edge()
        return super().event(event)

    def _set_edge(self) -> None:
        """Thumbnails in device pixels, so that they are sharp on any screen."""
        self._model.thumbnails.set_edge(round(THUMB * self.devicePixelRatioF()))

    def follow(self) -> None:
        """Show the selection of the view-model."""
        chosen = self._model.selected
        row = self._model.position
        self._following = True
        selection = QItemSelection()
        for first, last in _runs(sorted(self._model.grid.row_of(name) for name in chosen)):
            selection.select(self._model.grid.index(first), self._model.grid.index(last))
        if row >= 0:
            index = self._model.grid.index(row)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._following = False

    def _follow_listing(self, changes: Changes) -> None:
        """A new list has no selection: bring it back."""
        if changes.listed:
            self.follow()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._tell()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._tell()

    def _tell(self) -> None:
        if self._following:
            return
        chosen = self.selectionModel().selection()
        parts = (chosen.at(number) for number in range(chosen.count()))
        rows = sorted(row for part in parts for row in range(part.top(), part.bottom() + 1))
        names = [self._model.grid.item(row).name for row in rows]
        current = self.currentIndex()
        if names and current.isValid():
            name = self._model.grid.item(current.row()).name
            self._model.select(names, name if name in names else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        key = event.key()
        if plain and key in (Qt.Key.Key_X, Qt.Key.Key_Delete):
            self._model.toggle("reject")
        elif plain and key == Qt.Key.Key_K:
            self._model.toggle("keep")
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit_requested.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share_room(event.size().width())
        super().resizeEvent(event)

    def _share_room(self, width: int) -> None:
        """Let the columns fill the width."""
        cell = CELL + QSize(_GAP, _GAP)
        columns = max(1, width // cell.width())
        # One pixel less than the share: rounding must not push the last column into the next row.
        size = QSize(max(cell.width(), (width - 1) // columns), cell.height())
        if size != self.gridSize():
            self._delegate.set_width(size.width() - _GAP)
            self.setGridSize(size)

    def sizeHint(self) -> QSize:
        return QSize(4 * THUMB, 3 * THUMB)


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last row of each unbroken run; ten thousand single rows would be slow to select."""
    rows = [row for row in rows if row >= 0]
    start = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place] != rows[place - 1] + 1:
            yield rows[start], rows[place - 1]
            start = place
