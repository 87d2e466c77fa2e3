"""The button with a menu that says how fast data may travel."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from loraferry.texts.quantities import transfer_text
from loraferry.views.icons import icon

CAPS = (1e6, 2e6, 5e6, 10e6)
"""Bytes a second that the menu offers."""


class SpeedButton(QToolButton):
    """Shows the limit of now, and hears of another one."""

    cap_chosen = Signal(float)
    """In bytes a second; 0 for no limit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cap = 0.0
        self._caps: dict[float, QAction] = {}
        menu, group = QMenu(self), QActionGroup(self)
        menu.setObjectName("speedMenu")
        for cap in (0.0, *CAPS):
            self._caps[cap] = menu.addAction("")
        menu.addSeparator()
        self._own = menu.addAction("")
        for action in (*self._caps.values(), self._own):
            action.setCheckable(True)
            group.addAction(action)
        menu.triggered.connect(self._choose)
        self.setMenu(menu)
        self.retranslate()

    def show_cap(self, cap: float) -> None:
        """Show what is set now."""
        self._cap = cap
        self._caps.get(cap, self._own).setChecked(True)
        self.setText(transfer_text(cap) if cap else "")
        self.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if cap else Qt.ToolButtonStyle.ToolButtonIconOnly
        )

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for cap, action in self._caps.items():
            action.setText(transfer_text(cap) if cap else self.tr("As fast as the line allows"))
        self._own.setText(self.tr("Another limit …"))
        self.setIcon(icon("gauge", 18))
        self.setToolTip(self.tr("How fast data may travel, each way"))
        self.setAccessibleName(self.tr("How fast data may travel, each way"))
        self.show_cap(self._cap)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _choose(self, action: QAction) -> None:
        for cap, offered in self._caps.items():
            if action is offered:
                self.cap_chosen.emit(cap)
                return
        value, agreed = QInputDialog.getDouble(
            self,
            self.tr("How fast data may travel, each way"),
            self.tr("Megabytes a second at most:"),
            self._cap / 1e6 or 1.0,
            0.01,
            10_000,
            2,
        )
        if agreed:
            self.cap_chosen.emit(value * 1e6)
        self.show_cap(self._cap)
