"""From the button Train to a queued run: prepare the pictures, reach the machine, send, submit; shown at every moment."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.ferry.cargo import Cargo, LaunchProgress, Way
from loraferry.ferry.catalogue import fetch_order
from loraferry.ferry.launch import launch, resume_unsent, unsent_runs
from loraferry.ferry.own_base import in_place
from loraferry.ferry.restore import restore, start_over
from loraferry.library.approved import ApprovedSet, Rendering
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import LOCAL
from loraferry.remote.pace import Pace
from loraferry.remote.secrets import Secrets, token_name
from loraferry.runs.store import Run, RunStore
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.host_rows import HostState
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tasks import Failure, Runner, Task
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.problems import Problem

Part = Literal["", "prepare", "connect", "base", "pictures", "checkpoint", "submit", "done"]
Slow = Literal["", "round_trip", "uplink", "cap", "machine"]
SENDING = frozenset({"base", "pictures", "checkpoint"})
CLOSABLE_MS = 60_000
"""How long it is said that the lid may be closed."""


@dataclass(frozen=True)
class LaunchState:
    """What a launch is at: its part, and how far that is (0 of 0 where it cannot be counted). Bytes while sending."""

    part: Part = ""
    done: int = 0
    total: int = 0
    files: int = 0
    files_total: int = 0
    rate: float = 0.0
    """Bytes a second while sending."""
    eta_s: float | None = None
    """Seconds of sending left."""
    slow: Slow = ""
    """Why it is no faster."""
    paused: bool = False

    @property
    def sending(self) -> bool:
        """Whether this computer must stay open."""
        return self.part in SENDING


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
        settings: SettingsViewModel,
        prompter: Prompter,
        open_secrets: Callable[[], Secrets],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._store = tasks, store
        self._dataset, self._hosts, self._runs = dataset, hosts, runs
        self._settings, self._prompter, self._open_secrets = settings, prompter, open_secrets
        self.pace = Pace(settings.value.bandwidth_cap)
        runs.pace.limit = settings.value.bandwidth_cap
        self._task: Task[list[Run]] | None = None
        self._generation = 0
        self._host = ""
        self.state = LaunchState()
        self._closable = QTimer(self)
        self._closable.setSingleShot(True)
        self._closable.setInterval(CLOSABLE_MS)
        self._closable.timeout.connect(self.dismiss)
        hosts.host_changed.connect(self._host_moved)
        hosts.online.connect(self._take_up)

    @property
    def busy(self) -> bool:
        """Whether a launch is under way."""
        return self.state.part not in ("", "done")

    @property
    def cap(self) -> float:
        """The most that may be sent, and that may be brought home, in bytes a second; 0 for no such limit."""
        return self._settings.value.bandwidth_cap

    def set_cap(self, bytes_per_second: float) -> None:
        """Send no more than that from now on, nor bring more home, also later; 0 for as much as the line takes."""
        self._settings.update(bandwidth_cap=bytes_per_second)
        self.pace.limit = self._runs.pace.limit = bytes_per_second
        self.changed.emit()

    def pause(self, paused: bool) -> None:
        """Hold the sending where it is, or go on."""
        if paused:
            self.pace.pause()
        else:
            self.pace.resume()
        self.changed.emit()

    @property
    def paused(self) -> bool:
        """Whether the sending is held."""
        return self.pace.paused

    def start(self, config: TrainConfig, host: str) -> None:
        """Train the pictures that are approved now with this plan on that host. Nothing happens while one is under way."""
        if self.busy:
            return
        generation = self._begin(LaunchState("prepare"))
        self._dataset.make_approved(
            config.dataset.resolution,
            success=lambda ready: self._prepared(generation, config, host, ready),
            failure=lambda found: self._failed(generation, found),
            progress=lambda rendering: self._progressed(generation, rendering),
        )

    def restore(self, run: Run, host: str) -> None:
        """Have a run that lost its machine go on at a host, from the newest checkpoint that is here; where none is, ask
        whether it is to begin anew. Nothing happens while a launch is under way."""
        if self.busy:
            return
        generation = self._begin(LaunchState("connect"))
        self._host = host
        self._hosts.ensure_connected(host, lambda client: self._restore(generation, run, client))

    def cancel(self) -> None:
        """Give up the launch; what was sent stays there and is not sent again."""
        self._generation += 1
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.pace.resume()
        self._show(LaunchState())

    def dismiss(self) -> None:
        """Say no longer that the lid may be closed."""
        if self.state.part == "done":
            self._show(LaunchState())

    def _begin(self, state: LaunchState) -> int:
        self._generation += 1
        self._closable.stop()
        self.pace.resume()
        self._show(state)
        return self._generation

    def _prepared(self, generation: int, config: TrainConfig, host: str, ready: ApprovedSet) -> None:
        if generation != self._generation:
            return
        for found in ready.problems:
            if found.severity == "error":
                self._tasks.failed.emit(found)
        folder = str(self._dataset.folder or "")
        cargo = Cargo(ready.manifest, ready.sources, folder, ready.concepts)
        self._host = host
        self._show(LaunchState("connect"))
        self._hosts.ensure_connected(host, lambda client: self._connected(generation, config, cargo, client))

    def _connected(self, generation: int, config: TrainConfig, cargo: Cargo, client: AgentClient) -> None:
        if generation != self._generation:
            return
        self._show(LaunchState("base"))
        if self._host == LOCAL:
            config = replace_at(config, "base.source", in_place(config.base.source))
            config = replace_at(config, "network.parent", in_place(config.network.parent))
        name = config.saving.name or config.dataset.trigger or Path(cargo.folder).name or "LoRA"

        def work(token: CancelToken) -> list[Run]:
            self._hand_token(config, client)
            return [launch(self._way(client), self._store, config, cargo, name=name, token=token)]

        self._run(generation, work)

    def _take_up(self, host: str) -> None:
        """A launch to this machine may have been cut off, by the line or by the end of this program."""
        client = self._hosts.client(host)
        if client is None or self.busy or not unsent_runs(self._store, client.agent_id):
            return
        self._host = host
        generation = self._begin(LaunchState("pictures"))
        self._run(generation, partial(resume_unsent, self._way(client), self._store))

    def _restore(self, generation: int, run: Run, client: AgentClient) -> None:
        if generation != self._generation:
            return
        self._show(LaunchState("checkpoint"))
        way, folder = self._way(client), self._runs.folder

        def work(token: CancelToken) -> list[Run]:
            self._hand_token(run.spec.config, client)
            return [restore(way, self._store, folder, run, token)]

        self._run(generation, work, partial(self._restore_failed, generation, run, way))

    def _restore_failed(self, generation: int, run: Run, way: Way, found: Problem) -> None:
        if found.code != "checkpoint_missing" or generation != self._generation:
            self._failed(generation, found)
        elif self._confirm_start_over(run):
            self._run(generation, lambda token: [start_over(way, self._store, run, token)])
        else:
            self.cancel()

    def _confirm_start_over(self, run: Run) -> bool:
        return self._prompter.confirm(
            self.tr("No checkpoint is here"),
            self.tr("No checkpoint of {run} was brought to this computer. Train it from the beginning?").format(
                run=run.spec.name
            ),
            accept=self.tr("Train from the beginning"),
            detail=self.tr("It uses the same pictures and the same settings."),
        )

    def _run(self, generation: int, work: Callable[[CancelToken], list[Run]], failure: Failure | None = None) -> None:
        self._task = self._tasks.run(
            work,
            success=lambda runs: self._done(generation, runs),
            failure=failure or (lambda found: self._failed(generation, found)),
            progress=lambda value: self._progressed(generation, value),
            executor="launch",
        )

    def _way(self, client: AgentClient) -> Way:
        return Way(client, pace=self.pace)

    def _hand_token(self, config: TrainConfig, client: AgentClient) -> None:
        """The token for where the base model is fetched from, if one was ever given."""
        order = fetch_order(config.base.source)
        token = self._open_secrets().get(token_name(order.secret)) if order is not None and order.secret else None
        if order is not None and token:
            client.set_secret(order.secret, token)

    def _progressed(self, generation: int, value: object) -> None:
        if generation != self._generation:
            return
        if isinstance(value, Rendering):
            self._show(LaunchState("prepare", value.done, value.total))
        elif isinstance(value, LaunchProgress):
            sync = value.sync
            if sync is None:
                self._show(LaunchState(value.part))
                return
            self._show(
                LaunchState(
                    value.part,
                    sync.bytes_done,
                    sync.bytes_total,
                    sync.files_done,
                    sync.files_total,
                    sync.rate,
                    sync.eta_s,
                    sync.slow,
                    sync.paused,
                )
            )

    def _done(self, generation: int, runs: list[Run]) -> None:
        for run in runs:
            self._runs.added(run)
        if generation == self._generation:
            self._task = None
            self._show(LaunchState("done") if runs else LaunchState())
            self._closable.start()
            for run in runs:
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
