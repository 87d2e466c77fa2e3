"""What the guards of the meter do next, decided from a snapshot. Pure.

Three guards: all jobs are over; nothing goes on; the machine has run, or cost, as much as it may. Time is counted in
seconds that the supervisor lived through, never read off a clock that somebody may set; the ceiling counts from the
start of the machine. A guard acts once. It never stops the machine where that would lose the only copy of something,
then it gives an alarm instead; not armed, it only tells when it would act. A stop whose answer got lost is given the time
that a stop needs; a machine that is there after that was not stopped, which counts as a refusal.

Nothing here runs while the supervisor does not: after a restart of the machine the guards are back when somebody
connects, not before.
"""

from dataclasses import dataclass, replace
from typing import Literal

from loraferry_core.guards import MAX_WAIT_S, Countdown, GuardKind, GuardSettings
from loraferry_core.problems import Problem, problem

BUSY_PERCENT = 5
"""A card with more load than this is used by somebody."""
RETRY_SECONDS = (30.0, 60.0, 120.0, 300.0)
"""Pauses after a stop that was refused; after one more there is an alarm."""
ANSWER_SECONDS = 600.0
"""A stop whose answer nobody has heard is given so long: the tool has three minutes, the vendor the rest."""
MAX_TICK = 60.0
"""Longer gaps between two looks were not lived through: this process was halted, or the machine slept."""
MAX_NAMES = 20


@dataclass(frozen=True)
class Sight:
    """What the guards see: jobs under way, jobs that may start, jobs that wait for a person, jobs that are over; whether
    data move, or a card is used; seconds since the machine was started; runs at risk (see `at_risk`)."""

    active: bool = False
    queued: bool = False
    waiting: bool = False
    ended: bool = False
    busy: bool = False
    uptime: float = 0.0
    unsafe: tuple[str, ...] = ()
    unsafe_active: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether there were jobs, and all have ended."""
        return self.ended and not (self.active or self.queued or self.waiting)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing goes on that needs this machine."""
        return not (self.active or self.queued or self.busy)


@dataclass(frozen=True)
class Clocks:
    """Seconds so far: since all jobs are over, since nothing goes on; left to an ordered snooze, to the next try of a stop
    that was refused so many times, and to a stop that was ordered and not answered yet. `stopped`: it was, and well, so
    that nothing more is done. `acted` is the guard that ordered it. `called_off`: guards whose countdown somebody has
    ended."""

    finished: float = 0.0
    idle: float = 0.0
    snooze: float = 0.0
    retry: float = 0.0
    refusals: int = 0
    unanswered: float = 0.0
    stopped: bool = False
    acted: GuardKind | None = None
    called_off: tuple[GuardKind, ...] = ()

    def afresh(self, snooze: float) -> "Clocks":
        """The clocks once somebody has changed what the guards may do: they may act again."""
        return replace(self, snooze=snooze, retry=0.0, refusals=0, unanswered=0.0, stopped=False, acted=None)

    def call_off(self, kind: GuardKind, off: bool) -> "Clocks":
        """The clocks once somebody has ended the countdown of one guard, or wants it to count again."""
        others = tuple(each for each in self.called_off if each != kind)
        return replace(self, called_off=(*others, kind) if off else others)


@dataclass(frozen=True)
class Snapshot:
    """All that decides. `refusal` is what the vendor's tool said last."""

    settings: GuardSettings
    sight: Sight
    clocks: Clocks = Clocks()
    refusal: str = ""


@dataclass(frozen=True)
class Decision:
    """`act` is to be done now, for the guard `kind`: pause the running jobs, or stop the machine. While `hold_queue`, no
    job is to start."""

    countdowns: tuple[Countdown, ...] = ()
    act: Literal["", "pause", "stop"] = ""
    kind: GuardKind = "idle"
    hold_queue: bool = False
    problem: Problem | None = None


def advance(clocks: Clocks, sight: Sight, seconds: float, queue_held: bool) -> Clocks:
    """The clocks after so many more seconds in which this was to be seen. What goes on begins a new count, and lets the
    guards act anew, but the ceiling only where a job could start."""
    tick = min(max(0.0, seconds), MAX_TICK)
    goes_on = sight.busy or (sight.queued and not queue_held)
    # What is over or idle then is another time; the ceiling stays the same.
    called_off = tuple(kind for kind in clocks.called_off if kind == "ceiling" or not (sight.active or goes_on))
    again = clocks.afresh(clocks.snooze) if sight.active or (goes_on and clocks.acted != "ceiling") else clocks
    later = replace(
        again,
        finished=again.finished + tick if sight.is_over and not sight.busy else 0.0,
        idle=again.idle + tick if sight.is_quiet else 0.0,
        snooze=max(0.0, clocks.snooze - tick),
        retry=max(0.0, again.retry - tick),
        unanswered=max(0.0, again.unanswered - tick),
        called_off=called_off,
    )
    return refused(later, later.acted) if again.unanswered and not later.unanswered else later


def decide_guards(snapshot: Snapshot, now: float) -> Decision:
    """What is to be told and done. `now` (seconds since 1970) only dates the countdowns."""
    clocks, settings = snapshot.clocks, snapshot.settings
    left = {kind: s for kind, s in remaining(settings, snapshot.sight, clocks).items() if kind not in clocks.called_off}
    due = [kind for kind in left if left[kind] <= 0 and clocks.snooze <= 0]
    obstacles = {kind: _obstacle(kind, snapshot) for kind in left}
    hold = settings.armed and "ceiling" in due and _keeps_all("ceiling", snapshot) and settings.stop.possible
    if clocks.stopped or clocks.unanswered:
        return Decision(hold_queue=hold)
    countdowns = tuple(_countdown(kind, left[kind], snapshot, now) for kind in left)
    if not settings.armed:
        return Decision(countdowns)
    alarm = next((found for kind in due if (found := obstacles[kind]) is not None), None)
    kind = next((kind for kind in due if obstacles[kind] is None), None)
    if kind is None:
        return Decision(countdowns, hold_queue=hold, problem=alarm)
    if snapshot.sight.active:
        return Decision(countdowns, "pause", kind, hold)
    return Decision(countdowns, "" if clocks.retry > 0 else "stop", kind, hold)


def remaining(settings: GuardSettings, sight: Sight, clocks: Clocks) -> dict[GuardKind, float]:
    """Seconds until each guard is due that counts at all."""
    left: dict[GuardKind, float] = {}
    if sight.is_over:
        left["finished"] = settings.finished_s - clocks.finished
    if sight.is_quiet:
        left["idle"] = settings.idle_s - clocks.idle
    limit = ceiling(settings)
    if limit is not None:
        left["ceiling"] = limit - sight.uptime
    return {kind: seconds for kind, seconds in left.items() if kind not in settings.off}


def ceiling(settings: GuardSettings) -> float | None:
    """Seconds after its start when the machine has run, or cost, as much as it may; None without a limit."""
    limits = [settings.ceiling_s] if settings.ceiling_s else []
    if settings.ceiling_cost and settings.price_per_hour:
        limits.append(settings.ceiling_cost / settings.price_per_hour * 3600)
    return min(limits, default=None)


def _unsafe(kind: GuardKind, sight: Sight) -> tuple[str, ...]:
    return sight.unsafe + (sight.unsafe_active if kind == "ceiling" else ())


def _keeps_all(kind: GuardKind, snapshot: Snapshot) -> bool:
    return not _unsafe(kind, snapshot.sight)


def _obstacle(kind: GuardKind, snapshot: Snapshot) -> Problem | None:
    unsafe = _unsafe(kind, snapshot.sight)
    if not snapshot.settings.stop.possible:
        return problem("guard_no_stop")
    if unsafe:
        return problem("guard_would_lose", count=len(unsafe), names=", ".join(unsafe[:MAX_NAMES]))
    if snapshot.clocks.refusals > len(RETRY_SECONDS):
        return problem("guard_stop_refused", output=snapshot.refusal)
    return None


def _countdown(kind: GuardKind, left: float, snapshot: Snapshot, now: float) -> Countdown:
    wait = min(MAX_WAIT_S, max(0.0, left, snapshot.clocks.snooze, snapshot.clocks.retry))
    unsafe = _unsafe(kind, snapshot.sight)[:MAX_NAMES]
    alarm = _obstacle(kind, snapshot) is not None
    return Countdown(kind=kind, fires_at=max(0.0, now + wait), alarm=alarm, unsafe=unsafe)


def ordered(clocks: Clocks, kind: GuardKind) -> Clocks:
    """The clocks when a guard orders a stop, whose answer is still to come."""
    return replace(clocks, unanswered=ANSWER_SECONDS, acted=kind)


def stopped(clocks: Clocks, kind: GuardKind) -> Clocks:
    """The clocks after the stop that a guard ordered went well."""
    return replace(clocks, unanswered=0.0, stopped=True, acted=kind)


def refused(clocks: Clocks, kind: GuardKind | None) -> Clocks:
    """The clocks after the stop that a guard ordered was refused."""
    pause = RETRY_SECONDS[min(clocks.refusals, len(RETRY_SECONDS) - 1)]
    return replace(clocks, unanswered=0.0, refusals=clocks.refusals + 1, retry=pause, acted=kind)
