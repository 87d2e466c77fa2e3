"""Follow a run: keep the local mirror complete and bring every finished file home, across lost links and restarts.

Events come in the connection's own thread and are only queued there; this loop keeps them, then fetches what they
announce. So a slow disk or a large file never holds up the conversation.
"""

import queue
from dataclasses import dataclass
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.pull import pull
from loraferry.runs.shelf import Model, Shelf
from loraferry.runs.store import Run, RunStore, SequenceGap
from loraferry_core.events import Artifact, Event, Finished, SampleMade, Stopped
from loraferry_core.jobs import ENDED, JobState, JobStatus
from loraferry_core.protocol.messages import Events, JobChanged, Push

_POLL_S = 0.2


@dataclass(frozen=True)
class Mirrored:
    """What the mirror holds now that it did not before: it says where to look, the store says what is there."""

    job: str
    events: tuple[Event, ...] = ()
    status: JobStatus | None = None
    pulled: str = ""


class Follower:
    """Mirrors one run over one connection. Files go to `folder`/<job>/<name>."""

    def __init__(self, client: AgentClient, store: RunStore, folder: Path, job: str) -> None:
        self._client = client
        self._store = store
        self._folder = folder / job
        self._job = job
        self._incoming: queue.SimpleQueue[Push] = queue.SimpleQueue()
        self._to_pull: list[Artifact] = []

    def follow(self, token: CancelToken) -> Run:
        """Mirror until the run is over and its files are here, or the token is cancelled.

        Reports `Mirrored` to the token. Raises ProblemError: `link_lost` (the job goes on; follow again over a new
        connection), or a file that is not what was announced.
        """
        self._pull_later(self._store.events(self._job, ["sample", "finished", "stopped"]))
        self._subscribe()
        try:
            while not (token.cancelled or self._over()):
                self._take(token)
                self._pull_next(token)
            return self._store.run(self._job)
        finally:
            if self._client.ended is None:
                self._client.unsubscribe(self._job)

    def _subscribe(self) -> None:
        after = self._store.last_seq(self._job)
        status = self._client.subscribe(self._job, after, self._incoming.put)
        self._store.set_status(status)

    def _take(self, token: CancelToken) -> None:
        """Keep what has come; wait a little only when there is nothing to fetch meanwhile."""
        try:
            push = self._incoming.get(timeout=0 if self._to_pull else _POLL_S)
        except queue.Empty:
            if self._client.ended is not None:
                raise self._client.ended from None
            return
        if isinstance(push, JobChanged):
            self._store.set_status(push.status)
            token.report(Mirrored(self._job, status=push.status))
        elif isinstance(push, Events):
            self._keep(push, token)

    def _keep(self, push: Events, token: CancelToken) -> None:
        try:
            new = self._store.apply(self._job, push.events)
        except SequenceGap:  # another program applied part of a batch meanwhile; ask again for what is still missing
            self._client.unsubscribe(self._job)
            self._subscribe()
            return
        self._pull_later(new)
        if new:
            token.report(Mirrored(self._job, events=tuple(new)))

    def _pull_later(self, events: list[Event]) -> None:
        there = self._store.pulled(self._job)
        for event in events:
            file = event.file if isinstance(event, SampleMade | Finished | Stopped) else None
            if file is not None and file.name not in there:
                self._to_pull.append(file)

    def _pull_next(self, token: CancelToken) -> None:
        if not self._to_pull:
            return
        artifact = self._to_pull[0]
        path = pull(self._client, self._job, artifact, self._folder, lambda done, total: None, token)
        self._store.set_pulled(self._job, artifact.name, path)
        del self._to_pull[0]
        token.report(Mirrored(self._job, pulled=artifact.name))

    def _over(self) -> bool:
        if self._to_pull or not self._incoming.empty():
            return False
        status = self._store.run(self._job).status
        if status.state not in ENDED:
            return False
        if status.attempt == 0 or status.state is JobState.LOST:  # nothing ran, or nobody was left to say how it ended
            return True
        ends = self._store.events(self._job, ["finished", "stopped", "failed"])
        return any(event.attempt == status.attempt for event in ends)


def outcome(store: RunStore, job: str) -> Artifact | None:
    """The newest LoRA that a run has handed over, or None."""
    files = [
        event.file for event in store.events(job, ["finished", "stopped"]) if isinstance(event, Finished | Stopped)
    ]
    return next((file for file in reversed(files) if file is not None), None)


def put_on_shelf(store: RunStore, shelf: Shelf, job: str) -> Model | None:
    """Put the pulled LoRA of a run on the shelf, with its newest test picture, once. Raises ProblemError."""
    artifact = outcome(store, job)
    pulled = store.pulled(job)
    if artifact is None or artifact.name not in pulled:
        return None
    key = f"shelf:{artifact.sha256}"
    if key in pulled:
        return None
    model = shelf.add(pulled[artifact.name], Path(artifact.name).name, _preview(store, job, pulled))
    store.set_pulled(job, key, model.path)
    return model


def _preview(store: RunStore, job: str, pulled: dict[str, Path]) -> Path | None:
    """The first prompt's newest test picture."""
    samples = [event for event in store.events(job, ["sample"]) if isinstance(event, SampleMade)]
    here = [sample for sample in samples if sample.file.name in pulled]
    newest = max(here, key=lambda sample: (sample.step, -sample.index), default=None)
    return pulled[newest.file.name] if newest else None
