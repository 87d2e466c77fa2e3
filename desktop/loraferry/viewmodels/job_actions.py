"""What can be done with a run in which state: the one table that all buttons are enabled by."""

from typing import Literal

from loraferry.runs.store import Run
from loraferry_core.jobs import JobState

Action = Literal["stop", "kill", "resume", "hold", "release", "pause", "save", "sample", "cancel", "reorder"]
"""Finish the step, save, end · end at once · go on from the last checkpoint · keep from starting · let start · give the
card free until resumed · write a checkpoint now · make the test pictures now · take off the queue · move in the queue."""

S = JobState
ACTIONS: dict[JobState, frozenset[Action]] = {
    S.HELD: frozenset({"release", "cancel", "reorder"}),
    S.QUEUED: frozenset({"hold", "cancel", "reorder"}),
    S.PREPARING: frozenset({"stop"}),
    S.RUNNING: frozenset({"pause", "save", "sample", "stop"}),
    S.PAUSED: frozenset({"resume", "stop"}),
    S.STOPPING: frozenset({"kill"}),
    S.FINISHED: frozenset(),
    S.FAILED: frozenset({"resume"}),
    S.STOPPED: frozenset({"resume"}),
    S.LOST: frozenset({"resume", "cancel"}),
}
WAITING = frozenset({S.HELD, S.QUEUED})


def actions_of(run: Run, *, attached: bool) -> frozenset[Action]:
    """What can be done now: nothing without the machine, and nothing with a run that was never sent."""
    return ACTIONS[run.status.state] if attached and not run.unsent else frozenset()


def queue_of(runs: list[Run], host: str) -> list[Run]:
    """The runs that wait on a machine (its agent's id), the next one first."""
    waiting = [run for run in runs if run.host == host and run.status.state in WAITING and not run.unsent]
    return sorted(waiting, key=lambda run: (run.status.turn, run.status.changed, run.status.created, run.spec.job))


def before_of(queue: list[str], job: str, place: int) -> str:
    """Which job `job` must be put before so that it ends at `place` of the queue; empty for the end."""
    others = [each for each in queue if each != job]
    return others[place] if place < len(others) else ""
