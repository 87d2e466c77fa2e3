"""All runs, the one that is looked at, and the following of those that go on."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.ferry.follow import Follower, Mirrored, is_owed, put_on_shelf
from loraferry.ferry.haul import Haulage
from loraferry.ferry.restore import lost_runs, rejoin
from loraferry.remote.client import AgentClient
from loraferry.remote.pace import Pace
from loraferry.runs.shelf import Model, Shelf
from loraferry.runs.store import Run, RunStore, is_over
from loraferry.runs.wants import Wants
from loraferry.runs.watch import Watch, disk_news
from loraferry.viewmodels.job_actions import Action, actions_of, before_of, queue_of
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import Problem
from loraferry_core.protocol.messages import JobAction

REFRESH_MS = 60
"""Events that come faster are shown together; an eye does not tell them apart, and a plot costs milliseconds."""


class RunsViewModel(QObject):
    """The runs of the local mirror. Works without any connection; what goes on is followed while a host is attached."""

    changed = Signal()
    """The list, or the state of a run in it."""
    selected = Signal()
    """Another run is looked at, or none."""
    advanced = Signal()
    """The run that is looked at has gone on."""
    brought_home = Signal(object)
    """A `Model` was put on the shelf."""
    models_requested = Signal()
    """Somebody wants to see what came of a run."""
    space_requested = Signal(str)
    """Somebody wants room on the disks of a machine, given by its agent's id."""
    disk_told = Signal(str, object)
    """What the run of a machine, given by its agent's id, has told of the disk there just now: a `Problem`."""

    def __init__(
        self, tasks: Runner, store: RunStore, shelf: Shelf, folder: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._store = store
        self._shelf = shelf
        self._folder = folder
        self._clients: dict[str, AgentClient] = {}
        self._followed: dict[str, Task[tuple[Run, Model | None]]] = {}
        self._astray: set[str] = set()
        self._followers: dict[str, Follower] = {}
        self._haulage: dict[str, Haulage] = {}
        self._left: set[str] = set()
        self.pace = Pace()
        """Of all that is brought home, whichever run it is of."""
        self.wants = Wants()
        """What is brought home of a run for which nothing else was chosen."""
        self._runs = store.runs()
        self._revision = store.revision
        self._watch: Watch | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh_watch)

    @property
    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return self._runs

    @property
    def watch(self) -> Watch | None:
        """The run that is looked at."""
        return self._watch

    @property
    def active(self) -> list[Run]:
        """Runs that are not over, as far as is known here."""
        return [run for run in self._runs if not is_over(run)]

    @property
    def wanting(self) -> list[Run]:
        """Runs that are not over, or of which what came of them is not safely here."""
        return [run for run in self._runs if not is_over(run) or is_owed(self._store, run)]

    @property
    def folder(self) -> Path:
        """Where files of runs are kept."""
        return self._folder

    def select(self, job: str | None) -> None:
        """Look at a run."""
        self._watch = Watch(self._store, job) if job else None
        self.selected.emit()

    def files(self) -> dict[str, Path]:
        """Verified copies of the files of the run that is looked at, by their names."""
        return self._store.pulled(self._watch.run.spec.job) if self._watch else {}

    def is_attached(self, run: Run) -> bool:
        """Whether the machine of a run can be spoken to."""
        return run.host in self._clients

    def is_astray(self, run: Run) -> bool:
        """Whether its machine knows it no longer, or is not there: it may go on from a checkpoint that is here."""
        over = run.status.state in (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)
        return not run.unsent and (run.spec.job in self._astray or (not over and not self.is_attached(run)))

    def haulage(self, run: Run) -> Haulage | None:
        """How far the fetching of its files is; None where none is under way."""
        return self._haulage.get(run.spec.job)

    def pause_haul(self, paused: bool) -> None:
        """Hold where it is all that is brought home, or go on."""
        if paused:
            self.pace.pause()
        else:
            self.pace.resume()
        self.changed.emit()

    def leave_files(self, job: str, leave: bool) -> None:
        """Bring no more files of a run home in this session, or go on where that was broken off."""
        (self._left.add if leave else self._left.discard)(job)
        self._haulage.pop(job, None)
        if job in self._followers:
            self._followers[job].leave_files(leave)
        elif not leave:
            self.follow(job)
        self.changed.emit()

    def leaves_files(self, run: Run) -> bool:
        """Whether the files of a run stay where they are for now."""
        return run.spec.job in self._left

    def attach(self, client: AgentClient) -> None:
        """A machine is online: follow what goes on there, and see what does no longer."""
        self._clients[client.agent_id] = client
        self._tasks.run(
            lambda _: lost_runs(self._store, client.agent_id, client.list_jobs()),
            success=self._mark_astray,
            failure=self._look_failed,
        )
        self._follow_all(client)
        self.changed.emit()

    def detach(self, host: str) -> None:
        """A machine is offline. Its runs go on; only the looking is interrupted."""
        self._clients.pop(host, None)
        self.changed.emit()

    def rejoin(self, before: str, client: AgentClient) -> None:
        """A machine was wiped and is another one now: what it still has of `before` belongs to it."""
        self._tasks.run(
            lambda _: rejoin(self._store, before, client),
            success=partial(self._rejoined, client),
            failure=self._look_failed,
        )

    def set_wants(self, job: str, wants: Wants | None) -> None:
        """Choose what is brought home of a run while it goes on."""
        self._store.set_wants(job, wants)
        self._refresh_watch()

    def added(self, run: Run) -> None:
        """A run was launched: show it first and follow it."""
        self._astray.discard(run.spec.job)
        self._reload()
        self.select(run.spec.job)
        self.follow(run.spec.job)

    def follow(self, job: str) -> None:
        """Mirror a run in a thread of its own until it is over."""
        client = self._client_of(job)
        if client is None or client.ended is not None or job in self._followed:
            return
        follower = Follower(client, self._store, self._folder, job, wants=self.wants, pace=self.pace)
        follower.leave_files(job in self._left)
        self._followers[job] = follower

        def work(token: CancelToken) -> tuple[Run, Model | None]:
            return follower.follow(token), put_on_shelf(self._store, self._shelf, job)

        task = self._tasks.run(
            work,
            success=self._ended,
            failure=lambda problem: self._follow_failed(job, problem),
            progress=self._progressed,
            executor=f"follow-{job}",
        )
        if not task.done:
            self._followed[job] = task

    def stop(self, job: str, *, now: bool = False) -> None:
        """Ask a run to finish its step, save and end; `now` kills it."""
        client = self._client_of(job)
        if client is not None:
            self._tasks.run(lambda _: client.stop(job, now=now), success=self._store_status)

    def resume(self, job: str) -> None:
        """Let an ended run go on from its last checkpoint."""
        client = self._client_of(job)
        if client is not None:
            self._tasks.run(lambda _: client.resume(job), success=self._resumed)

    def actions(self, run: Run) -> frozenset[Action]:
        """What can be done with a run now."""
        return actions_of(run, attached=self.is_attached(run))

    def order(self, job: str, action: JobAction) -> None:
        """Hold, release or pause a run, or have it save or sample now."""
        client = self._client_of(job)
        if client is not None:
            self._tasks.run(lambda _: client.order(job, action), success=self._store_status)

    @property
    def queues(self) -> dict[str, list[Run]]:
        """The runs that wait, the next one first, by the id of their machine's agent; only machines where any does."""
        hosts = dict.fromkeys(run.host for run in self._runs)
        queues = {host: queue_of(self._runs, host) for host in hosts}
        return {host: queue for host, queue in queues.items() if queue}

    def move(self, job: str, place: int) -> None:
        """Have a waiting run start as the `place`th, counted from 0, of those on its machine."""
        client = self._client_of(job)
        if client is None:
            return
        queue = [run.spec.job for run in queue_of(self._runs, self._store.run(job).host)]
        if job in queue and 0 <= place < len(queue) and queue.index(job) != place:
            before = before_of(queue, job, place)
            self._tasks.run(lambda _: client.reorder(job, before), success=self._store_queue)

    def shutdown(self) -> None:
        """Stop looking; the runs go on."""
        self._timer.stop()
        for task in self._followed.values():
            task.cancel()

    def _client_of(self, job: str) -> AgentClient | None:
        return self._clients.get(self._store.run(job).host)

    def _mark_astray(self, runs: list[Run]) -> None:
        self._astray |= {run.spec.job for run in runs}
        if runs:
            self.changed.emit()

    def _rejoined(self, client: AgentClient, lost: list[Run]) -> None:
        self._mark_astray(lost)
        self._reload()
        self._follow_all(client)

    def _follow_all(self, client: AgentClient) -> None:
        for run in self.wanting:
            if run.host == client.agent_id:
                self.follow(run.spec.job)

    def _look_failed(self, found: Problem) -> None:
        if found.code != "link_lost":  # asked again at the next connection
            self._tasks.failed.emit(found)

    def _progressed(self, value: object) -> None:
        if isinstance(value, Haulage) and value.job not in self._left:
            self._haulage[value.job] = value
        elif isinstance(value, Mirrored):
            self._tell_of_disk(value)
            if value.pulled or value.gone:
                self._haulage.pop(value.job, None)  # told anew where others are still under way
        if not self._timer.isActive():
            self._timer.start()

    def _tell_of_disk(self, mirrored: Mirrored) -> None:
        news, run = disk_news(mirrored.events), self._store.run(mirrored.job)
        if news is not None and not is_over(run):  # else it is what was, told late
            self.disk_told.emit(run.host, news)

    def _refresh_watch(self) -> None:
        if self._store.revision != self._revision:
            self._reload()
        if self._watch is not None:
            self._watch.refresh()
            self.advanced.emit()

    def _ended(self, result: tuple[Run, Model | None]) -> None:
        run, model = result
        self._forget_follower(run.spec.job)
        self._refresh_watch()
        if model is not None:
            self.brought_home.emit(model)

    def _follow_failed(self, job: str, problem: Problem) -> None:
        self._forget_follower(job)
        if problem.code == "link_lost":
            self.follow(job)  # over the next connection, where there is one already
        else:
            self._tasks.failed.emit(problem)

    def _forget_follower(self, job: str) -> None:
        for kept in (self._followed, self._followers, self._haulage):
            kept.pop(job, None)

    def _store_status(self, status: object) -> None:
        self._store.set_status(status)  # type: ignore[arg-type]
        self._refresh_watch()

    def _store_queue(self, queue: tuple[JobStatus, ...]) -> None:
        known = {run.spec.job for run in self._runs}
        for status in queue:
            if status.job in known:
                self._store.set_status(status)
        self._refresh_watch()

    def _resumed(self, status: object) -> None:
        self._store_status(status)
        if self._watch is not None:
            self.follow(self._watch.run.spec.job)

    def _reload(self) -> None:
        self._revision = self._store.revision
        self._runs = self._store.runs()
        self.changed.emit()
