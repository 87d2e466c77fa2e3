"""What the supervisor does next, decided from a snapshot, and what it answers to an order. Pure."""

from dataclasses import dataclass
from enum import Enum

from loraferry_agent.jobs.diagnosis import Exit, Missing
from loraferry_agent.jobs.mailbox import Command
from loraferry_agent.jobs.progress import NOTHING_YET, Progress
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


@dataclass(frozen=True)
class Action:
    """One thing to do. `end` is what `CONCLUDE` concludes from."""

    verb: Verb
    job: str
    end: Exit | Missing | None = None


def decide(views: list[JobView], now: float, patience: Patience) -> list[Action]:
    """The actions of this round. One job at a time; of the queued ones the one that has waited longest."""
    active = [view for view in views if view.status.state in ACTIVE]
    actions = [action for view in active for action in _tend(view, now, patience)]
    queued = [view.status for view in views if view.status.state is JobState.QUEUED]
    if queued and not active:
        first = min(queued, key=lambda status: (status.changed, status.created, status.job))
        actions.append(Action(Verb.START, first.job))
    return actions


def _tend(view: JobView, now: float, patience: Patience) -> list[Action]:
    job, waited = view.status.job, now - view.status.changed
    if view.exit is not None:
        return [Action(Verb.CONCLUDE, job, view.exit)]
    if view.runner is Runner.OTHER_BOOT:
        return [Action(Verb.CONCLUDE, job, Missing.HOST_RESTARTED)]
    if view.runner is Runner.GONE or (view.runner is Runner.UNRECORDED and waited > patience.start):
        # Only when nobody is left who could write an event may the supervisor write the last one.
        return [Action(Verb.KILL, job)] if view.survivors else [Action(Verb.CONCLUDE, job, Missing.RUNNER_GONE)]
    if view.status.state is JobState.STOPPING:
        return _press(view, waited, patience)
    if view.status.state is JobState.PREPARING and view.progress.training:
        return [Action(Verb.MARK_RUNNING, job)]
    return []


def _press(view: JobView, waited: float, patience: Patience) -> list[Action]:
    job = view.status.job
    if view.runner is Runner.UNRECORDED:
        # It is just starting; killed now, nobody would know how it ended.
        return []
    if view.kill_asked or (view.terminated and waited > patience.stop + patience.kill):
        return [Action(Verb.KILL, job)]
    if not view.terminated and waited > patience.stop:
        return [Action(Verb.TERMINATE, job)]
    return []


@dataclass(frozen=True)
class Ruling:
    """What an order leads to: a refusal, or a state to move to (None: it is so already)."""

    refusal: Problem | None = None
    state: JobState | None = None


def concerned_attempt(status: JobStatus) -> int:
    """The number of the attempt that an order to this job means: the coming one while the job waits."""
    return status.attempt + (status.state in (JobState.QUEUED, JobState.HELD))


def rule(command: Command, status: JobStatus | None, now: float) -> Ruling:
    """What becomes of an order to a job. Asking for what is so already is no error: answers get lost on the way."""
    if status is None:
        return Ruling(problem("job_unknown", job=command.job))
    if now > command.expires:
        return Ruling(problem("agent_failed", detail=f"{command.action} expired"))
    refused = Ruling(problem("job_state", job=command.job, state=status.state.value, action=command.action))
    if command.action == "resume":
        return _rule_resume(command, status, refused)
    if command.attempt < concerned_attempt(status) or status.state in (JobState.FINISHED, JobState.FAILED):
        return refused
    if status.state in (JobState.PREPARING, JobState.RUNNING):
        return Ruling(state=JobState.STOPPING)
    if status.state in (JobState.STOPPING, JobState.STOPPED):
        return Ruling()
    return Ruling(state=JobState.STOPPED)


def _rule_resume(command: Command, status: JobStatus, refused: Ruling) -> Ruling:
    going_on = status.state in (JobState.QUEUED, JobState.PREPARING, JobState.RUNNING)
    if command.attempt >= status.attempt and status.state in RESUMABLE:
        return Ruling(state=JobState.QUEUED)
    if command.attempt >= concerned_attempt(status) - 1 and going_on:
        return Ruling()
    return refused
