"""What watches the meter of a rented machine, on the machine itself: settings, countdowns, and how a stop went.

The desktop sends the settings, the supervisor keeps to them whether the laptop is there or not. A stop is never a
delete, and never happens where it would lose the only copy of something.
"""

from typing import Literal

from pydantic import Field

from loraferry_core.bounds import Seconds, Shown
from loraferry_core.config.param import Config
from loraferry_core.problems import Problem

GuardKind = Literal["finished", "idle", "ceiling"]
"""All jobs are over · nothing goes on · the machine has run, or cost, as much as it may."""
StopWord = Literal["ordered", "refused", "confirmed"]
"""The stop was ordered · the vendor's tool failed · the vendor's own answer says that the machine stops."""
MAX_WAIT_S = 400 * 86_400.0


class StopPlan(Config):
    """How the meter is stopped from inside the machine, as the vendor's profile says. Without a command only an alarm
    can be given."""

    command: tuple[str, ...] = ()
    """Program and arguments; `$NAME` in an argument is replaced by that variable of the machine's environment."""
    keeps: tuple[str, ...] = ()
    """Folders whose contents are still there after the stop."""
    answer: str = ""
    """A regular expression: what the command prints when the vendor has confirmed the stop. Empty where it never
    does."""

    @property
    def possible(self) -> bool:
        """Whether the machine can stop itself."""
        return bool(self.command)


class GuardSettings(Config):
    """What the guards of one machine may do; times in seconds. Not armed: they only tell what they would do."""

    armed: bool = False
    off: tuple[GuardKind, ...] = Field((), max_length=3)
    """Guards that do nothing, each by itself."""
    stop: StopPlan = StopPlan()
    finished_s: float = Field(900.0, ge=0, le=MAX_WAIT_S)
    """Grace after the last job, where stopping keeps what it made, or the laptop has a verified copy."""
    idle_s: float = Field(3600.0, ge=60, le=MAX_WAIT_S)
    """Without a job, a transfer or load on the card."""
    ceiling_s: float = Field(0.0, ge=0, le=MAX_WAIT_S)
    """Since the machine was started; 0 for no such limit."""
    ceiling_cost: float = Field(0.0, ge=0, lt=1e9)
    """In `currency`; 0 for no such limit, and without a price it limits nothing."""
    price_per_hour: float = Field(0.0, ge=0, lt=1e6)
    currency: str = Field("USD", max_length=8)


class Countdown(Config):
    """A guard that will act. `alarm`: it will only tell, because a stop would lose something, or cannot be done."""

    kind: GuardKind
    fires_at: Seconds
    alarm: bool = False
    unsafe: tuple[Shown, ...] = ()
    """Names of the runs whose only copy would be lost."""


class Fired(Config):
    """The last guard that acted, and how that went."""

    kind: GuardKind
    time: Seconds
    word: StopWord
    output: Shown = Field("", max_length=8000)
    """What the vendor's tool said; empty until it has, and where nobody was left to hear it."""


class GuardState(Config):
    """The guards of a machine at a moment."""

    settings: GuardSettings = GuardSettings()
    started: Seconds = 0.0
    """Since when the meter runs: the start of the machine or of its container."""
    snoozed_until: Seconds = 0.0
    countdowns: tuple[Countdown, ...] = ()
    called_off: tuple[GuardKind, ...] = Field((), max_length=3)
    """Guards whose countdown somebody has ended: until something goes on again, the ceiling until it is set anew."""
    fired: Fired | None = None
    problem: Problem | None = None
    """An alarm."""
