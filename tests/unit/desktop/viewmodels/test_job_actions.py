"""The one table of what can be done with a run."""

import pytest

from loraferry.runs.store import Run
from loraferry.viewmodels.job_actions import ACTIONS, actions_of, before_of, queue_of
from loraferry_core.jobs import TRANSITIONS, JobState
from tests.fakes.stories import spec_of, status_of


def run_of(state: JobState, turn: float = 0.0, *, host: str = "a", unsent: str = "") -> Run:
    spec = spec_of()
    return Run(spec, status_of(spec, state).replace(turn=turn), host, "", 1, 0, unsent=unsent)  # type: ignore[arg-type]


def test_every_state_is_in_the_table() -> None:
    assert ACTIONS.keys() == set(JobState)


@pytest.mark.parametrize(
    ("action", "to"),
    [
        ("hold", JobState.HELD),
        ("release", JobState.QUEUED),
        ("resume", JobState.QUEUED),
        ("pause", JobState.PAUSED),
        ("stop", JobState.STOPPING),
    ],
)
def test_nothing_is_offered_that_the_states_do_not_allow(action: str, to: JobState) -> None:
    for state, actions in ACTIONS.items():
        if action in actions:
            assert to in TRANSITIONS[state], (action, state)


def test_without_the_machine_or_before_it_knows_the_run_nothing_can_be_done() -> None:
    run = run_of(JobState.RUNNING)
    assert actions_of(run, attached=True) == {"pause", "save", "sample", "stop"}
    assert actions_of(run, attached=False) == frozenset()
    assert actions_of(run_of(JobState.HELD, unsent="queued"), attached=True) == frozenset()


def test_a_queue_is_in_the_order_of_the_machine() -> None:
    first, second = run_of(JobState.QUEUED, 1.0), run_of(JobState.HELD, 2.0)
    others = [
        run_of(JobState.RUNNING), run_of(JobState.QUEUED, host="b"), run_of(JobState.HELD, unsent="queued")
    ]  # fmt: skip
    assert queue_of([*others, second, first], "a") == [first, second]


@pytest.mark.parametrize(
    ("job", "place", "before"), [("c", 0, "a"), ("c", 1, "b"), ("a", 2, ""), ("a", 1, "c"), ("b", 9, "")]
)
def test_the_place_in_a_queue_is_told_by_what_comes_after(job: str, place: int, before: str) -> None:
    assert before_of(["a", "b", "c"], job, place) == before
