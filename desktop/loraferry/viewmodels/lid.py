"""Whether the laptop may be closed now, in one word."""

from collections.abc import Sequence
from typing import Literal

from loraferry.runs.store import Run
from loraferry.viewmodels.launch import LaunchState
from loraferry_core.jobs import JobState

Lid = Literal["", "open", "here", "closable"]
"""Nothing goes on · something is being sent · a run goes on on this computer · all that goes on, goes on elsewhere."""
_GOING_ON = (JobState.QUEUED, JobState.PREPARING, JobState.RUNNING, JobState.STOPPING)


def lid_of(launch: LaunchState, active: Sequence[Run], local: str) -> Lid:
    """`active` are the runs that are not over, `local` is the id of this computer's agent."""
    if launch.part not in ("", "done"):
        return "open"
    going = [run for run in active if run.unsent or run.status.state in _GOING_ON]
    if any(run.unsent for run in going):
        return "open"
    if any(run.host == local for run in going):
        return "here"
    return "closable" if going or launch.part == "done" else ""
