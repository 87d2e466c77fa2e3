"""The grid of pictures in justified rows: only what is seen is worked out and painted, however many there are."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from loraferry.library.geometry import turned_size
from loraferry.library.items import Item
from loraferry.library.shapes import UNTURNED
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_look import GridLook
from loraferry.views.dataset import grid_keys
from loraferry.views.dataset.choosing import Choice, everything, only
from loraferry.views.dataset.drags import caption_in, tags_in
from loraferry.views.dataset.grid_gestures import Gestures
from loraferry.views.dataset.justified import Cell, JustifiedRows, ratio_of
from loraferry.views.dataset.tile import RING, State, TilePainter, Words
from loraferry.views.theme import tokens_now

GAP = 6
MARGIN = 8
"""Between two pictures, and around all of them, in logical pixels."""
_SETTLED_MS = 150
"""While the window is being resized, pictures are painted from the thumbnails there are."""
_LATE_MS = 30


class PictureGrid(QAbstractScrollArea):
    """Follows the view-model's selection, and tells it what was chosen here."""

    edit_requested = Signal()
    """On to the caption of the current picture."""
    viewer_requested = Signal()
    """The current picture is to be seen large."""
    compare_requested = Signal()
    """The chosen pictures are to be seen side by side."""
    tags_dropped = Signal(object, object)
    """(names, tags): these pictures are to get these tags."""
    caption_dropped = Signal(object, str)
    """(names, caption): these pictures are to get this caption."""

    def __init__(self, model: DatasetViewModel, look: GridLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pictureGrid")
        self.model, self.look, self.rows = model, look, JustifiedRows()
        self.choice = Choice()
        self.column: float | None = None
        """Where up and down lead, while they follow each other."""
        self._tile = TilePainter()
        self._gestures = Gestures(self)
        self._chosen: frozenset[str] = frozenset()
        self._hovered = self._target = -1
        self._telling = False
        self._anchor: tuple[str, int] | None = None
        self._late: set[int] = set()
        self._settling, self._catching_up = self._timer(_SETTLED_MS), self._timer(_LATE_MS)
        self._settling.timeout.connect(self.viewport().update)
        self._catching_up.timeout.connect(self._catch_up)
        self._prepare_viewport()
        self._connect()
        self._take_rows()
        self.retranslate()

    def _timer(self, interval: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        return timer

    def _prepare_viewport(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().setSingleStep(48)
        self.viewport().setMouseTracking(True)
        self.viewport().setAcceptDrops(True)
        # All of it is painted here, so that scrolling moves what is there and paints the new stripe alone.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _connect(self) -> None:
        model = self.model
        model.grid.modelAboutToBeReset.connect(self._remember_place)
        model.grid.modelReset.connect(self._take_rows)
        model.grid.touched.connect(self._touch)
        model.opened.connect(self._scroll_to_start)
        model.current_changed.connect(self._follow_current)
        model.selection_changed.connect(self.follow)
        self.look.changed.connect(self._follow_look)

    # --- words and colours

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setAccessibleName(self.tr("Pictures"))
        self._tile.set_words(
            Words(self.tr("No caption"), self.tr("This picture cannot be read."), self.tr("New", "a picture"))
        )
        self._describe()
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._tile.dress()
            self._follow_look()
        super().changeEvent(event)

    def _describe(self) -> None:
        """What a screen reader says of the current picture."""
        item = self.model.current
        description = "" if item is None else self._words_for(item)
        if description != self.accessibleDescription():
            self.setAccessibleDescription(description)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def _words_for(self, item: Item) -> str:
        verdicts = {"keep": self.tr("kept"), "reject": self.tr("rejected"), "unsure": self.tr("unsure")}
        parts = [
            self.tr("{name}, {place} of {count}").format(
                name=item.name, place=self.model.position + 1, count=len(self.rows)
            ),
            verdicts.get(item.verdict, ""),
            self.tr("stars: {count}").format(count=item.stars) if item.stars else "",
            self.tr("new") if item.new else "",
            self.tr("crops: {count}").format(count=len(item.crops)) if item.crops else "",
            self.tr("with a mask") if item.mask else "",
            item.caption or "",
        ]
        return ", ".join(part for part in parts if part)

    # --- rows

    def _take_rows(self) -> None:
        """The model shows other pictures."""
        self._late.clear()
        self._hovered = self._target = -1
        self._gestures.stop()
        self.rows.set_ratios(map(_ratio, self.model.grid.items()))
        self._lay_out()
        self._restore_place()
        self.follow()

    def _lay_out(self) -> None:
        footer = self._tile.footer if self.look.captions else 0
        self.rows.set_shape(self.viewport().width() - 2 * MARGIN, self.look.height, GAP, footer)
        self._set_range()
        self.viewport().update()

    def _set_range(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self.rows.total_height + 2 * MARGIN - height))
        bar.setPageStep(height)

    def _follow_look(self) -> None:
        with self._in_place():
            self._lay_out()
        self._settling.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().isValid():
            self._settling.start()
        with self._in_place():
            self._lay_out()

    def _touch(self, rows: Sequence[int]) -> None:
        """Pictures have changed: paint them again; their shapes may be others, too."""
        self._late.update(rows)
        if not self._catching_up.isActive():
            self._catching_up.start()
        if len(rows) > 64:
            self.viewport().update()
        else:
            for row in rows:
                self._update_cell(row)
        self._describe()

    def _catch_up(self) -> None:
        start = time.monotonic()
        item = self.model.grid.item
        changes = {row: _ratio(item(row)) for row in self._late}
        self._late.clear()
        with self._in_place():
            if self.rows.change(changes):
                self._set_range()
                self.viewport().update()
        # Among very many pictures a new layout takes a while: it must not take all the time there is.
        self._catching_up.setInterval(max(_LATE_MS, round(4000 * (time.monotonic() - start))))

    # --- the place that is looked at

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """What one looks at stays where it is while rows move."""
        self._remember_place()
        yield
        self._restore_place()

    def _remember_place(self) -> None:
        offset = self.verticalScrollBar().value()
        self._anchor = None
        if offset == 0 or not len(self.rows):
            return
        seen = list(self.rows.between(offset - MARGIN, offset - MARGIN + self.viewport().height()))
        if seen:
            cell = next((cell for cell in seen if cell.index == self.choice.current), seen[0])
            self._anchor = self.model.grid.item(cell.index).name, cell.top - offset

    def _restore_place(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is None:
            return
        row = self.model.grid.row_of(anchor[0])
        if row >= 0:
            self.verticalScrollBar().setValue(self.rows.cell(row).top - anchor[1])

    def _scroll_to_start(self) -> None:
        self.verticalScrollBar().setValue(0)

    def show_row(self, row: int) -> None:
        """Scroll as little as is needed to see a picture."""
        if not 0 <= row < len(self.rows):
            return
        cell, bar, height = self.rows.cell(row), self.verticalScrollBar(), self.viewport().height()
        top = cell.top
        bottom = cell.bottom + 2 * MARGIN + (self._tile.footer if self.look.captions else 0)
        if top < bar.value() or bottom - top > height:
            bar.setValue(top)
        elif bottom > bar.value() + height:
            bar.setValue(bottom - height)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)
        self._gestures.follow_scroll()

    # --- places on the screen

    @property
    def offset(self) -> QPoint:
        """From a point of the rows to the point of the viewport."""
        return QPoint(MARGIN, MARGIN - self.verticalScrollBar().value())

    def cell_rect(self, row: int) -> QRect:
        """Where a picture is, in the viewport."""
        return self._rect(self.rows.cell(row))

    def row_at(self, at: QPoint) -> int:
        """The picture at a point of the viewport; -1 for none."""
        place = at - self.offset
        return self.rows.index_at(place.x(), place.y())

    def _rect(self, cell: Cell) -> QRect:
        return QRect(cell.left, cell.top, cell.width, cell.height).translated(self.offset)

    def _update_cell(self, row: int) -> None:
        if 0 <= row < len(self.rows):
            footer = self._tile.footer if self.look.captions else 0
            self.viewport().update(self.cell_rect(row).adjusted(-RING, -RING, RING, RING + footer))

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area, up = event.rect(), self.offset.y()
        painter.fillRect(area, tokens_now().window)
        cells = list(self.rows.between(area.top() - up - RING, area.bottom() + 1 - up + RING))
        scale = self.devicePixelRatioF()
        settled = not self._settling.isActive()
        grid, focused = self.model.grid, self.hasFocus()
        # The newest wish is served first, so that the first picture is asked for last.
        pixmaps = {}
        for cell in reversed(cells):
            edge = round(max(cell.width, cell.height) * scale)
            small = grid.pixmap(cell.index, edge if settled else 0)
            pixmaps[cell.index] = small or grid.pixmap(cell.index, edge)
        project, captions = self.model.project, self.look.captions
        for cell in cells:
            row, item = cell.index, grid.item(cell.index)
            chosen = item.name in self._chosen
            state = State(
                chosen,
                focused and row == self.choice.current,
                row == self._hovered and not captions,
                row == self._target,
            )
            box = self._rect(cell)
            self._tile.paint(painter, box, item, pixmaps[row], state, project.concept(item.concept))
            if captions:
                self._tile.paint_footer(painter, box, item)
        self._gestures.paint(painter)

    # --- choosing

    def choose(self, choice: Choice) -> None:
        """Tell the view-model what was chosen here."""
        self.choice = choice
        item = self.model.grid.item
        names = [item(row).name for row in sorted(choice.rows)]
        current = item(choice.current).name if choice.current in choice.rows else ""
        self._telling = True
        try:
            self.model.select(names, current)
        finally:
            self._telling = False
        self._show_choice()

    def select_all(self) -> None:
        """Choose every picture that is shown."""
        if len(self.rows):
            self.choose(everything(self.choice, len(self.rows)))

    def follow(self) -> None:
        """Show the selection of the view-model."""
        if self._telling:
            return
        row_of = self.model.grid.row_of
        rows = frozenset(row for name in self.model.selected if (row := row_of(name)) >= 0)
        position = self.model.position
        self.choice = Choice(rows, position, position)
        self.column = None
        self._show_choice()

    def _follow_current(self) -> None:
        if not self._telling:
            self.follow()
            self.show_row(self.choice.current)
        self._describe()

    def _show_choice(self) -> None:
        self._chosen = frozenset(self.model.selected)
        self.viewport().update()

    # --- the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not grid_keys.pressed(self, event):
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._update_cell(self.choice.current)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._update_cell(self.choice.current)

    # --- the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._gestures.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() == Qt.MouseButton.NoButton:
            self._hover(self.row_at(event.position().toPoint()))
        else:
            self._gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self._gestures.stop()
            if row != self.choice.current:
                self.choose(only(row))
            self.viewer_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.look.enlarge(event.angleDelta().y() / 120)
            event.accept()
        else:
            super().wheelEvent(event)
            self._hover(self.row_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            before, self._hovered = self._hovered, row
            self._update_cell(before)
            self._update_cell(row)

    # --- what is dropped on pictures

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if tags_in(event.mimeData()) or caption_in(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._aim(self.row_at(event.position().toPoint()))
        event.setAccepted(self._target >= 0)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._aim(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        row = self.row_at(event.position().toPoint())
        self._aim(-1)
        if row < 0:
            event.ignore()
            return
        name = self.model.grid.item(row).name
        # What is dropped on one of the chosen pictures is meant for all of them.
        names = self.model.selected if name in self._chosen else (name,)
        tags, caption = tags_in(event.mimeData()), caption_in(event.mimeData())
        event.acceptProposedAction()
        if tags:
            self.tags_dropped.emit(names, tags)
        elif caption is not None:
            self.caption_dropped.emit(names, caption[1])

    def _aim(self, row: int) -> None:
        if row != self._target:
            before, self._target = self._target, row
            self._update_cell(before)
            self._update_cell(row)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)


def _ratio(item: Item) -> float:
    if item.turn == UNTURNED or not item.width:
        return ratio_of(item.width, item.height)
    return ratio_of(*turned_size((item.width, item.height), item.turn))
