"""How many pictures are approved, rejected, without caption, broken: in words, with a sign where it matters."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.views.icons import pixmap
from loraferry.views.theme import tabular, tokens_now


class CountsBar(QWidget):
    """One line below the grid."""

    def __init__(self, model: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("countsBar")
        self._model = model
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 16, 12)
        layout.setSpacing(6)
        self._parts: dict[str, tuple[QLabel, QLabel]] = {}
        for name in ("approved", "rejected", "without_caption", "broken"):
            sign, text = QLabel(), QLabel()
            text.setObjectName(name)
            text.setFont(tabular(text.font()))
            layout.addWidget(sign)
            layout.addWidget(text)
            layout.addSpacing(18)
            self._parts[name] = (sign, text)
        layout.addStretch()
        self._busy = QLabel()
        self._busy.setObjectName("muted")
        layout.addWidget(self._busy)
        model.changed.connect(self.show_counts)
        model.busy_changed.connect(self.show_counts)
        self._dress()
        self.show_counts()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_counts()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        signs = {
            "approved": ("check", tokens.good),
            "rejected": ("close", tokens.error),
            "without_caption": ("info", tokens.warning),
            "broken": ("warning", tokens.warning),
        }
        for name, (icon_name, colour) in signs.items():
            self._parts[name][0].setPixmap(pixmap(icon_name, 16, colour, self.devicePixelRatioF()))

    def show_counts(self) -> None:
        """Show the numbers of now; what does not occur is left out."""
        counts = self._model.counts
        texts = {
            "approved": (counts.approved, self.tr("{count} approved")),
            "rejected": (counts.rejected, self.tr("{count} rejected")),
            "without_caption": (counts.without_caption, self.tr("{count} without a caption")),
            "broken": (counts.broken, self.tr("{count} cannot be read")),
        }
        for name, (count, text) in texts.items():
            sign, label = self._parts[name]
            label.setText(text.format(count=count))
            shown = bool(count) or name == "approved"
            sign.setVisible(shown)
            label.setVisible(shown)
        self._busy.setText(self.tr("Looking for pictures…") if self._model.opening else "")
