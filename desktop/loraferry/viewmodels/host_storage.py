"""What is kept on a rented machine's disks: shown, freed, and wiped with proof."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Signal

from loraferry.remote.client import AgentClient
from loraferry.runs.store import RunStore
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.tasks import Runner
from loraferry_core.jobs import JobState
from loraferry_core.problems import Problem
from loraferry_core.storage import StorageItem, StorageKey

Wipe = Literal["", "under_way", "clean", "left"]
"""Nothing was wiped · it goes on · looked again and found nothing · looked again and found something."""


@dataclass(frozen=True)
class Project:
    """Everything that is kept for one set of pictures; the name is empty for what several share."""

    name: str
    items: tuple[StorageItem, ...]

    @property
    def bytes(self) -> int:
        """What it takes on the disk."""
        return sum(item.bytes for item in self.items)


@dataclass(frozen=True)
class Stored:
    """What one machine keeps, as it was told last."""

    items: tuple[StorageItem, ...] = ()
    known: bool = False
    """Whether it was told at all."""
    busy: bool = False
    problem: Problem | None = None
    wipe: Wipe = ""

    @property
    def bytes(self) -> int:
        """All of it."""
        return sum(item.bytes for item in self.items)

    @property
    def leftovers(self) -> tuple[StorageItem, ...]:
        """What interrupted transfers left, and what can be computed again."""
        return tuple(item for item in self.items if item.key.kind in ("leftovers", "cache") and not item.in_use)

    @property
    def in_use(self) -> tuple[StorageItem, ...]:
        """What cannot be freed now."""
        return tuple(item for item in self.items if item.in_use)


def projects_of(items: Iterable[StorageItem]) -> tuple[Project, ...]:
    """Items by what they were kept for, the largest first, what is shared last."""
    groups: dict[str, list[StorageItem]] = defaultdict(list)
    for item in items:
        groups[item.project].append(item)
    projects = [Project(name, tuple(sorted(group, key=lambda item: -item.bytes))) for name, group in groups.items()]
    return tuple(sorted(projects, key=lambda project: (not project.name, -project.bytes)))


def proposed(items: Iterable[StorageItem], finished: Collection[str]) -> frozenset[StorageKey]:
    """What can go first where a disk is short of room, because nothing is lost with it: what can be computed again, what
    interrupted transfers left, and the checkpoints of runs that are known to be `finished`. Those of others may be what
    they are to go on from."""
    return frozenset(
        item.key
        for item in items
        if not item.in_use
        and (item.key.kind in ("cache", "leftovers") or (item.key.kind == "checkpoints" and item.key.id in finished))
    )


class HostStorage(QObject):
    """Asks machines what they keep and has them remove it. Nothing is taken for removed that was not looked for again."""

    changed = Signal(str)
    """What is known of a host's disks, or what is being done about it."""
    room_wanted = Signal(str)
    """Room is wanted at a host that can be spoken to now."""

    def __init__(self, hosts: HostsViewModel, tasks: Runner, store: RunStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hosts, self._tasks, self._store = hosts, tasks, store
        self._stored: dict[str, Stored] = {}

    def of(self, host: str) -> Stored:
        """What a host keeps, as far as is known."""
        return self._stored.get(host, Stored())

    def want_room(self, host: str) -> None:
        """Somebody wants room at a host: connect where that is needed, then say so."""
        self._hosts.ensure_connected(host, lambda _: self.room_wanted.emit(host))

    def proposal(self, host: str) -> frozenset[StorageKey]:
        """What can go first at a host, see `proposed`."""
        finished = {run.spec.job for run in self._store.runs() if run.status.state is JobState.FINISHED}
        return proposed(self.of(host).items, finished)

    def look(self, host: str) -> None:
        """Ask a host what it keeps."""
        self._ask(host, lambda client: client.storage())

    def free(self, host: str, keys: Iterable[StorageKey]) -> None:
        """Have items removed that are not in use."""
        chosen = tuple(keys)
        if chosen:
            self._ask(host, lambda client: client.free(chosen))

    def wipe(self, host: str) -> None:
        """Have everything removed, then look again whether anything is left."""

        def remove_and_look(client: AgentClient) -> tuple[StorageItem, ...]:
            client.free([item.key for item in client.storage()])
            return client.storage()

        self._ask(host, remove_and_look, wipe=True)

    def _ask(
        self, host: str, question: Callable[[AgentClient], tuple[StorageItem, ...]], *, wipe: bool = False
    ) -> None:
        client, before = self._hosts.client(host), self.of(host)
        if client is None or before.busy:
            return
        self._show(host, Stored(before.items, before.known, busy=True, wipe="under_way" if wipe else ""))
        self._tasks.run(
            lambda _: question(client),
            success=partial(self._take, host, wipe),
            failure=partial(self._fail, host),
            executor=f"storage-{host}",
        )

    def _take(self, host: str, wiped: bool, items: tuple[StorageItem, ...]) -> None:
        outcome: Wipe = ("left" if items else "clean") if wiped else ""
        self._show(host, Stored(items, known=True, wipe=outcome))

    def _fail(self, host: str, found: Problem) -> None:
        before = self.of(host)
        self._show(host, Stored(before.items, before.known, problem=found))

    def _show(self, host: str, stored: Stored) -> None:
        self._stored[host] = stored
        self.changed.emit(host)
