"""Requests about jobs in the queue and under way, and about the machine and the guards of its meter."""

import threading
import time
from collections.abc import Callable

from loraferry_agent import platform, probe
from loraferry_agent.jobs import memory, meter
from loraferry_agent.jobs.acknowledged import acknowledge as note_copy
from loraferry_agent.jobs.cards import read_loads
from loraferry_agent.jobs.queue import in_order
from loraferry_agent.layout import Layout
from loraferry_agent.serving.connection import Connection
from loraferry_core.guards import GuardState
from loraferry_core.host import Disk, GpuLoad, HostLoad
from loraferry_core.problems import fail
from loraferry_core.protocol import messages as m

TAKEN_SECONDS = 15.0
"""How long an order to the guards waits for the supervisor."""
LOOK_SECONDS = 1.0
POLL_SECONDS = 0.05
CARDS_SECONDS = 2.0


def order(connection: Connection, request: m.Order) -> m.Answer:
    """Hold, release, pause a job, or have it save or sample now."""
    return m.JobIs(status=connection.agent.order(request.job, request.action))


def reorder(connection: Connection, request: m.Reorder) -> m.Answer:
    """Change the order of the queue."""
    connection.agent.order(request.job, "reorder", request.before)
    return m.Jobs(jobs=tuple(in_order(connection.agent.jobs.list())))


def acknowledge(connection: Connection, request: m.Acknowledge) -> m.Answer:
    """Note that the desktop holds a verified copy."""
    agent = connection.agent
    note_copy(agent.layout, agent.jobs.folder(request.job), request.name, request.sha256)
    return m.Done()


# ---- the machine ----------------------------------------------------------------------------------------------------


class Cards:
    """The load of the cards, asked at most every two seconds, whoever wants to know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loads: tuple[GpuLoad, ...] = ()
        self._read_at = float("-inf")

    def loads(self) -> tuple[GpuLoad, ...]:
        """The load, at most two seconds old."""
        with self._lock:
            if time.monotonic() - self._read_at > CARDS_SECONDS:
                self._loads = read_loads()
                self._read_at = time.monotonic()
            return self._loads


CARDS = Cards()


def load(connection: Connection, request: m.Load) -> m.Answer:
    """What the machine is doing."""
    agent = connection.agent
    # Whoever looks also sees to it that somebody watches.
    agent.ensure_supervisor()
    return m.LoadIs(
        load=HostLoad(
            time=time.time(),
            gpus=CARDS.loads(),
            disks=tuple(Disk.model_validate(disk) for disk in probe.find_disks(str(agent.layout.home))),
            memory_used_mb=memory.memory_used_mb(),
            memory_mb=memory.memory_limit_mb() or probe.memory_mb(),
            guards=guard_state(agent.layout),
        )
    )


# ---- guards ---------------------------------------------------------------------------------------------------------


def set_guards(connection: Connection, request: m.SetGuards) -> m.Answer:
    """Have the guards keep to new settings, from now on and whatever becomes of this connection."""
    layout = connection.agent.layout
    meter.write_settings(layout, request.settings)
    _wait_until_taken(connection, lambda: guard_state(layout).settings == request.settings)
    return m.GuardsAre(guards=guard_state(layout))


def snooze_guards(connection: Connection, request: m.SnoozeGuards) -> m.Answer:
    """Put the guards off."""
    layout = connection.agent.layout
    meter.order_snooze(layout, request.seconds)
    _wait_until_taken(connection, lambda: not layout.guard_snooze.exists())
    return m.GuardsAre(guards=guard_state(layout))


def call_off_guard(connection: Connection, request: m.CallOffGuard) -> m.Answer:
    """End the countdown of one guard, or let it count again."""
    layout = connection.agent.layout
    meter.order_call_off(layout, request.kind, request.off)
    _wait_until_taken(connection, lambda: not layout.guard_call_off.exists())
    return m.GuardsAre(guards=guard_state(layout))


def guard_state(layout: Layout) -> GuardState:
    """How the guards stand, as the supervisor wrote it."""
    return meter.read_state(layout) or GuardState(started=max(0.0, time.time() - platform.seconds_since_start()))


def _wait_until_taken(connection: Connection, taken: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + TAKEN_SECONDS
    look_at = 0.0
    while not taken():
        if time.monotonic() > give_up_at:
            raise fail("agent_failed", detail="the supervisor does not take the order for its guards")
        if time.monotonic() >= look_at:
            connection.agent.ensure_supervisor()
            look_at = time.monotonic() + LOOK_SECONDS
        time.sleep(POLL_SECONDS)
