"""What the page shows while no folder is open: what to do next."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now


class EmptyPage(QWidget):
    """Asks for pictures, or offers the sample."""

    folder_requested = Signal()
    sample_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign, self._title, self._text = QLabel(), QLabel(), QLabel()
        self._title.setObjectName("title")
        self._text.setObjectName("muted")
        self._text.setWordWrap(True)
        for label in (self._sign, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._open, self._sample = QPushButton(), QPushButton()
        self._open.setObjectName("primary")
        self._sample.setObjectName("sampleButton")
        for button in (self._open, self._sample):
            button.setMinimumHeight(40)
        self._open.clicked.connect(self.folder_requested)
        self._sample.clicked.connect(self.sample_requested)
        # Stretches, not an alignment: an aligned label is not given the height that its wrapped words need.
        text = QHBoxLayout()
        text.addStretch(1)
        text.addWidget(self._text, 2)
        text.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch()
        buttons.addWidget(self._open)
        buttons.addWidget(self._sample)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        layout.addWidget(self._sign)
        layout.addWidget(self._title)
        layout.addLayout(text)
        layout.addSpacing(8)
        layout.addLayout(buttons)
        layout.addStretch(3)
        self._dress()
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Drop your pictures here"))
        self._text.setText(
            self.tr(
                "15 to 50 good pictures of one thing are enough: a character, an object, a style. "
                "Drop the folder that holds them anywhere in this window. Nothing in it is moved or renamed."
            )
        )
        self._open.setText(self.tr("Open a folder…"))
        self._sample.setText(self.tr("Try the sample pictures"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._sign.setPixmap(pixmap("dataset", 72, tokens_now().accent, self.devicePixelRatioF()))
