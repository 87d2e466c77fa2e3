"""Whether the next saves will fit, told while something can still be done about it."""

from pathlib import Path

from loraferry_agent.blobs.store import free_bytes
from loraferry_agent.layout import Layout
from loraferry_agent.storage.kept import kept_jobs, measure
from loraferry_core.problems import Problem, problem

SAVES_AHEAD = 3
"""The disk is low when it has no room for so many more."""
WORSE = 10
"""What was told is told again when so many times less is free."""


class DiskAlarm:
    """Says once that a disk is low, once more when that got much worse, and once that it has room again."""

    def __init__(self) -> None:
        self._told: Problem | None = None

    def news(self, low: Problem | None) -> Problem | None:
        """What is to be told, if `low` is what `disk_low` finds now."""
        told = self._told
        if low is None:
            self._told = None
            return problem("disk_has_room", path=told.params["path"]) if told is not None else None
        if told is not None and _free(low) * WORSE > _free(told):
            return None
        self._told = low
        return low


def _free(low: Problem) -> int:
    # In whole MB; a disk that was as good as full has no worse to come.
    return max(1, int(low.params["free_mb"]))


def room_for(path: Path, size: int) -> bool:
    """Whether the disk of `path`, which may not exist yet, has `size` bytes free."""
    return free_bytes(path) >= size


def awaited(path: Path, size: int) -> Problem:
    """A warning that a run waits until there is room on the disk of `path` for `size` bytes, 0 where that is not known."""
    return problem("disk_awaited", path=path, needed_mb=-(-size // 2**20), free_mb=free_bytes(path) // 2**20)


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
