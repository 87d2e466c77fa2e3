"""The known machines as the plan sees them: does it fit there, how long does it take, what does it cost."""

import time
from collections.abc import Callable
from pathlib import PurePosixPath

from PySide6.QtCore import QObject, Signal

from loraferry.ferry.outlook import Outlook, Place, outlook, smallest_cards
from loraferry.remote.vendors import work_of
from loraferry.runs.step_rates import StepRate
from loraferry.runs.store import RunStore
from loraferry.viewmodels.host_load import HostLoads, Standing
from loraferry.viewmodels.host_rows import HostRow
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry_core.guards import GuardState
from loraferry_core.host import Disk, HostFacts
from loraferry_core.jobs import JobState
from loraferry_core.memory.cards import Card

RATES_S = 5.0
"""A run measures itself again and again; what it found is read at most so often."""


class PlanMachines(QObject):
    """An outlook for each machine, in the order of the list of hosts, made anew when plan or machines change."""

    changed = Signal()

    def __init__(
        self,
        plan: PlanViewModel,
        hosts: HostsViewModel,
        loads: HostLoads,
        runs: RunsViewModel,
        store: RunStore,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._plan, self._hosts, self._loads, self._runs, self._store = plan, hosts, loads, runs, store
        self._clock = clock
        self._rates: list[StepRate] = []
        self._read = float("-inf")
        self._made_for: object = None
        self._outlooks: tuple[Outlook, ...] = ()
        self._known: dict[str, HostFacts | None] = {}
        hosts.changed.connect(self._move)
        hosts.host_changed.connect(self._move)
        hosts.online.connect(self._forget)
        loads.changed.connect(self._move)
        runs.changed.connect(self._move)
        plan.changed.connect(self.changed)

    @property
    def outlooks(self) -> tuple[Outlook, ...]:
        """The plan on each machine."""
        self._read_rates()
        places = tuple(self._place(row) for row in self._hosts.hosts)
        wanted = (places, self._plan.config, self._plan.pictures, tuple(self._rates))
        if wanted != self._made_for:
            self._made_for = wanted
            rates, pictures = self._rates, self._plan.pictures
            self._outlooks = tuple(outlook(self._plan.config, pictures, place, rates) for place in places)
        return self._outlooks

    @property
    def chosen(self) -> Outlook | None:
        """The plan on the machine that it is for."""
        return next((found for found in self.outlooks if found.place.id == self._plan.host), None)

    @property
    def cards(self) -> tuple[Outlook, ...]:
        """The plan on the smallest cards that could be rented for it; empty where nobody knows."""
        config, pictures = self._plan.config, self._plan.pictures
        return tuple(outlook(config, pictures, _rentable(card), self._rates) for card, _, _ in smallest_cards(config))

    def look(self) -> None:
        """Somebody looks: ask the machine of the plan how it stands, where it is connected."""
        self._read = float("-inf")
        if self._plan.host:
            self._loads.ask(self._plan.host)
        self.changed.emit()

    def _move(self, _host: str = "") -> None:
        self.changed.emit()

    def _forget(self, host: str) -> None:
        self._known.pop(host, None)
        self.changed.emit()

    def _read_rates(self) -> None:
        now = self._clock()
        if now - self._read > RATES_S:
            self._read, self._rates = now, self._store.rates.all()

    def _place(self, row: HostRow) -> Place:
        facts = row.facts or self._remembered(row.id)
        agent = self._hosts.agent_of(row.id)
        busy = any(run.host == agent and run.status.state is JobState.RUNNING for run in self._runs.active)
        work = ""
        if facts is not None and row.vendor is not None:
            work = work_of(row.vendor, self._hosts.entry(row.id), facts)
        return place_of(row, facts, self._loads.standing(row.id), work, busy=busy)

    def _remembered(self, host: str) -> HostFacts | None:
        if host not in self._known:
            machine = self._store.machines.get(self._hosts.agent_of(host))
            self._known[host] = machine.facts if machine is not None else None
        return self._known[host]


def _rentable(card: Card) -> Place:
    return Place("", card.name, card.name, 1, card.memory_mb, card.memory_mb, asked=True)


def place_of(row: HostRow, facts: HostFacts | None, standing: Standing, work: str, *, busy: bool) -> Place:
    """A host as a plan sees it. `busy`: a run of ours holds its card, which will be over when the next one begins."""
    if facts is None:
        return Place(row.id, row.name, price=row.price, currency=row.currency)
    gpus, load = facts.gpus, standing.reading.load if standing.reading is not None else None
    memory = gpus[0].memory_mb if gpus else None
    free = gpus[0].free_mb if gpus else None
    if gpus and busy:
        free = memory
    elif gpus and load is not None and load.gpus:
        free = load.gpus[0].memory_mb - load.gpus[0].used_mb
    disk = disk_of(load.disks if load is not None and load.disks else facts.disks, work or facts.home)
    guards = load.guards if load is not None else standing.remembered
    return Place(
        id=row.id,
        label=row.name,
        card=gpus[0].name if gpus else "",
        cards=len(gpus),
        memory_mb=memory,
        free_mb=free,
        asked=True,
        price=row.price,
        currency=row.currency,
        disk_mb=disk.free_mb if disk is not None else None,
        disk_path=disk.path if disk is not None else "",
        left_s=left_of(guards, standing.machine_time),
    )


def disk_of(disks: tuple[Disk, ...], folder: str) -> Disk | None:
    """The disk on which a folder lies; None where that cannot be told."""
    place = PurePosixPath(folder)
    around = [disk for disk in disks if place.is_relative_to(disk.path)]
    return max(around, key=lambda disk: len(disk.path), default=None)


def left_of(guards: GuardState | None, now: float) -> float | None:
    """Seconds until a guard stops the machine whatever goes on there; None where none does."""
    if guards is None or not guards.settings.armed or "ceiling" in (*guards.settings.off, *guards.called_off):
        return None
    counted = [countdown.fires_at - now for countdown in guards.countdowns if countdown.kind == "ceiling"]
    settings = guards.settings
    limits = [settings.ceiling_s] if settings.ceiling_s else []
    if settings.ceiling_cost and settings.price_per_hour:
        limits.append(3600 * settings.ceiling_cost / settings.price_per_hour)
    counted += [guards.started + limit - now for limit in limits if guards.started]
    return max(0.0, min(counted)) if counted else None
