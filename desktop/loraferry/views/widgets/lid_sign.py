"""One line that says whether the laptop may be closed."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from loraferry.viewmodels.lid import Lid
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.wrapping import wrapping_label


class LidSign(QWidget):
    """Hidden while nothing goes on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lid: Lid = ""
        self._sign, self._words = QLabel(), wrapping_label("help")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._words, 1)
        self.hide()

    def show_lid(self, lid: Lid) -> None:
        """Show how it is now."""
        if lid != self._lid:
            self._lid = lid
            self.retranslate()

    @property
    def text(self) -> str:
        """What it says; nothing while it is hidden."""
        return self._words.text() if self._lid else ""

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setVisible(bool(self._lid))
        if not self._lid:
            return
        self._words.setText(
            {
                "open": self.tr("Keep the lid open: something is still being sent."),
                "here": self.tr("Keep the lid open: this computer trains."),
                "closable": self.tr("You can close the lid: the machine goes on by itself."),
            }[self._lid]
        )
        tokens = tokens_now()
        name, colour = ("check", tokens.good) if self._lid == "closable" else ("warning", tokens.warning)
        self._sign.setPixmap(pixmap(name, 18, colour, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)
