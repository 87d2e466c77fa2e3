"""Follow a run: keep the local mirror complete and bring its files home, across lost links and restarts.

Events come in the connection's own thread and are only queued there; this loop keeps them, and has the hauler fetch
what they announce. So a slow disk or a large file never holds up the conversation.
"""

import logging
import queue
import threading
from dataclasses import dataclass
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.ferry.haul import Hauled, Hauler
from loraferry.ferry.wanted import ANNOUNCING, Wanted, outcomes, to_acknowledge
from loraferry.remote.client import AgentClient
from loraferry.remote.pace import Pace
from loraferry.runs.shelf import Model, Shelf
from loraferry.runs.store import Run, RunStore, SequenceGap, is_over
from loraferry.runs.wants import Wants
from loraferry_core.events import Artifact, Event, SampleMade
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import ProblemError
from loraferry_core.protocol.messages import Events, JobChanged, Push

_POLL_S = 0.2
_OUTCOMES = ("finished", "stopped")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mirrored:
    """What the mirror holds now that it did not before: it says where to look, the store says what is there. `gone` is
    a file that the machine has no longer."""

    job: str
    events: tuple[Event, ...] = ()
    status: JobStatus | None = None
    pulled: str = ""
    gone: str = ""


class Follower:
    """Mirrors one run over one connection. Files go to `folder`/<job>/<name>; `wants` holds where the run itself says
    nothing."""

    def __init__(
        self,
        client: AgentClient,
        store: RunStore,
        folder: Path,
        job: str,
        *,
        wants: Wants = Wants(),  # noqa: B008 - frozen
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._store = store
        self._folder = folder / job
        self._job = job
        self._usual, self._pace = wants, pace
        self._revision = -1
        self._wanted = Wanted(wants)
        self._failure: ProblemError | None = None
        self._incoming: queue.SimpleQueue[Push | Hauled] = queue.SimpleQueue()
        self._leaves = threading.Event()

    def leave_files(self, leave: bool) -> None:
        """Break off what is being brought home and begin nothing more, or go on; what is verified of a file is used
        then. From any thread."""
        if leave:
            self._leaves.set()
        else:
            self._leaves.clear()

    def follow(self, token: CancelToken) -> Run:
        """Mirror until the run is over and its files are here or left there, or the token is cancelled. One that is not
        sent yet has nothing to follow.

        Reports `Mirrored` and `Haulage` to the token. Raises ProblemError: `link_lost` (the job goes on; follow again
        over a new connection), or a file that is not what was announced, when all others are here.
        """
        if self._store.run(self._job).unsent:
            return self._store.run(self._job)
        self._acknowledge()
        try:
            self._subscribe()
        except ProblemError as error:
            if error.problem.code != "job_unknown" or not is_over(self._store.run(self._job)):
                raise
            for artifact in _missing(self._store, self._job):
                self._store.set_gone(self._job, artifact)
            return self._store.run(self._job)
        hauler = self._hauler()
        try:
            while not token.cancelled:
                self._look_at_wants()
                if not self._leaves.is_set():
                    self._fetch(hauler)
                elif hauler.now is not None:
                    hauler.close()
                    self._wanted.give_all_back()
                    hauler = self._hauler()
                if self._over():
                    break
                self._take(token, hauler)
        finally:
            hauler.close()
            if self._client.ended is None:
                self._client.unsubscribe(self._job)
        if self._failure is not None and not token.cancelled:
            raise self._failure
        return self._store.run(self._job)

    def _subscribe(self) -> None:
        after = self._store.last_seq(self._job)
        status = self._client.subscribe(self._job, after, self._incoming.put)
        self._store.set_status(status)

    def _look_at_wants(self) -> None:
        """Begin with what is here already; begin anew where the user has chosen otherwise meanwhile."""
        if self._revision == self._store.revision:
            return
        first, self._revision = self._revision < 0, self._store.revision
        wants = self._store.run(self._job).wants or self._usual
        if first or wants != self._wanted.wants:
            here = {name: copy.sha256 for name, copy in self._store.copies(self._job).items()}
            self._wanted = self._wanted.anew(wants, here, self._store.gone(self._job))
            self._wanted.announce(self._store.events(self._job, ANNOUNCING))

    def _hauler(self) -> Hauler:
        return Hauler(self._client, self._job, self._folder, self._incoming.put, self._pace)

    def _fetch(self, hauler: Hauler) -> None:
        while hauler.has_room and (artifact := self._wanted.take()) is not None:
            hauler.begin(artifact)

    def _take(self, token: CancelToken, hauler: Hauler) -> None:
        """Keep what has come."""
        try:
            news = self._incoming.get(timeout=_POLL_S)
        except queue.Empty:
            if self._client.ended is not None:
                raise self._client.ended from None
            haulage = hauler.now
            if haulage is not None:
                token.report(haulage)
            return
        if isinstance(news, JobChanged):
            self._store.set_status(news.status)
            token.report(Mirrored(self._job, status=news.status))
        elif isinstance(news, Events):
            self._keep(news, token)
        elif news.path is not None:
            self._bring_home(news.artifact, news.path, token)
        else:
            self._miss(news, token)

    def _keep(self, push: Events, token: CancelToken) -> None:
        try:
            new = self._store.apply(self._job, push.events)
        except SequenceGap:  # another program applied part of a batch meanwhile; ask again for what is still missing
            self._client.unsubscribe(self._job)
            self._subscribe()
            return
        self._wanted.announce(new)
        if new:
            token.report(Mirrored(self._job, events=tuple(new)))

    def _bring_home(self, artifact: Artifact, path: Path, token: CancelToken) -> None:
        self._store.set_pulled(self._job, artifact.name, path, artifact.sha256)
        self._wanted.settle(artifact)
        self._acknowledge()
        self._remove_outdated()
        token.report(Mirrored(self._job, pulled=artifact.name))

    def _miss(self, hauled: Hauled, token: CancelToken) -> None:
        """A file that is there no longer is let go; one that is not what was announced is, too, and told at the end.
        Raises whatever else went wrong."""
        assert hauled.error is not None
        artifact = hauled.artifact
        code = hauled.error.problem.code if isinstance(hauled.error, ProblemError) else ""
        if code not in ("artifact_unknown", "artifact_corrupt", "lora_not_safetensors"):
            raise hauled.error
        if not self._wanted.is_current(artifact):  # overwritten there meanwhile
            self._wanted.give_back(artifact)
        elif code == "artifact_unknown":
            self._store.set_gone(self._job, artifact)
            self._wanted.settle(artifact, gone=True)
            token.report(Mirrored(self._job, gone=artifact.name))
        else:
            self._wanted.give_back(artifact, for_good=True)
            assert isinstance(hauled.error, ProblemError)
            self._failure = self._failure or hauled.error

    def _acknowledge(self) -> None:
        """Tell the machine what is safe here, until it has taken note."""
        events = self._store.events(self._job, ["checkpoint", *_OUTCOMES])
        for artifact in to_acknowledge(events, self._store.copies(self._job)) if events else ():
            try:
                self._client.acknowledge(self._job, artifact)
            except ProblemError as error:
                if error.problem.code == "link_lost":
                    raise
                if error.problem.code in ("artifact_unknown", "job_unknown"):  # nothing is left that could be lost
                    self._store.set_acknowledged(self._job, artifact)
                    continue
                log.warning("%s was not acknowledged: %s", artifact.name, error)  # asked again at the next connection
                continue
            self._store.set_acknowledged(self._job, artifact)

    def _remove_outdated(self) -> None:
        for artifact in self._wanted.outdated():
            try:
                (self._folder / artifact.name).unlink(missing_ok=True)
            except OSError as error:  # in use, on Windows; the next checkpoint tries again
                log.warning("%s was not removed: %s", artifact.name, error)
                continue
            self._store.forget_copy(self._job, artifact.name)
            self._wanted.forget(artifact)

    def _over(self) -> bool:
        if not ((self._wanted.done or self._leaves.is_set()) and self._incoming.empty()):
            return False
        run = self._store.run(self._job)
        if not is_over(run):
            return False
        return _is_told_in_full(self._store, run)


def outcome(store: RunStore, job: str) -> Artifact | None:
    """The newest LoRA that a run has handed over, or None."""
    return next(reversed(outcomes(store.events(job, _OUTCOMES))), None)


def is_owed(store: RunStore, run: Run) -> bool:
    """Whether there is reason to follow a run that is over: its end, or what came of it, did not come through yet, or
    its machine is still to be told that this is here."""
    if not _is_told_in_full(store, run):
        return True
    events = store.events(run.spec.job, _OUTCOMES)
    return bool(events) and bool(_missing(store, run.spec.job) or to_acknowledge(events, store.copies(run.spec.job)))


def _is_told_in_full(store: RunStore, run: Run) -> bool:
    """Whether the event that ends the last attempt of a run is here, if there will be one."""
    if run.status.attempt == 0 or run.status.state is JobState.LOST:  # nothing ran, or nobody was left to say it
        return True
    ends = store.events(run.spec.job, ["finished", "stopped", "failed"])
    return any(event.attempt == run.status.attempt for event in ends)


def _missing(store: RunStore, job: str) -> list[Artifact]:
    """Outcomes that are neither here nor known to be gone."""
    copies, gone = store.copies(job), store.gone(job)
    return [
        file
        for file in outcomes(store.events(job, _OUTCOMES))
        if gone.get(file.name) != file.sha256 and (file.name not in copies or copies[file.name].sha256 != file.sha256)
    ]


def put_on_shelf(store: RunStore, shelf: Shelf, job: str) -> Model | None:
    """Put the pulled LoRA of a run on the shelf, with its newest test picture, once. Raises ProblemError."""
    artifact = outcome(store, job)
    copies = store.copies(job)
    if artifact is None or artifact.name not in copies or copies[artifact.name].sha256 != artifact.sha256:
        return None
    key = f"shelf:{artifact.sha256}"
    if key in copies:
        return None
    preview = _preview(store, job, {name: copy.path for name, copy in copies.items()})
    model = shelf.add(copies[artifact.name].path, Path(artifact.name).name, preview)
    store.set_pulled(job, key, model.path)
    return model


def _preview(store: RunStore, job: str, pulled: dict[str, Path]) -> Path | None:
    """The first prompt's newest test picture."""
    samples = [event for event in store.events(job, ["sample"]) if isinstance(event, SampleMade)]
    here = [sample for sample in samples if sample.file.name in pulled]
    newest = max(here, key=lambda sample: (sample.step, -sample.index), default=None)
    return pulled[newest.file.name] if newest else None
