"""Why an attempt ended: decided from what was found, without looking anywhere."""

import signal
from dataclasses import dataclass
from enum import Enum

from loraferry_agent.jobs.progress import Progress
from loraferry_core.events import Finished, Stopped
from loraferry_core.jobs import JobState
from loraferry_core.problems import Problem, problem

SIGKILL = 9
KILLED_BY_SHELL = 128 + SIGKILL
"""How a shell, and some launchers, report a child that was killed."""


@dataclass(frozen=True)
class Exit:
    """How the training process ended: its exit code, or the signal. `oom_kills` happened during the attempt."""

    code: int
    signal: int
    oom_kills: int = 0


class Missing(Enum):
    """Why there is no `Exit`."""

    RUNNER_GONE = "runner_gone"
    HOST_RESTARTED = "host_restarted"


@dataclass(frozen=True)
class Outcome:
    """Where the job goes, and the problem that takes it there. `announced`: its events say so already."""

    state: JobState
    problem: Problem | None = None
    announced: bool = False


def diagnose(
    end: Exit | Missing, progress: Progress, stopping: bool, forced: bool, tail: str, limit_mb: int
) -> Outcome:
    """The outcome of an attempt.

    `stopping`: a stop was asked for; `forced`: the processes were then signalled. `tail` is the end of the log.
    The trainer's own last word counts most; it knows its reason better than an exit code does.
    """
    last = progress.terminal
    if isinstance(last, Finished):
        return Outcome(JobState.FINISHED, announced=True)
    if isinstance(last, Stopped):
        return Outcome(JobState.STOPPED, announced=True)
    if last is not None:
        state = JobState.LOST if last.problem.code == "host_restarted" else JobState.FAILED
        return Outcome(state, last.problem, announced=True)
    if end is Missing.HOST_RESTARTED:
        return Outcome(JobState.LOST, problem("host_restarted"))
    if isinstance(end, Missing):
        return Outcome(JobState.STOPPED) if forced else Outcome(JobState.FAILED, problem("runner_lost"))
    if forced or (stopping and end.code == 0 and end.signal == 0):
        return Outcome(JobState.STOPPED)
    return Outcome(JobState.FAILED, why(end, tail, limit_mb))


def why(end: Exit, tail: str, limit_mb: int) -> Problem:
    """The problem of a training process that ended without a word."""
    if end.oom_kills > 0 and (end.signal == SIGKILL or end.code == KILLED_BY_SHELL):
        return problem("trainer_oom_killed", limit_mb=limit_mb, tail=tail)
    if end.signal:
        return problem("trainer_killed", signal=signal_name(end.signal), tail=tail)
    return problem("trainer_crashed", exit_code=end.code, tail=tail)


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; the number itself where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
