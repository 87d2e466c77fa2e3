"""The order of the queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_agent.jobs.queue import first_turn, in_order, last_turn, reordered
from loraferry_core.jobs import JobState, JobStatus

S = JobState


def job(name: str, turn: float, state: JobState = S.QUEUED) -> JobStatus:
    return JobStatus(job=name, name="n", state=state, spec_hash="h", turn=turn)


def names(jobs: list[JobStatus], changed: dict[str, float]) -> list[str]:
    return [status.job for status in in_order(s.replace(turn=changed.get(s.job, s.turn)) for s in jobs)]


QUEUE = [job("a", 1), job("b", 2), job("c", 3, S.HELD), job("d", 4), job("r", 0, S.RUNNING), job("f", 9, S.FINISHED)]


@pytest.mark.parametrize(
    ("moved", "before", "expected"),
    [
        ("d", "a", "dabc"),
        ("d", "c", "abdc"),
        ("a", "", "bcda"),
        ("c", "a", "cabd"),
        ("a", "a", "abcd"),
        ("d", "", "abcd"),
        ("d", "r", "dabc"),
    ],
)
def test_a_job_goes_right_before_another(moved: str, before: str, expected: str) -> None:
    assert names(QUEUE, reordered(QUEUE, moved, before)) == list(expected)


def test_only_turns_that_must_change_do() -> None:
    assert reordered(QUEUE, "b", "a") == {"b": 1, "a": 2}
    assert reordered(QUEUE, "a", "b") == {}


def test_ends_of_the_queue() -> None:
    assert last_turn(QUEUE) == 10
    assert first_turn(QUEUE) == 0
    assert last_turn([]) == 1
    assert first_turn([job("r", 5, S.RUNNING)]) == 0


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=8), st.integers(0, 7), st.integers(0, 8))
def test_any_order_can_be_had_whatever_the_turns_were(turns: list[float], which: int, to: int) -> None:
    jobs = [job(f"j{number}", turn) for number, turn in enumerate(turns)]
    order = names(jobs, {})
    moved = order[which % len(order)]
    before = [*order, ""][to % (len(order) + 1)]
    others = [name for name in order if name != moved]
    place = order.index(moved) if before == moved else others.index(before) if before else len(others)
    assert names(jobs, reordered(jobs, moved, before)) == [*others[:place], moved, *others[place:]]
