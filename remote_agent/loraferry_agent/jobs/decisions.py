"""What the supervisor does next, decided from a snapshot, and what it answers to an order. Pure."""

from dataclasses import dataclass
from enum import Enum

from loraferry_agent.jobs.diagnosis import Exit, Missing
from loraferry_agent.jobs.mailbox import Command
from loraferry_agent.jobs.progress import NOTHING_YET, Progress
from loraferry_agent.jobs.queue import WAITING, in_order
from loraferry_core.jobs import ACTIVE, RESUMABLE, JobState, JobStatus
from loraferry_core.problems import Problem, problem


class Runner(Enum):
    """What is known of the runner of the latest attempt."""

    UNRECORDED = "unrecorded"
    ALIVE = "alive"
    GONE = "gone"
    OTHER_BOOT = "other_boot"


@dataclass(frozen=True)
class JobView:
    """All that decides about one job at one moment."""

    status: JobStatus
    runner: Runner = Runner.UNRECORDED
    exit: Exit | None = None
    progress: Progress = NOTHING_YET
    survivors: tuple[int, ...] = ()
    """Living processes of a job whose runner is gone."""
    terminated: bool = False
    kill_asked: bool = False
    resumes: bool = False
    """A lost job that is to go on by itself."""
    waited: float = 0.0
    """Seconds in this state, by a clock that nobody sets."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds."""

    stop: float = 60.0
    kill: float = 10.0
    start: float = 30.0
    """A runner that has not written its record after this long never will."""


class Verb(Enum):
    """What can be done to a job."""

    START = "start"
    MARK_RUNNING = "mark_running"
    TERMINATE = "terminate"
    KILL = "kill"
    CONCLUDE = "conclude"
    RESUME = "resume"


@dataclass(frozen=True)
class Action:
    """One thing to do. `end` is what `CONCLUDE` concludes from."""

    verb: Verb
    job: str
    end: Exit | Missing | None = None


MAX_LOSSES = 3
"""A job that was lost so often without a new checkpoint in between does not go on by itself: it may be the cause."""


def decide(views: list[JobView], patience: Patience, queue_held: bool = False) -> list[Action]:
    """The actions of this round. One job at a time; of the queued ones the one whose turn it is."""
    active = [view for view in views if view.status.state in ACTIVE]
    actions = [action for view in active for action in _tend(view, patience)]
    lost = [view.status.job for view in views if view.resumes]
    if lost:
        # Back into the queue before the next job is taken from it.
        return [*actions, *(Action(Verb.RESUME, job) for job in lost)]
    queued = [status for status in in_order(view.status for view in views) if status.state is JobState.QUEUED]
    if queued and not active and not queue_held:
        actions.append(Action(Verb.START, queued[0].job))
    return actions


def _tend(view: JobView, patience: Patience) -> list[Action]:
    job = view.status.job
    if view.exit is not None:
        return [Action(Verb.CONCLUDE, job, view.exit)]
    if view.runner is Runner.OTHER_BOOT:
        return [Action(Verb.CONCLUDE, job, Missing.HOST_RESTARTED)]
    if view.runner is Runner.GONE or (view.runner is Runner.UNRECORDED and view.waited > patience.start):
        # Only when nobody is left who could write an event may the supervisor write the last one.
        return [Action(Verb.KILL, job)] if view.survivors else [Action(Verb.CONCLUDE, job, Missing.RUNNER_GONE)]
    if view.status.state is JobState.STOPPING:
        return _press(view, patience)
    if view.status.state is JobState.PREPARING and view.progress.training:
        return [Action(Verb.MARK_RUNNING, job)]
    return []


def _press(view: JobView, patience: Patience) -> list[Action]:
    job = view.status.job
    if view.runner is Runner.UNRECORDED:
        # It is just starting; killed now, nobody would know how it ended.
        return []
    if view.kill_asked or (view.terminated and view.waited > patience.stop + patience.kill):
        return [Action(Verb.KILL, job)]
    if not view.terminated and view.waited > patience.stop:
        return [Action(Verb.TERMINATE, job)]
    return []


@dataclass(frozen=True)
class Ruling:
    """What an order leads to: a refusal, or a state to move to (None: it is so already)."""

    refusal: Problem | None = None
    state: JobState | None = None


def concerned_attempt(status: JobStatus) -> int:
    """The number of the attempt that an order to this job means: the coming one while the job waits."""
    return status.attempt + (status.state in WAITING)


def rule(command: Command, status: JobStatus | None, now: float, pausing: bool = False) -> Ruling:
    """What becomes of an order to a job. Asking for what is so already is no error: answers get lost on the way.

    `pausing`: the job is being stopped in order to pause.
    """
    if status is None:
        return Ruling(problem("job_unknown", job=command.job))
    if now > command.expires:
        return Ruling(problem("agent_failed", detail=f"{command.action} expired"))
    refused = Ruling(problem("job_state", job=command.job, state=status.state.value, action=command.action))
    if command.action == "resume":
        return _rule_resume(command, status, refused)
    if command.action == "release":
        return _rule_release(command, status, refused)
    if command.attempt < concerned_attempt(status):
        return refused
    if command.action in ("stop", "kill"):
        return _rule_stop(status, refused)
    if command.action == "pause":
        return _rule_pause(status, refused, pausing)
    if command.action == "hold":
        return _rule_hold(status, refused)
    if command.action == "reorder":
        return Ruling() if status.state in WAITING else refused
    return Ruling() if status.state in (JobState.PREPARING, JobState.RUNNING) else refused


def _rule_stop(status: JobStatus, refused: Ruling) -> Ruling:
    if status.state in (JobState.FINISHED, JobState.FAILED):
        return refused
    if status.state in (JobState.PREPARING, JobState.RUNNING):
        return Ruling(state=JobState.STOPPING)
    if status.state in (JobState.STOPPING, JobState.STOPPED):
        return Ruling()
    return Ruling(state=JobState.STOPPED)


def _rule_pause(status: JobStatus, refused: Ruling, pausing: bool) -> Ruling:
    if status.state in (JobState.PREPARING, JobState.RUNNING):
        return Ruling(state=JobState.STOPPING)
    if status.state is JobState.PAUSED or (status.state is JobState.STOPPING and pausing):
        return Ruling()
    return refused


def _rule_hold(status: JobStatus, refused: Ruling) -> Ruling:
    if status.state is JobState.HELD:
        return Ruling()
    return Ruling(state=JobState.HELD) if status.state is JobState.QUEUED else refused


GOING_ON = frozenset({JobState.QUEUED, JobState.PREPARING, JobState.RUNNING})


def _rule_release(command: Command, status: JobStatus, refused: Ruling) -> Ruling:
    if status.state is JobState.HELD and command.attempt >= concerned_attempt(status):
        return Ruling(state=JobState.QUEUED)
    # Released already, and perhaps started since.
    return Ruling() if command.attempt >= concerned_attempt(status) and status.state in GOING_ON else refused


def _rule_resume(command: Command, status: JobStatus, refused: Ruling) -> Ruling:
    resumable = status.state in RESUMABLE or status.state is JobState.PAUSED
    if command.attempt >= status.attempt and resumable:
        return Ruling(state=JobState.QUEUED)
    if command.attempt >= concerned_attempt(status) - 1 and status.state in GOING_ON:
        return Ruling()
    return refused


def rule_reorder(command: Command, before: JobStatus | None) -> Ruling:
    """Whether a job may go right before another one: that must wait too, or have just begun."""
    if before is None:
        return Ruling(problem("job_unknown", job=command.before))
    if before.state in WAITING or before.state in ACTIVE:
        return Ruling()
    return Ruling(problem("job_state", job=before.job, state=before.state.value, action=command.action))


def in_front(status: JobStatus) -> bool:
    """Whether a job that is resumed goes to the head of the queue: it had its turn, and did not end by itself."""
    return status.state in (JobState.PAUSED, JobState.LOST)
