"""The right side of the page: one panel at a time, each built when it is shown first."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.parts import PANELS
from loraferry.views.widgets.segments import Segments


class SidePanel(QWidget):
    """Switches between the panels of `parts.PANELS`."""

    shown = Signal(str)
    """The id of the panel that is shown now."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._built: dict[str, QWidget] = {}
        self._segments = Segments(tuple(PANELS), narrow=True)
        self._segments.chosen.connect(self.show_panel)
        self._segments.setVisible(len(PANELS) > 1)
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 24, 24)
        layout.setSpacing(8)
        layout.addWidget(self._segments)
        layout.addWidget(self._stack, 1)
        self.retranslate()
        self.show_panel(next(iter(PANELS)))

    def panel(self, id: str) -> QWidget:
        """A panel, built if it is asked for first. Raises KeyError."""
        if id not in self._built:
            self._built[id] = PANELS[id].build(self._studio)
            self._stack.addWidget(self._built[id])
        return self._built[id]

    def show_panel(self, id: str) -> None:
        """Bring a panel to the front."""
        self._stack.setCurrentWidget(self.panel(id))
        self._segments.show_choice(id)
        self.shown.emit(id)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._segments.set_texts([part.label() for part in PANELS.values()])

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
