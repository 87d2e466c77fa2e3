"""What a job is and which states it goes through. No link event ever moves a job state.

Rule: everything that decides a transition lives in `TRANSITIONS`; whoever wants to move a job calls `moved`.
"""

from enum import Enum

from pydantic import Field

from loraferry_core.bounds import Count, Identity, Seconds, Shown
from loraferry_core.config.param import Config
from loraferry_core.config.train import TrainConfig
from loraferry_core.models import FetchOrder
from loraferry_core.problems import Problem


class JobState(str, Enum):
    """Where a job stands on the training machine."""

    HELD = "held"
    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


S = JobState
TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    S.HELD: frozenset({S.QUEUED, S.STOPPED}),
    S.QUEUED: frozenset({S.HELD, S.PREPARING, S.STOPPED, S.FAILED}),
    S.PREPARING: frozenset({S.RUNNING, S.STOPPING, S.FINISHED, S.FAILED, S.STOPPED, S.PAUSED, S.LOST}),
    S.RUNNING: frozenset({S.PAUSED, S.STOPPING, S.FINISHED, S.FAILED, S.STOPPED, S.LOST}),
    S.PAUSED: frozenset({S.QUEUED, S.RUNNING, S.STOPPING, S.STOPPED, S.FAILED, S.LOST}),
    S.STOPPING: frozenset({S.FINISHED, S.STOPPED, S.PAUSED, S.FAILED, S.LOST}),
    S.FINISHED: frozenset(),
    S.FAILED: frozenset({S.QUEUED}),
    S.STOPPED: frozenset({S.QUEUED}),
    S.LOST: frozenset({S.QUEUED, S.STOPPED}),
}
ACTIVE = frozenset({S.PREPARING, S.RUNNING, S.STOPPING})
ENDED = frozenset({S.FINISHED, S.FAILED, S.STOPPED, S.LOST})
RESUMABLE = frozenset(state for state, next_states in TRANSITIONS.items() if S.QUEUED in next_states and state in ENDED)


class IllegalTransition(ValueError):
    """A job was asked to move where the table has no way."""


class JobSpec(Config):
    """What the desktop submits: the identity it made, and the whole plan."""

    job: str = Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
    name: str = Field(min_length=1, max_length=200)
    config: TrainConfig
    project: str = Field("", max_length=200)
    """What the pictures are called by; disk space is counted by it."""
    resume_when_lost: bool = True
    """Go on by itself from the last checkpoint after the machine was restarted."""
    fetch: FetchOrder | None = None
    """A base model to be fetched on the machine before anything else."""


class Restore(Config):
    """Begin a job where it ended on another machine: a committed tree that becomes its newest checkpoint, the last event
    and the attempts that the desktop knows of."""

    manifest: str = Field(pattern=r"^[0-9a-f]{64}$")
    step: Count
    after_seq: Count
    attempt: Count


class JobStatus(Config):
    """A job's state of record, as written on the training machine."""

    job: Identity
    name: Shown
    state: JobState
    spec_hash: str
    attempt: Count = 0
    created: Seconds = 0.0
    changed: Seconds = 0.0
    reason: Problem | None = None
    turn: float = Field(0.0, gt=-1e300, lt=1e300)
    """Of the queued ones the lowest goes first."""

    def moved(self, state: JobState, now: float, reason: Problem | None = None) -> "JobStatus":
        """This job in another state. Raises IllegalTransition when the table has no way there."""
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(f"{self.job}: {self.state.value} -> {state.value}")
        attempt = self.attempt + (state is S.PREPARING)
        return self.replace(state=state, changed=now, reason=reason, attempt=attempt)
