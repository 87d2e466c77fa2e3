"""The strip above the page while a run is being launched: what is done, how far, how fast, and whether the lid may close."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from loraferry.texts.quantities import bytes_text, duration_text, transfer_text
from loraferry.viewmodels.launch import LaunchState, LaunchViewModel
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.speed import SpeedButton


class LaunchBar(QWidget):
    """Hidden while nothing is launched."""

    def __init__(self, model: LaunchViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("launchBar")
        self._model = model
        self._sign = QLabel()
        self._what = QLabel()
        self._what.setObjectName("launchText")
        self._detail = QLabel()
        self._detail.setObjectName("muted")
        self._detail.setFont(tabular(self._detail.font()))
        self._why = QLabel()
        self._why.setObjectName("help")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._speed = SpeedButton()
        self._speed.cap_chosen.connect(model.set_cap)
        self._pause = QPushButton()
        self._pause.setObjectName("pauseLaunch")
        self._pause.clicked.connect(self._toggle_pause)
        self._cancel = QPushButton()
        self._cancel.setObjectName("cancelLaunch")
        self._cancel.clicked.connect(self._cancel_or_close)
        self._lay_out()
        model.changed.connect(self.refresh)
        self.retranslate()

    def _lay_out(self) -> None:
        card = QFrame()
        card.setObjectName("card")
        texts = QHBoxLayout()
        texts.setSpacing(8)
        texts.addWidget(self._sign)
        texts.addWidget(self._what)
        texts.addStretch()
        texts.addWidget(self._detail)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(texts)
        column.addWidget(self._bar)
        column.addWidget(self._why)
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 10, 12, 10)
        row.setSpacing(12)
        row.addLayout(column, 1)
        for button in (self._speed, self._pause, self._cancel):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 0)
        layout.addWidget(card)

    def refresh(self) -> None:
        """Show the launch as it is now."""
        state, tokens = self._model.state, tokens_now()
        self.setVisible(bool(state.part))
        done = state.part == "done"
        self._what.setText(self._words(state))
        self._detail.setText(self._amount(state))
        why = self._reason(state)
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._bar.setVisible(not done)
        self._bar.setRange(0, 1000 if state.total else 0)
        self._bar.setValue(1000 * state.done // state.total if state.total else 0)
        self._sign.setVisible(done)
        if done:
            self._sign.setPixmap(pixmap("check", 18, tokens.good, self.devicePixelRatioF()))
        self._pause.setVisible(state.sending)
        paused = self._model.paused
        self._pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        self._pause.setIcon(icon("train" if paused else "pause", 16))
        self._speed.setVisible(state.sending)
        self._cancel.setText(self.tr("Close") if done else self.tr("Cancel"))
        self._speed.show_cap(self._model.cap)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _toggle_pause(self) -> None:
        self._model.pause(not self._model.paused)

    def _cancel_or_close(self) -> None:
        if self._model.state.part == "done":
            self._model.dismiss()
        else:
            self._model.cancel()

    def _words(self, state: LaunchState) -> str:
        if state.sending:
            return self._sending_words(state)
        texts = {
            "": "",
            "prepare": self.tr("Preparing the approved pictures"),
            "connect": self.tr("Connecting to the machine"),
            "submit": self.tr("Starting the run"),
            "done": self.tr("You can close the lid now: everything is on the machine"),
        }
        return texts[state.part]

    def _sending_words(self, state: LaunchState) -> str:
        if self._model.paused:
            return self.tr("Sending is paused. Nothing is lost; go on whenever you like.")
        if state.eta_s is not None:
            return self.tr("Keep open: {time} of upload left").format(time=duration_text(state.eta_s))
        texts = {
            "base": self.tr("Sending the base model. Keep this computer open."),
            "pictures": self.tr("Sending the pictures. Keep this computer open."),
            "checkpoint": self.tr("Sending the checkpoint. Keep this computer open."),
        }
        return texts[state.part]

    def _amount(self, state: LaunchState) -> str:
        if not state.total:
            return ""
        if state.part == "prepare":
            return f"{state.done} / {state.total}"
        parts = [f"{bytes_text(state.done)} / {bytes_text(state.total)}"]
        if state.files_total:
            parts.append(self.tr("{done} of {total} files").format(done=state.files, total=state.files_total))
        if state.rate and not self._model.paused:
            parts.append(transfer_text(state.rate))
        return "  ·  ".join(parts)

    def _reason(self, state: LaunchState) -> str:
        """Why it is no faster; nothing while nobody knows or nothing is sent."""
        if not state.sending or self._model.paused:
            return ""
        texts = {
            "": "",
            "round_trip": self.tr("The machine is far away: each answer takes its time."),
            "uplink": self.tr("This is what your line can send."),
            "cap": self.tr("Held back by the limit that you have set."),
            "machine": self.tr("The machine takes it in no faster, probably because of its disk."),
        }
        return texts[state.slow]
