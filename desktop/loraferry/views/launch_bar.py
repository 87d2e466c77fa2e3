"""The strip above the page while a run is being launched: what is done, how far, how fast, and whether the lid may close."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from loraferry.texts.quantities import bytes_text, duration_text, transfer_text
from loraferry.viewmodels.launch import LaunchState, LaunchViewModel
from loraferry.views.theme import tabular


class LaunchBar(QWidget):
    """Hidden while nothing is launched."""

    def __init__(self, model: LaunchViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("launchBar")
        self._model = model
        self._what = QLabel()
        self._what.setObjectName("launchText")
        self._detail = QLabel()
        self._detail.setObjectName("muted")
        self._detail.setFont(tabular(self._detail.font()))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._cancel = QPushButton()
        self._cancel.setObjectName("cancelLaunch")
        self._cancel.clicked.connect(model.cancel)
        card = QFrame()
        card.setObjectName("card")
        texts = QHBoxLayout()
        texts.addWidget(self._what)
        texts.addStretch()
        texts.addWidget(self._detail)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(texts)
        column.addWidget(self._bar)
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 10, 12, 10)
        row.setSpacing(16)
        row.addLayout(column, 1)
        row.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 0)
        layout.addWidget(card)
        model.changed.connect(self.refresh)
        self.retranslate()

    def refresh(self) -> None:
        """Show the launch as it is now."""
        state = self._model.state
        self.setVisible(bool(state.part))
        self._what.setText(self._words(state))
        self._detail.setText(self._amount(state))
        self._bar.setRange(0, 1000 if state.total else 0)
        self._bar.setValue(1000 * state.done // state.total if state.total else 0)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._cancel.setText(self.tr("Cancel"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _words(self, state: LaunchState) -> str:
        texts = {
            "": "",
            "prepare": self.tr("Preparing the approved pictures"),
            "connect": self.tr("Connecting to the machine"),
            "base": self.tr("Sending the base model. Keep this computer open."),
            "pictures": self.tr("Sending the pictures. Keep this computer open."),
            "submit": self.tr("Starting the run"),
        }
        return texts[state.part]

    def _amount(self, state: LaunchState) -> str:
        if not state.total:
            return ""
        if state.part == "prepare":
            return f"{state.done} / {state.total}"
        parts = [f"{bytes_text(state.done)} / {bytes_text(state.total)}"]
        if state.rate:
            left = (state.total - state.done) / state.rate
            parts += [transfer_text(state.rate), self.tr("{time} left").format(time=duration_text(left))]
        return "  ·  ".join(parts)
