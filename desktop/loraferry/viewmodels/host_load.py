"""What the connected machines are doing now: asked for every few seconds while somebody looks."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.runs.machines import Machine, Machines
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.tasks import Runner
from loraferry_core.guards import GuardState
from loraferry_core.host import Disk, HostLoad
from loraferry_core.problems import Problem

POLL_MS = 5000
SHORT_OF_MB = 5_000
SHORT_OF_INODES = 10_000
"""A run writes some hundreds of files; below this, somebody should look."""


@dataclass(frozen=True)
class Reading:
    """A machine at a moment; `at` is when the answer came, in seconds of the monotonic clock."""

    load: HostLoad
    at: float


@dataclass(frozen=True)
class Standing:
    """What is known of a machine's doings at the moment `now` (seconds since 1970): from this connection, else from
    when it was heard last."""

    reading: Reading | None = None
    machine_time: float = 0.0
    """The machine's own clock, as far as it can be told."""
    remembered: GuardState | None = None
    seen: float = 0.0
    now: float = 0.0


def short_of(disk: Disk) -> Literal["", "space", "inodes"]:
    """What a disk runs out of, if anything. Inodes are 0 where nobody counts them."""
    if disk.free_mb < min(SHORT_OF_MB, 0.1 * disk.total_mb):
        return "space"
    return "inodes" if 0 < disk.inodes_free < SHORT_OF_INODES else ""


class HostLoads(QObject):
    """Asks each connected host in its own line of work, never twice at once, and not while nobody looks."""

    changed = Signal(str)
    """There is another reading of a host, or none any more."""

    def __init__(
        self,
        hosts: HostsViewModel,
        tasks: Runner,
        machines: Machines,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._hosts, self._tasks, self._machines = hosts, tasks, machines
        self._clock, self._now = clock, now
        self._readings: dict[str, Reading] = {}
        self._asking: dict[str, AgentClient] = {}
        self._mute: dict[str, AgentClient] = {}
        """Conversations that do not know the question, or answer it with an error: not asked again."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)
        hosts.online.connect(self._come_online)

    def look(self, looking: bool) -> None:
        """Somebody looks at the hosts, or no longer does."""
        if looking == self._timer.isActive():
            return
        if looking:
            self._timer.start()
            self.poll()
        else:
            self._timer.stop()

    def reading(self, host: str) -> Reading | None:
        """The newest there is; it outlives the connection, so that one can see what was going on."""
        return self._readings.get(host)

    def poll(self) -> None:
        """Ask all hosts that are connected and not being asked."""
        for row in self._hosts.hosts:
            self.ask(row.id)

    def ask(self, host: str) -> None:
        """Ask one host, unless it is being asked."""
        client = self._hosts.client(host)
        if client is None or self._asking.get(host) is client or self._mute.get(host) is client:
            return
        self._asking[host] = client
        self._tasks.run(
            partial(self._load, client),
            success=partial(self._take, host, client),
            failure=partial(self._fail, host, client),
            executor=f"load-{host}",
        )

    def standing(self, host: str) -> Standing:
        """All that is known of a host's doings."""
        reading, now = self._readings.get(host), self._now()
        machine = self._remembered(host)
        return Standing(
            reading=reading,
            machine_time=reading.load.time + self._clock() - reading.at if reading is not None else now,
            remembered=machine.guards if machine else None,
            seen=machine.seen if machine else 0.0,
            now=now,
        )

    def take_guards(self, host: str, guards: GuardState) -> None:
        """The guards of a host as another answer has told them."""
        reading = self._readings.get(host)
        if reading is not None:
            self._readings[host] = replace(reading, load=reading.load.replace(guards=guards))
            self.changed.emit(host)
        else:
            self.ask(host)

    def _remembered(self, host: str) -> Machine | None:
        agent = self._hosts.agent_of(host)
        return self._machines.get(agent) if agent else None

    def _load(self, client: AgentClient, _token: CancelToken) -> HostLoad:
        load = client.load()
        self._machines.hear(client.agent_id, load.guards, self._now())
        return load

    def _take(self, host: str, client: AgentClient, load: HostLoad) -> None:
        if self._asking.get(host) is client:
            self._asking.pop(host)
        if self._hosts.client(host) is client:
            self._readings[host] = Reading(load, self._clock())
            self.changed.emit(host)

    def _fail(self, host: str, client: AgentClient, found: Problem) -> None:
        if self._asking.get(host) is client:
            self._asking.pop(host)
        if found.code != "link_lost":  # which the state of the link says already
            self._mute[host] = client
            self._tasks.failed.emit(found)

    def _come_online(self, host: str) -> None:
        row, agent = self._hosts.host(host), self._hosts.agent_of(host)
        vendor = row.vendor.id if row.vendor else ""
        self._machines.see(agent, host=host, label=row.name, vendor=vendor, now=self._now())
        if row.facts is not None:
            self._machines.note_facts(agent, row.facts)
        if self._timer.isActive():
            self.ask(host)
