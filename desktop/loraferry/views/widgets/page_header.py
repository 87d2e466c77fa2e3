"""The head of a page: its name, a line about it, and room for its actions on the right."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget


class PageHeader(QWidget):
    """The owner sets the words with `set_texts` and adds actions with `add_action`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._title.setObjectName("title")
        self._about = QLabel()
        self._about.setObjectName("muted")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._about)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(24, 20, 24, 12)
        self._layout.setSpacing(8)
        self._layout.addLayout(texts)
        self._layout.addStretch()

    def set_texts(self, title: str, about: str) -> None:
        """The page's name and what it is for."""
        self._title.setText(title)
        self._about.setText(about)

    def add_action(self, widget: QWidget) -> None:
        """Put a button or switch at the right."""
        self._layout.addWidget(widget)
