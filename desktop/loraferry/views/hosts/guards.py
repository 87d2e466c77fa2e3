"""The guards of a machine on its card: what they may do, what they are about to do, how the last stop went."""

from typing import get_args

from PySide6.QtCore import QEvent, Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.ferry.meter import StopNews
from loraferry.texts.machines import called_off_text, countdown_text, fired_text, guards_text
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.guards import Countdown, GuardKind, GuardState


class GuardPanel(QWidget):
    """Shows a `GuardState`. `now` is the machine's own clock, as far as it can be told."""

    snooze_wanted = Signal()
    call_off_wanted = Signal(str, bool)
    """Kind of guard, and whether its countdown is to end or to go on."""
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
        self._counts = {kind: _Count(kind, self.call_off_wanted) for kind in get_args(GuardKind)}
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
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._alert_sign)
        top.addWidget(self._alert_text, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for button in (self._snooze, self._disarm, self._open):
            buttons.addWidget(button)
        inside = QVBoxLayout(self._alert)
        inside.setContentsMargins(12, 8, 8, 8)
        inside.setSpacing(6)
        inside.addLayout(top)
        for count in self._counts.values():
            inside.addWidget(count)
        inside.addLayout(buttons)
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
        labels = [self._alert_text, *(count.words for count in self._counts.values() if not count.isHidden())]
        alert = [] if self._alert.isHidden() else [label.text() for label in labels if not label.isHidden()]
        return "\n".join([*alert, self._sentence.text()])

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
        self._disarm.setText(self.tr("Switch all off"))
        self._open.setText(self.tr("Open the console"))
        self._show_alert(state)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _show_alert(self, state: GuardState) -> None:
        bad = self._news == "refused"
        counts = self._live and state.settings.armed and self._news is None
        snoozed = counts and bool(state.countdowns) and state.snoozed_until > self._now
        shown = state.countdowns if counts and not snoozed else ()
        self._show_counts(shown, state.called_off if counts else ())
        text = self._headline(state, snoozed=snoozed)
        self._alert_text.setText(text)
        self._alert_text.setVisible(bool(text))
        self._alert_sign.setVisible(bool(text))
        self._alert.setVisible(bool(text) or any(not count.isHidden() for count in self._counts.values()))
        self._snooze.setVisible(bool(shown))
        self._disarm.setVisible(bool(shown) or snoozed)
        needs_console = self._news is not None and self._news != "confirmed"
        alarm = any(countdown.alarm for countdown in shown)
        self._open.setVisible(bool(self._console) and (needs_console or alarm))
        self._dress_alert("error" if bad else "warning")

    def _headline(self, state: GuardState, *, snoozed: bool) -> str:
        """How the last stop went, what would be lost by one, or that all guards wait."""
        if self._news is not None and state.fired is not None:
            output = state.fired.output if self._news == "refused" else ""
            return "\n".join(filter(None, (fired_text(state.fired, self._news), output)))
        first = next_countdown(state) if self._live and state.settings.armed else None
        if first is not None and (first.unsafe or snoozed):
            return countdown_text(first, state.snoozed_until - self._now, snoozed=snoozed)
        return ""

    def _show_counts(self, countdowns: tuple[Countdown, ...], called_off: tuple[GuardKind, ...]) -> None:
        """A line for each guard that counts, whose countdown can be ended, or was."""
        counting = {countdown.kind: countdown for countdown in countdowns if not countdown.unsafe}
        for kind, count in self._counts.items():
            if kind in counting:
                countdown = counting[kind]
                count.show_text(countdown_text(countdown, countdown.fires_at - self._now, snoozed=False), off=False)
            elif kind in called_off:
                count.show_text(called_off_text(kind), off=True)
            else:
                count.hide()

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


class _Count(QWidget):
    """One guard that counts down, or was called off."""

    def __init__(self, kind: GuardKind, wish: SignalInstance) -> None:
        super().__init__()
        self.words, self._sign = wrapping_label(), QLabel()
        self._call_off, self._count_again = QPushButton(), QPushButton()
        for button, name, off in (
            (self._call_off, f"callOff_{kind}", True),
            (self._count_again, f"countAgain_{kind}", False),
        ):
            button.setObjectName(name)
            button.clicked.connect(lambda _=False, off=off: wish.emit(kind, off))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addWidget(self.words, 1)
        layout.addWidget(self._call_off)
        layout.addWidget(self._count_again)
        self.hide()

    def show_text(self, text: str, *, off: bool) -> None:
        """Say how it stands, in the language of now."""
        tokens = tokens_now()
        sign, colour = ("pause", tokens.muted) if off else ("clock", tokens.warning)
        self._sign.setPixmap(pixmap(sign, 20, colour, self.devicePixelRatioF()))
        self.words.setText(text)
        self._call_off.setText(self.tr("Call off"))
        self._call_off.setToolTip(self.tr("Until something goes on here again; the other guards stay."))
        self._call_off.setVisible(not off)
        self._count_again.setText(self.tr("Count again"))
        self._count_again.setVisible(off)
        self.show()


def next_countdown(state: GuardState) -> Countdown | None:
    """The guard that acts first."""
    return min(state.countdowns, key=lambda countdown: countdown.fires_at, default=None)


def _button(name: str, wish: SignalInstance) -> QPushButton:
    button = QPushButton()
    button.setObjectName(name)
    button.clicked.connect(lambda: wish.emit())
    return button
