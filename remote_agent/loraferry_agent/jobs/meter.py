"""Keeps to what the guards decide: looks at jobs, data and cards, counts, orders the stop, and writes down how it stands.

Settings and state are files in the agent's home, so that both survive the laptop and this process: a stop is noted
there before it is ordered, so that whoever supervises next does not order it once more. After a restart of the machine
the counts begin anew.
"""

import json
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import get_args

from pydantic import ValidationError

from loraferry_agent import platform
from loraferry_agent.jobs import guards
from loraferry_agent.jobs.at_risk import Risks
from loraferry_agent.jobs.atomic import read_json, write_json
from loraferry_agent.jobs.cards import CardWatch
from loraferry_agent.jobs.guards import Clocks, Decision, Sight, Snapshot
from loraferry_agent.jobs.launch import Settings, environment
from loraferry_agent.jobs.meter_stop import StopOrder
from loraferry_agent.layout import FROM_NEWER, Layout
from loraferry_agent.models import orders
from loraferry_core.guards import Fired, GuardKind, GuardSettings, GuardState
from loraferry_core.jobs import ACTIVE, ENDED, JobState, JobStatus

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
CARD_SECONDS = 30.0


class Meter:
    """The guards of one machine. Only the supervisor has one."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        uptime: Callable[[], float] = platform.seconds_since_start,
        cards: CardWatch | None = None,
    ) -> None:
        self._launch = settings
        self._layout = settings.layout
        self._clock, self._ticks, self._uptime = clock, ticks, uptime
        self._cards = cards or CardWatch()
        self._risks = Risks(self._layout)
        self._clocks, self._fired = _read_count(self._layout)
        self._settings = read_settings(self._layout)
        self._decision = Decision()
        self._looked_at = ticks()
        self._next_look = self._looked_at
        self._moved = self._activity()
        self._order: tuple[GuardKind, StopOrder] | None = None

    @property
    def is_armed(self) -> bool:
        """Whether somebody must stay to watch; looked up anew, so that nobody leaves who was just asked to stay."""
        return read_settings(self._layout).armed

    @property
    def is_stopping(self) -> bool:
        """Whether a stop was ordered whose answer only this process can hear."""
        return self._order is not None

    @property
    def holds_queue(self) -> bool:
        """Whether no job is to start, because the machine is about to stop."""
        return self._decision.hold_queue

    def look(self, jobs: Collection[JobStatus]) -> bool:
        """Count, decide, act, at most once a second. True: the jobs under way are to be paused. Raises OSError."""
        now = self._ticks()
        if now < self._next_look:
            return False
        passed, self._looked_at, self._next_look = now - self._looked_at, now, now + LOOK_SECONDS
        self._take_orders()
        self._end_order()
        sight = self._sight(jobs)
        self._clocks = guards.advance(self._clocks, sight, passed, self.holds_queue)
        refusal = self._fired.output if self._fired is not None and self._fired.word == "refused" else ""
        self._decision = guards.decide_guards(Snapshot(self._settings, sight, self._clocks, refusal), self._clock())
        if self._decision.act == "stop" and self._order is None:
            self._note_order(self._decision.kind, sight.uptime)
            self._order = (self._decision.kind, self._begin_order())
        self._write(sight.uptime)
        return self._decision.act == "pause"

    def _take_orders(self) -> None:
        settings = read_settings(self._layout)
        if settings != self._settings:
            self._clocks = replace(self._clocks.afresh(self._clocks.snooze), called_off=())
            self._settings = settings
        if self._layout.guard_call_off.exists():
            self._take_call_off()
        if self._layout.guard_snooze.exists():
            self._take_snooze()

    def _take_call_off(self) -> None:
        order = read_json(self._layout.guard_call_off) or {}
        kind: GuardKind | None = next((each for each in get_args(GuardKind) if each == order.get("kind")), None)
        if kind is not None:
            self._clocks = self._clocks.call_off(kind, order.get("off") is True)
            self._write(self._uptime(), durable=True)
        self._layout.guard_call_off.unlink(missing_ok=True)

    def _take_snooze(self) -> None:
        order = read_json(self._layout.guard_snooze) or {}
        seconds = order.get("seconds")
        if isinstance(seconds, int | float):
            self._clocks = self._clocks.afresh(seconds)
            self._write(self._uptime(), durable=True)
        self._layout.guard_snooze.unlink(missing_ok=True)

    def _sight(self, jobs: Collection[JobStatus]) -> Sight:
        states = {status.state for status in jobs}
        active = bool(states & ACTIVE)
        if not active:
            self._cards.look(CARD_SECONDS)
        moved, self._moved = self._moved, self._activity()
        fetching = any(state.state == "running" for state in orders.states(self._layout))
        loaded = not active and any(card.load_percent > guards.BUSY_PERCENT for card in self._cards.load)
        settled, running = self._risks.of(jobs, self._settings.stop.keeps)
        return Sight(
            active=active,
            queued=JobState.QUEUED in states,
            waiting=bool(states & {JobState.HELD, JobState.PAUSED}),
            ended=bool(states & ENDED),
            busy=loaded or fetching or moved != self._moved,
            uptime=self._uptime(),
            unsafe=tuple(settled),
            unsafe_active=tuple(running),
        )

    def _activity(self) -> int:
        """Changes whenever data have moved. Not compared with a clock, which somebody may set."""
        try:
            return self._layout.activity.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    # ---- stopping ----

    def _note_order(self, kind: GuardKind, uptime: float) -> None:
        self._clocks = guards.ordered(self._clocks, kind)
        self._fired = Fired(kind=kind, time=self._clock(), word="ordered")
        try:
            self._write(uptime, durable=True)
        except OSError:  # ordered twice costs less than never
            LOG.exception("the stop could not be noted")

    def _begin_order(self) -> StopOrder:
        LOG.warning("guard %s: stopping the machine", self._decision.kind)
        values = {**platform.first_process_environment(), **environment(self._launch)}
        return StopOrder(self._settings.stop, values, self._layout.guard_log, self._ticks)

    def _end_order(self) -> None:
        if self._order is None:
            return
        kind, order = self._order
        answer = order.answer()
        if answer is None:
            return
        self._order = None
        word, output = answer
        LOG.warning("guard %s: the stop is %s: %s", kind, word, output)
        after = guards.refused if word == "refused" else guards.stopped
        self._clocks = after(self._clocks, kind)
        self._fired = Fired(kind=kind, time=self._clock(), word=word, output=output)
        self._write(self._uptime(), durable=True)

    # ---- the state on disk ----

    def _write(self, uptime: float, durable: bool = False) -> None:
        now = self._clock()
        state = GuardState(
            settings=self._settings,
            started=max(0.0, now - uptime),
            snoozed_until=now + self._clocks.snooze if self._clocks.snooze else 0.0,
            countdowns=tuple(each for each in self._decision.countdowns if each.kind not in self._clocks.called_off),
            called_off=self._clocks.called_off,
            fired=self._fired,
            problem=self._decision.problem,
        )
        value = {"boot": platform.boot_id(), "clocks": asdict(self._clocks), "state": state.model_dump(mode="json")}
        write_json(self._layout.guard_state, value, durable)


def _read_count(layout: Layout) -> tuple[Clocks, Fired | None]:
    """What an earlier supervisor counted, if the machine has not been restarted since, and what a guard did last."""
    value = read_json(layout.guard_state) or {}
    try:
        fired = GuardState.model_validate(value["state"], extra=FROM_NEWER).fired
        clocks = Clocks(**value["clocks"])
        clocks = replace(clocks, called_off=tuple(clocks.called_off))
    except (KeyError, TypeError, ValidationError):
        return Clocks(), None
    return (clocks if value.get("boot") == platform.boot_id() else Clocks()), fired


def read_settings(layout: Layout) -> GuardSettings:
    """What the desktop has set; the standard, which only tells, where it has set nothing. Where the disk has damaged it,
    what a supervisor kept to last."""
    try:
        return GuardSettings.model_validate_json(layout.guards.read_bytes(), extra=FROM_NEWER)
    except FileNotFoundError:
        return GuardSettings()
    except ValidationError:
        state = read_state(layout)
        return state.settings if state is not None else GuardSettings()


def write_settings(layout: Layout, settings: GuardSettings) -> None:
    """Set what the guards may do. Raises OSError."""
    write_json(layout.guards, json.loads(settings.model_dump_json()))


def order_snooze(layout: Layout, seconds: float) -> None:
    """Put the guards off; done when the file is gone again. Raises OSError."""
    write_json(layout.guard_snooze, {"seconds": seconds})


def order_call_off(layout: Layout, kind: GuardKind, off: bool) -> None:
    """End the countdown of one guard, or let it count again; done when the file is gone again. Raises OSError."""
    write_json(layout.guard_call_off, {"kind": kind, "off": off})


def read_state(layout: Layout) -> GuardState | None:
    """How the guards stand; None where no supervisor has told yet."""
    value = read_json(layout.guard_state) or {}
    try:
        return GuardState.model_validate(value["state"], extra=FROM_NEWER)
    except (KeyError, ValidationError):
        return None
