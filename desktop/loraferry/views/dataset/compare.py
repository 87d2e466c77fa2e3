"""Two to four pictures side by side, magnified and moved together; each is kept or rejected by a key."""

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from loraferry.library.items import Item
from loraferry.texts.quantities import bytes_text
from loraferry.viewmodels.dataset_viewer import Comparison, shown_size
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.grid_keys import is_plain, judged_by
from loraferry.views.dataset.judge_bar import JudgeBar
from loraferry.views.dataset.picture_canvas import STEP, PictureCanvas
from loraferry.views.dataset.tile import shown_name
from loraferry.views.dataset.viewer import picture_of
from loraferry.views.dataset.zooming import FIT, Zoom
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.tooltips import set_plain_tooltip


def build(studio: Studio) -> QWidget:
    """The mode of the page."""
    return CompareMode(Comparison(studio.dataset))


class _Pane(QFrame):
    """One of the pictures with its name, size, verdict and stars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparePane")
        self.canvas = PictureCanvas()
        self.judging = JudgeBar()
        self._name, self._facts = QLabel(), QLabel()
        self._name.setObjectName("strong")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setMinimumWidth(1)
        self._facts.setObjectName("muted")
        self._facts.setFont(tabular(self._facts.font()))
        self._facts.setMinimumWidth(1)
        words = QHBoxLayout()
        words.setContentsMargins(6, 4, 6, 0)
        words.addWidget(self._name, 1)
        words.addWidget(self._facts)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(4, 0, 4, 4)
        buttons.addWidget(self.judging)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(2)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(words)
        layout.addLayout(buttons)

    def show_item(self, item: Item, facts: str) -> None:
        """Show the words and the verdict."""
        room = max(60, self._name.width())
        middle = Qt.TextElideMode.ElideMiddle
        self._name.setText(self._name.fontMetrics().elidedText(shown_name(item), middle, room))
        set_plain_tooltip(self._name, item.path)
        self._facts.setText(facts)
        self.judging.show_item(item)

    def set_front(self, front: bool) -> None:
        """Whether the keys mean this one."""
        if self.property("front") != front:
            self.setProperty("front", front)
            self.style().unpolish(self)
            self.style().polish(self)


class CompareMode(QWidget):
    """Left and right bring another picture to the front; Enter keeps that one and rejects the others; Esc goes back."""

    left = Signal()
    """Back to the grid."""

    def __init__(self, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compareMode")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        comparison.setParent(self)
        self._comparison = comparison
        self.panes: list[_Pane] = []
        self._shown: tuple[str, ...] = ()
        self._zoom = FIT
        self._back = QToolButton()
        self._back.setObjectName("plain")
        self._back.setIconSize(QSize(18, 18))
        self._back.setMinimumSize(32, 32)
        self._title, self._hint = QLabel(), QLabel()
        self._title.setObjectName("strong")
        self._hint.setObjectName("help")
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 4)
        head.addWidget(self._back)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._hint)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(4, 0, 4, 4)
        self._row.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(self._row, 1)
        self._back.clicked.connect(self.left)
        comparison.changed.connect(self.refresh)
        comparison.told.connect(self.refresh)
        comparison.hub.preview.arrived.connect(self._take)
        comparison.hub.thumbnails.arrived.connect(self._take_thumbnails)
        self._dress()
        self.retranslate()

    # --- showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._comparison.items and not self._comparison.open():
            self.left.emit()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._comparison.close()

    def refresh(self) -> None:
        """Show the pictures of now."""
        items = self._comparison.items
        names = tuple(item.name for item in items)
        if names != self._shown:
            self._shown = names
            self._zoom = FIT
            self._set_panes(len(items))
            if len(items) < 2 and self.isVisible():
                self.left.emit()
                return
        for place, (pane, item) in enumerate(zip(self.panes, items, strict=True)):
            size = shown_size(self._comparison.hub, item)
            pane.show_item(item, self._facts_of(item, size))
            pane.set_front(place == self._comparison.front)
            pane.canvas.show_picture(picture_of(self._comparison.hub, item), size, item.crops)
            pane.canvas.set_zoom(self._zoom)

    def _facts_of(self, item: Item, size: tuple[int, int]) -> str:
        if item.image_problem is not None:
            return self.tr("This picture cannot be read.")
        facts = [f"{size[0]} × {size[1]}"] if size[0] else []
        if item.size >= 0:
            facts.append(bytes_text(item.size))
        return "   ".join(facts)

    def _set_panes(self, count: int) -> None:
        while len(self.panes) > count:
            pane = self.panes.pop()
            self._row.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        while len(self.panes) < count:
            pane, place = _Pane(), len(self.panes)
            pane.canvas.zoomed.connect(self._follow_zoom)
            pane.canvas.blurred.connect(self._comparison.sharpen)
            pane.canvas.pressed.connect(partial(self._bring, place))
            pane.judging.judged.connect(partial(self._judge_at, place))
            pane.judging.rated.connect(partial(self._rate_at, place))
            self._row.addWidget(pane, 1)
            self.panes.append(pane)

    def _follow_zoom(self, zoom: Zoom) -> None:
        """The others show the same part."""
        self._zoom = zoom
        for pane in self.panes:
            pane.canvas.set_zoom(zoom)

    def _take(self, name: str) -> None:
        if name in self._shown:
            self.refresh()

    def _take_thumbnails(self, names: list[str]) -> None:
        preview = self._comparison.hub.preview
        if any(name in self._shown and preview.picture(name) is None for name in names):
            self.refresh()

    # --- what a person does

    def _bring(self, place: int) -> None:
        self.setFocus()
        if place != self._comparison.front:
            self._comparison.bring(place)

    def _judge_at(self, place: int, verdict: str) -> None:
        self._comparison.judge(verdict, place)  # type: ignore[arg-type]
        self.refresh()

    def _rate_at(self, place: int, stars: int) -> None:
        self._comparison.rate(stars, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (
            is_plain(event)
            and (judged_by(event.key(), self._comparison.judge, self._comparison.rate) or self._go(event.key()))
        ):
            event.ignore()

    def _go(self, key: int) -> bool:
        keys = Qt.Key
        front = self.panes[self._comparison.front].canvas if self.panes else None
        if key in (keys.Key_Escape, keys.Key_G):
            self.left.emit()
        elif key == keys.Key_Right:
            self._comparison.bring(self._comparison.front + 1)
        elif key == keys.Key_Left:
            self._comparison.bring(self._comparison.front - 1)
        elif key in (keys.Key_Return, keys.Key_Enter):
            self._comparison.choose()
        elif front is not None and key in (keys.Key_Plus, keys.Key_Equal):
            front.magnify(STEP)
        elif front is not None and key == keys.Key_Minus:
            front.magnify(1 / STEP)
        elif front is not None and key == keys.Key_F:
            front.fit()
        elif front is not None and key == keys.Key_Z:
            front.toggle()
        else:
            return False
        return True

    # --- words and colours

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Compare"))
        self._hint.setText(self.tr("Enter keeps the framed picture and rejects the others."))
        self._back.setToolTip(self.tr("Back to the pictures (Esc)"))
        self._back.setAccessibleName(self._back.toolTip())
        self.setAccessibleName(self.tr("Compare"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._back.setIcon(icon("back", 18))
