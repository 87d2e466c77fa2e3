"""The line above a view of one picture: back, its name, the one before and the one behind it, and actions."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.tooltips import set_plain_tooltip


class PictureStrip(QWidget):
    """Follows the current picture of the hub."""

    left = Signal()
    """Back to the pictures."""

    def __init__(self, hub: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self.back, self.previous, self.next = (_button() for _ in range(3))
        self._name = QLabel()
        self._name.setObjectName("strong")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setMinimumWidth(1)
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._count.setFont(tabular(self._count.font()))
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(8, 4, 8, 4)
        self._layout.setSpacing(4)
        self._layout.addWidget(self.back)
        self._layout.addSpacing(4)
        self._layout.addWidget(self._name, 1)
        self._layout.addWidget(self.previous)
        self._layout.addWidget(self._count)
        self._layout.addWidget(self.next)
        self._layout.addSpacing(8)
        self.back.clicked.connect(self.left)
        self.previous.clicked.connect(self._step_back)
        self.next.clicked.connect(self._step_on)
        hub.current_changed.connect(self.refresh)
        hub.visible_changed.connect(self.refresh)
        self._dress()
        self.retranslate()

    def add_action(self, widget: QWidget) -> None:
        """Put something at the right."""
        self._layout.addWidget(widget)

    def refresh(self) -> None:
        """Show the current picture."""
        item = self._hub.current
        name = item.name.replace("\n", " ") if item is not None else ""
        room = max(60, self._name.width())
        self._name.setText(self._name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room))
        set_plain_tooltip(self._name, item.path if item is not None else "")
        count, position = len(self._hub.visible), self._hub.position
        self._count.setText(f"{position + 1:,} / {count:,}" if position >= 0 else "")
        self.previous.setEnabled(position > 0)
        self.next.setEnabled(0 <= position < count - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    def _step_back(self) -> None:
        self._hub.step(-1)

    def _step_on(self) -> None:
        self._hub.step(1)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for button, text in (
            (self.back, self.tr("Back to the pictures (Esc)")),
            (self.previous, self.tr("Previous picture (Ctrl+↑)")),
            (self.next, self.tr("Next picture (Ctrl+↓)")),
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
        self.back.setIcon(icon("back", 20))
        self.previous.setIcon(icon("previous", 18))
        self.next.setIcon(icon("next", 18))


def _button() -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setIconSize(QSize(18, 18))
    button.setMinimumSize(32, 32)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
