"""The line of a run whose files are being brought home: how far, how fast, and how it is held or called off."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from loraferry.ferry.haul import Haulage
from loraferry.runs.store import Run
from loraferry.texts.quantities import bytes_text, duration_text, transfer_text
from loraferry.viewmodels.launch import LaunchViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.speed import SpeedButton


class HomeBar(QWidget):
    """Hidden while nothing is brought home and nothing was left behind."""

    def __init__(self, model: RunsViewModel, launch: LaunchViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("homeBar")
        self._model, self._launch = model, launch
        self._run: Run | None = None
        self._sign, self._words = QLabel(), QLabel()
        self._words.setObjectName("homeText")
        self._words.setFont(tabular(self._words.font()))
        self._speed = SpeedButton()
        self._speed.cap_chosen.connect(self._set_cap)
        self._pause, self._leave, self._bring = QPushButton(), QPushButton(), QPushButton()
        for button, name, act in (
            (self._pause, "pauseHome", self._toggle_pause),
            (self._leave, "leaveHome", self._leave_files),
            (self._bring, "resumeHome", self._bring_files),
        ):
            button.setObjectName(name)
            button.clicked.connect(act)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._words, 1)
        for widget in (self._speed, self._pause, self._leave, self._bring):
            layout.addWidget(widget)
        self.hide()

    def show_run(self, run: Run) -> None:
        """Show how it stands with the files of a run."""
        self._run = run
        self.retranslate()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        if self._run is None:
            return
        haulage, left = self._model.haulage(self._run), self._model.leaves_files(self._run)
        self.setVisible(left or haulage is not None)
        if self.isHidden():
            return
        paused = self._model.pace.paused
        self._sign.setPixmap(pixmap("download", 18, tokens_now().muted, self.devicePixelRatioF()))
        if haulage is not None:
            self._words.setText(self._standing(haulage, paused))
        elif left:
            self._words.setText(self.tr("Its files stay on the machine for now."))
        self._pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        self._pause.setIcon(icon("train" if paused else "pause", 16))
        self._leave.setText(self.tr("Not now"))
        self._leave.setToolTip(self.tr("Nothing is lost: what has arrived is used when you bring it home later."))
        self._bring.setText(self.tr("Bring home now"))
        self._bring.setIcon(icon("download", 16))
        self._bring.setEnabled(self._model.is_attached(self._run))
        self._speed.show_cap(self._launch.cap)
        for widget in (self._speed, self._pause, self._leave):
            widget.setVisible(not left)
        self._bring.setVisible(left)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _standing(self, haulage: Haulage, paused: bool) -> str:
        sync = haulage.sync
        text = self.tr("Paused at {done} of {total}") if paused else self.tr("Bringing home {done} of {total}")
        parts = [text.format(done=bytes_text(sync.bytes_done), total=bytes_text(sync.bytes_total))]
        if sync.rate and not paused:
            parts.append(transfer_text(sync.rate))
        if sync.eta_s is not None and not paused:
            parts.append(self.tr("{time} left").format(time=duration_text(sync.eta_s)))
        if sync.slow == "cap" and not paused:
            parts.append(self.tr("held to your limit"))
        return "  ·  ".join(parts)

    def _set_cap(self, cap: float) -> None:
        self._launch.set_cap(cap)
        self.retranslate()

    def _toggle_pause(self) -> None:
        self._model.pause_haul(not self._model.pace.paused)

    def _leave_files(self) -> None:
        if self._run is not None:
            self._model.leave_files(self._run.spec.job, True)

    def _bring_files(self) -> None:
        if self._run is not None:
            self._model.leave_files(self._run.spec.job, False)
