"""The guards of a machine on its card: what they may do, what they are about to do, how the last stop went."""

from PySide6.QtCore import QEvent, Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.ferry.meter import StopNews
from loraferry.texts.machines import countdown_text, fired_text, guards_text
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.guards import Countdown, GuardState


class GuardPanel(QWidget):
    """Shows a `GuardState`. `now` is the machine's own clock, as far as it can be told."""

    snooze_wanted = Signal()
    disarm_wanted = Signal()
    arm_wanted = Signal()
    edit_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("hostGuards")
        self._state: GuardState | None = None
        self._news: StopNews | None = None
        self._now = 0.0
        self._console = ""
        self._live = True
        self._sign, self._sentence = QLabel(), wrapping_label("muted")
        self._alert = QFrame()
        self._alert.setObjectName("notice")
        self._alert_sign, self._alert_text = QLabel(), wrapping_label()
        self._alert_text.setObjectName("guardAlert")
        self._snooze = _button("snoozeGuards", self.snooze_wanted)
        self._disarm = _button("disarmGuards", self.disarm_wanted)
        self._arm = _button("armGuards", self.arm_wanted)
        self._edit = _button("editGuards", self.edit_wanted)
        self._open = QPushButton()
        self._open.setObjectName("openConsole")
        self._open.clicked.connect(self._open_console)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._sentence, 1)
        line.addWidget(self._arm)
        line.addWidget(self._edit)
        inside = QHBoxLayout(self._alert)
        inside.setContentsMargins(12, 8, 8, 8)
        inside.setSpacing(8)
        inside.addWidget(self._alert_sign)
        inside.addWidget(self._alert_text, 1)
        for button in (self._snooze, self._disarm, self._open):
            inside.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._alert)
        layout.addLayout(line)

    def show_guards(
        self, state: GuardState | None, news: StopNews | None, now: float, console: str, *, live: bool
    ) -> None:
        """Show how the guards stand; not `live` means that this is what was heard last."""
        self._state, self._news, self._now = state, news, now
        self._console, self._live = console, live
        self.retranslate()

    @property
    def text(self) -> str:
        """What it says, for tests."""
        alert = "" if self._alert.isHidden() else self._alert_text.text()
        return f"{alert}\n{self._sentence.text()}".strip()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        state = self._state
        shown = state is not None and (self._live or self._news is not None)
        self.setVisible(shown)
        if state is None or not shown:
            return
        tokens, scale = tokens_now(), self.devicePixelRatioF()
        armed = state.settings.armed
        sign, colour = ("guard", tokens.good) if armed else ("warning", tokens.warning)
        self._sign.setPixmap(pixmap(sign, 18, colour, scale))
        self._sentence.setText(guards_text(state.settings))
        for widget in (self._sign, self._sentence, self._edit):
            widget.setVisible(self._live)
        self._arm.setVisible(self._live and not armed)
        self._arm.setText(self.tr("Switch on"))
        self._edit.setText(self.tr("Guards …"))
        self._snooze.setText(self.tr("Wait 1 hour"))
        self._disarm.setText(self.tr("Do not stop"))
        self._open.setText(self.tr("Open the console"))
        self._show_alert(state)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _show_alert(self, state: GuardState) -> None:
        countdown = next_countdown(state) if self._live else None
        bad = self._news == "refused"
        snoozed = state.snoozed_until > self._now
        if self._news is not None and state.fired is not None:
            text = fired_text(state.fired, self._news)
            if bad and state.fired.output:
                text += "\n" + state.fired.output
        elif countdown is not None and state.settings.armed:
            until = state.snoozed_until if snoozed else countdown.fires_at
            text = countdown_text(countdown, until - self._now, snoozed=snoozed)
        else:
            text = ""
        self._alert.setVisible(bool(text))
        self._alert_text.setText(text)
        counting = bool(text) and self._news is None and countdown is not None
        self._snooze.setVisible(counting and not snoozed)
        self._disarm.setVisible(counting)
        needs_console = self._news is not None and self._news != "confirmed"
        alarm = counting and countdown is not None and countdown.alarm
        self._open.setVisible(bool(self._console) and (needs_console or alarm))
        self._dress_alert("error" if bad else "warning")

    def _dress_alert(self, severity: str) -> None:
        tokens = tokens_now()
        if self._alert.property("severity") != severity:
            self._alert.setProperty("severity", severity)
            self._alert.style().unpolish(self._alert)
            self._alert.style().polish(self._alert)
        if self._news == "confirmed":
            sign, colour = "check", tokens.good
        else:
            sign, colour = ("error", tokens.error) if severity == "error" else ("clock", tokens.warning)
        self._alert_sign.setPixmap(pixmap(sign, 20, colour, self.devicePixelRatioF()))

    def _open_console(self) -> None:
        QDesktopServices.openUrl(QUrl(self._console))


def next_countdown(state: GuardState) -> Countdown | None:
    """The guard that acts first."""
    return min(state.countdowns, key=lambda countdown: countdown.fires_at, default=None)


def _button(name: str, wish: SignalInstance) -> QPushButton:
    button = QPushButton()
    button.setObjectName(name)
    button.clicked.connect(lambda: wish.emit())
    return button
