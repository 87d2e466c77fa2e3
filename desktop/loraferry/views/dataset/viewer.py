"""One picture as large as there is room: zoom and pan, verdict and stars by a key, the neighbours in a strip below."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from loraferry.library.items import Item
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_viewer import Viewer, shown_size
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.filmstrip import Filmstrip
from loraferry.views.dataset.grid_keys import is_plain, judged_by
from loraferry.views.dataset.judge_bar import JudgeBar
from loraferry.views.dataset.picture_canvas import STEP, PictureCanvas
from loraferry.views.dataset.picture_strip import PictureStrip
from loraferry.views.dataset.zooming import FIT
from loraferry.views.icons import icon
from loraferry.views.theme import tabular

_PAN = 80
"""Logical pixels for each press of an arrow with Shift held."""


def build(studio: Studio) -> QWidget:
    """The mode of the page."""
    return ViewerMode(Viewer(studio.dataset))


class ViewerMode(QWidget):
    """Follows the current picture. Left and right go on; Esc and Enter go back."""

    left = Signal()
    """Back to the grid."""
    edit_requested = Signal()
    """On to the caption of the picture."""

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewerMode")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        viewer.setParent(self)
        self._viewer = viewer
        self.canvas = PictureCanvas()
        self.filmstrip = Filmstrip(viewer.hub)
        self.judging = JudgeBar()
        self._strip = PictureStrip(viewer.hub)
        self._facts, self._percent = QLabel(), QLabel()
        self._smaller, self._larger, self._fit = (_button() for _ in range(3))
        self._name = ""
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()

    def _lay_out(self) -> None:
        for label in (self._facts, self._percent):
            label.setObjectName("muted")
            label.setFont(tabular(label.font()))
        self._percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("3200 %") + 8)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        bar.addWidget(self.judging)
        bar.addSpacing(12)
        bar.addWidget(self._facts, 1)
        for widget in (self._smaller, self._percent, self._larger, self._fit):
            bar.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._strip)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(bar)
        layout.addWidget(self.filmstrip)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _connect(self) -> None:
        viewer = self._viewer
        self._strip.left.connect(self.left)
        self.judging.judged.connect(viewer.judge)
        self.judging.rated.connect(viewer.rate)
        self.canvas.zoomed.connect(self._show_percent)
        self.canvas.blurred.connect(viewer.sharpen)
        self._smaller.clicked.connect(self._reduce)
        self._larger.clicked.connect(self._enlarge)
        self._fit.clicked.connect(self._toggle_whole)
        viewer.changed.connect(self.refresh)
        viewer.hub.preview.changed.connect(self.refresh)
        viewer.hub.thumbnails.arrived.connect(self._take_thumbnail)

    # --- showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._viewer.set_active(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._viewer.set_active(False)

    def refresh(self) -> None:
        """Show the current picture: its thumbnail until it is decoded."""
        if not self.isVisible():
            return
        item = self._viewer.item
        name = item.name if item is not None else ""
        if name != self._name:
            self._name = name
            self.canvas.set_zoom(FIT)
        image = picture_of(self._viewer.hub, item)
        size = shown_size(self._viewer.hub, item) if item is not None else (0, 0)
        self.canvas.show_picture(image, size, item.crops if item is not None else ())
        self.judging.show_item(item)
        self._facts.setText(self._facts_of(item))
        self._show_percent()

    def _facts_of(self, item: Item | None) -> str:
        if item is None:
            return ""
        if item.image_problem is not None:
            return self.tr("This picture cannot be read.")
        width, height = shown_size(self._viewer.hub, item)
        return f"{width} × {height}" if width else ""

    def _take_thumbnail(self, names: list[str]) -> None:
        if self._name in names and self._viewer.hub.preview.picture(self._name) is None:
            self.refresh()

    def _show_percent(self) -> None:
        self._percent.setText(self.tr("{number} %").format(number=self.canvas.percent))

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        handled = self._pan(event) or (
            is_plain(event) and (judged_by(event.key(), self._viewer.judge, self._viewer.rate) or self._go(event.key()))
        )
        if not handled:
            event.ignore()

    def _pan(self, event: QKeyEvent) -> bool:
        x, y = {
            Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }.get(Qt.Key(event.key()), (0, 0))  # fmt: skip
        if not (x or y) or event.modifiers() != Qt.KeyboardModifier.ShiftModifier:
            return False
        self.canvas.move_by(x * _PAN, y * _PAN)
        return True

    def _go(self, key: int) -> bool:
        keys = Qt.Key
        if key in (keys.Key_Escape, keys.Key_Return, keys.Key_Enter, keys.Key_G):
            self.left.emit()
        elif key in (keys.Key_Right, keys.Key_Down, keys.Key_Space, keys.Key_PageDown):
            self._viewer.step(1)
        elif key in (keys.Key_Left, keys.Key_Up, keys.Key_PageUp):
            self._viewer.step(-1)
        elif key in (keys.Key_Home, keys.Key_End):
            count = self._viewer.hub.grid.rowCount()
            self._viewer.step(-count if key == keys.Key_Home else count)
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self._enlarge()
        elif key == keys.Key_Minus:
            self._reduce()
        elif key == keys.Key_F:
            self.canvas.fit()
        elif key == keys.Key_Z:
            self.canvas.toggle()
        elif key == keys.Key_F2:
            self.edit_requested.emit()
        else:
            return False
        return True

    def _toggle_whole(self) -> None:
        self.canvas.toggle()

    def _enlarge(self) -> None:
        self.canvas.magnify(STEP)

    def _reduce(self) -> None:
        self.canvas.magnify(1 / STEP)

    # --- words and colours

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.canvas.setAccessibleName(self.tr("Picture"))
        for button, text in (
            (self._smaller, self.tr("Smaller (−)")),
            (self._larger, self.tr("Larger (+)")),
            (self._fit, self.tr("The whole picture, or its pixels one by one (Z)")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._smaller.setIcon(icon("zoom_out", 20))
        self._larger.setIcon(icon("zoom_in", 20))
        self._fit.setIcon(icon("fit", 20))


def picture_of(hub: DatasetViewModel, item: Item | None) -> QImage:
    """What can be shown of a picture now: decoded, or its thumbnail, or nothing."""
    if item is None or item.image_problem is not None:
        return QImage()
    held = hub.preview.picture(item.name)
    if held is not None:
        return held.image
    small = hub.thumbnails.pixmap(item.name)
    return small.toImage() if small is not None else QImage()


def _button() -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setIconSize(QSize(20, 20))
    button.setMinimumSize(32, 32)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
