"""From the button Train to a queued run: prepare the pictures, reach the machine, send, submit; shown at every moment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from loraferry.ferry.launch import Cargo, LaunchProgress, launch
from loraferry.library.approved import ApprovedSet, Rendering
from loraferry.remote.client import AgentClient
from loraferry.runs.store import Run, RunStore
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.host_rows import HostState
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.config import TrainConfig
from loraferry_core.problems import Problem

Part = Literal["", "prepare", "connect", "base", "pictures", "submit"]


@dataclass(frozen=True)
class LaunchState:
    """What a launch is at: its part, and how far that is (0 of 0 where it cannot be counted). Bytes for sending."""

    part: Part = ""
    done: int = 0
    total: int = 0
    rate: float = 0.0
    """Bytes a second while sending."""


class LaunchViewModel(QObject):
    """One launch at a time; each step begins where the last one ended, and a cancel leaves nothing half done."""

    changed = Signal()
    launched = Signal(object)
    """The `Run` that was queued."""

    def __init__(
        self,
        tasks: Runner,
        store: RunStore,
        dataset: DatasetViewModel,
        hosts: HostsViewModel,
        runs: RunsViewModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._store = tasks, store
        self._dataset, self._hosts, self._runs = dataset, hosts, runs
        self._task: Task[Run] | None = None
        self._generation = 0
        self._host = ""
        self.state = LaunchState()
        hosts.host_changed.connect(self._host_moved)

    @property
    def busy(self) -> bool:
        """Whether a launch is under way."""
        return bool(self.state.part)

    def start(self, config: TrainConfig, host: str) -> None:
        """Train the pictures that are approved now with this plan on that host. Nothing happens while one is under way."""
        if self.busy:
            return
        self._generation += 1
        generation = self._generation
        self._show(LaunchState("prepare"))
        self._dataset.make_approved(
            config.dataset.resolution,
            success=lambda ready: self._prepared(generation, config, host, ready),
            failure=lambda found: self._failed(generation, found),
            progress=lambda rendering: self._progressed(generation, rendering),
        )

    def cancel(self) -> None:
        """Give up the launch; what was sent stays there and is not sent again."""
        self._generation += 1
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._show(LaunchState())

    def _prepared(self, generation: int, config: TrainConfig, host: str, ready: ApprovedSet) -> None:
        if generation != self._generation:
            return
        for found in ready.problems:
            if found.severity == "error":
                self._tasks.failed.emit(found)
        folder = str(self._dataset.folder or "")
        cargo = Cargo(ready.manifest, ready.sources, folder)
        self._host = host
        self._show(LaunchState("connect"))
        self._hosts.ensure_connected(host, lambda client: self._connected(generation, config, cargo, client))

    def _connected(self, generation: int, config: TrainConfig, cargo: Cargo, client: AgentClient) -> None:
        if generation != self._generation:
            return
        self._show(LaunchState("base"))
        name = config.saving.name or config.dataset.trigger or Path(cargo.folder).name or "LoRA"
        self._task = self._tasks.run(
            lambda token: launch(client, self._store, config, cargo, name=name, token=token),
            success=lambda run: self._done(generation, run),
            failure=lambda found: self._failed(generation, found),
            progress=lambda value: self._progressed(generation, value),
        )

    def _progressed(self, generation: int, value: object) -> None:
        if generation != self._generation:
            return
        if isinstance(value, Rendering):
            self._show(LaunchState("prepare", value.done, value.total))
        elif isinstance(value, LaunchProgress):
            sync = value.sync
            counts = (sync.bytes_done, sync.bytes_total, sync.rate) if sync else (0, 0, 0.0)
            self._show(LaunchState(value.part, *counts))

    def _done(self, generation: int, run: Run) -> None:
        self._runs.added(run)
        if generation == self._generation:
            self._task = None
            self._show(LaunchState())
            self.launched.emit(run)

    def _failed(self, generation: int, found: Problem) -> None:
        if generation == self._generation:
            self.cancel()
            self._tasks.failed.emit(found)

    def _host_moved(self, host: str) -> None:
        """A machine that could not be reached ends the launch; why is said by whoever tried."""
        if self.state.part == "connect" and host == self._host and self._hosts.host(host).state is HostState.OFFLINE:
            self.cancel()

    def _show(self, state: LaunchState) -> None:
        self.state = state
        self.changed.emit()
