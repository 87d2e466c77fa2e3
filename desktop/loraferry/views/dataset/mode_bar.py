"""What the middle of the page shows, as buttons: the grid, one picture, compare, crop, mask; and what opens above it."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from loraferry.views.dataset.parts import DIALOGS, GRID, MODES, Part
from loraferry.views.icons import icon


class ModeBar(QWidget):
    """Says what was clicked; does nothing itself."""

    mode_chosen = Signal(str)
    dialog_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._parts: list[Part] = [GRID, *MODES.values()]
        self._more = QToolButton()
        self._more.setObjectName("segment")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setMinimumHeight(32)
        self._more.setMenu(QMenu(self._more))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for index in range(len(self._parts)):
            button = QToolButton()
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setIconSize(QSize(18, 18))
            button.setMinimumSize(36, 32)
            place = {0: "first", len(self._parts) - 1: "last"}.get(index, "middle")
            button.setProperty("place", place)
            self._group.addButton(button, index)
            layout.addWidget(button)
        layout.addSpacing(8)
        layout.addWidget(self._more)
        self._group.idClicked.connect(self._choose)
        self._more.menu().triggered.connect(self._open)
        self.show_mode(GRID.id)
        self._dress()
        self.retranslate()

    def show_mode(self, id: str) -> None:
        """Mark what is shown now."""
        index = next(index for index, part in enumerate(self._parts) if part.id == id)
        self._group.button(index).setChecked(True)

    def _choose(self, index: int) -> None:
        self.mode_chosen.emit(self._parts[index].id)

    def _open(self, action: QAction) -> None:
        self.dialog_chosen.emit(action.data())

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for index, part in enumerate(self._parts):
            button = self._group.button(index)
            button.setToolTip(part.label())
            button.setAccessibleName(part.label())
        self._more.setText(self.tr("More"))
        menu = self._more.menu()
        menu.clear()
        for part in DIALOGS.values():
            menu.addAction(icon(part.icon, 18), f"{part.label()}…").setData(part.id)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
            self.retranslate()
        super().changeEvent(event)

    def _dress(self) -> None:
        for index, part in enumerate(self._parts):
            button = self._group.button(index)
            assert isinstance(button, QToolButton)
            button.setIcon(icon(part.icon, 18))
