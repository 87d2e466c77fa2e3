"""Whether the next saves will fit, told while something can still be done about it."""

from pathlib import Path

from loraferry_agent.blobs.store import free_bytes
from loraferry_agent.layout import Layout
from loraferry_agent.storage.kept import kept_jobs, measure
from loraferry_core.problems import Problem, problem

SAVES_AHEAD = 3
"""The disk is low when it has no room for so many more."""


def room_for(path: Path, size: int) -> bool:
    """Whether the disk of `path`, which may not exist yet, has `size` bytes free."""
    return free_bytes(path) >= size


def disk_low(jobs: Path, save: int) -> Problem | None:
    """A warning where the disk of `jobs`, the folder of all jobs, has no room for the next saves of `save` bytes each,
    with what checkpoints of runs that have ended take there; None where it has."""
    needed = SAVES_AHEAD * save
    if room_for(jobs, needed):
        return None
    layout = Layout(home=jobs.parent, work=jobs.parent)
    freeable = sum(measure(layout.job(job.id).checkpoints)[0] for job in kept_jobs(layout) if job.ended)
    return problem(
        "disk_low",
        path=jobs,
        needed_mb=-(-needed // 2**20),
        free_mb=free_bytes(jobs) // 2**20,
        freeable_mb=freeable // 2**20,
    )
