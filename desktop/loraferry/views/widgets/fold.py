"""A part that is folded away until somebody wants it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from loraferry.views.icons import icon


class Fold(QWidget):
    """A button with an arrow, and below it the content. The owner sets the words with `set_text`."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.button = QToolButton()
        self.button.setObjectName("plain")
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.toggled.connect(self.open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(content)
        content.hide()
        self._dress()

    def set_text(self, text: str) -> None:
        """The words on the button."""
        self.button.setText(text)
        self.button.setAccessibleName(text)

    def open(self, wide: bool) -> None:
        """Show the content, or fold it away."""
        self._content.setVisible(wide)
        self.button.setChecked(wide)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self.button.setIcon(icon("arrow_up" if self.button.isChecked() else "arrow_down", 14))
