"""Taking everything of ours off a machine, as the last thing that is done there."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Signal

from loraferry.ferry.door import Door
from loraferry.remote.bootstrap import Removed
from loraferry.viewmodels.host_contact import executor
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.tasks import Runner
from loraferry_core.problems import Problem


@dataclass(frozen=True)
class Uninstall:
    """How the uninstalling of a host stands."""

    state: Literal["", "under_way", "done"] = ""
    problem: Problem | None = None
    left: tuple[str, ...] = ()
    """Places there that stayed because what is in them is not ours."""


class HostUninstall(QObject):
    """Leaves the host, then has everything removed in the host's own line of work, so that nothing else goes on there."""

    changed = Signal(str)

    def __init__(self, hosts: HostsViewModel, door: Door, tasks: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hosts, self._door, self._tasks = hosts, door, tasks
        self._states: dict[str, Uninstall] = {}
        hosts.online.connect(self._begin_anew)

    def of(self, host: str) -> Uninstall:
        """How it stands with a host."""
        return self._states.get(host, Uninstall())

    def start(self, host: str) -> None:
        """Uninstall; nothing happens while that is under way."""
        if self.of(host).state == "under_way":
            return
        self._hosts.disconnect_host(host)
        entry, prompts = self._hosts.entry(host), self._hosts.prompts(host)
        self._show(host, Uninstall("under_way"))
        self._tasks.run(
            lambda token: self._door.uninstall(entry, prompts, token),
            success=partial(self._done, host),
            failure=partial(self._failed, host),
            executor=executor(host),
        )

    def _done(self, host: str, removed: Removed) -> None:
        self._show(host, Uninstall("done", left=removed.left))

    def _failed(self, host: str, found: Problem) -> None:
        self._show(host, Uninstall(problem=found))

    def _begin_anew(self, host: str) -> None:
        if self._states.pop(host, None) is not None:
            self.changed.emit(host)

    def _show(self, host: str, state: Uninstall) -> None:
        self._states[host] = state
        self.changed.emit(host)
