"""The order in which jobs start. Pure: `turn` says it, the lowest goes first, and of equal ones the older."""

from collections.abc import Iterable

from loraferry_core.jobs import JobState, JobStatus

WAITING = frozenset({JobState.QUEUED, JobState.HELD})
"""A held job keeps its place."""


def in_order(jobs: Iterable[JobStatus]) -> list[JobStatus]:
    """The jobs that wait, held ones among them, in the order of their turns."""
    return sorted((job for job in jobs if job.state in WAITING), key=_place)


def _place(status: JobStatus) -> tuple[float, float, float, str]:
    return status.turn, status.changed, status.created, status.job


def last_turn(jobs: Iterable[JobStatus]) -> float:
    """The turn of a job that goes behind all others."""
    return max((job.turn for job in jobs), default=0.0) + 1


def first_turn(jobs: Iterable[JobStatus]) -> float:
    """The turn of a job that goes before all that wait."""
    return min((job.turn for job in jobs if job.state in WAITING), default=1.0) - 1


def reordered(jobs: Iterable[JobStatus], job: str, before: str) -> dict[str, float]:
    """The turns that change when the waiting `job` goes right before another one.

    Behind all where `before` is empty, before all where it waits no more.
    """
    old = in_order(jobs)
    new = [status for status in old if status.job != job]
    moved = next(status for status in old if status.job == job)
    names = [status.job for status in new]
    if before == job:
        place = old.index(moved)
    elif before in names:
        place = names.index(before)
    else:
        place = 0 if before else len(new)
    new.insert(place, moved)
    turns = _strictly_rising([status.turn for status in old])
    return {status.job: turn for status, turn in zip(new, turns, strict=True) if status.turn != turn}


def _strictly_rising(turns: list[float]) -> list[float]:
    risen: list[float] = []
    for turn in turns:
        risen.append(max(turn, risen[-1] + 1) if risen and turn <= risen[-1] else turn)
    return risen
