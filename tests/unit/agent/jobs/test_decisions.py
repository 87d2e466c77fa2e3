"""What the supervisor decides."""

from typing import get_args

import pytest

from loraferry_agent.jobs.decisions import (
    Action,
    JobView,
    Patience,
    Ruling,
    Runner,
    Verb,
    concerned_attempt,
    decide,
    in_front,
    rule,
    rule_reorder,
)
from loraferry_agent.jobs.diagnosis import Exit, Missing
from loraferry_agent.jobs.mailbox import Command, OrderedAction
from loraferry_agent.jobs.progress import Progress
from loraferry_core.jobs import TRANSITIONS, JobState, JobStatus

S = JobState
PATIENCE = Patience(stop=60, kill=10, start=30)


def status(state: JobState, job: str = "a", changed: float = 0.0, attempt: int = 1, turn: float = 0.0) -> JobStatus:
    return JobStatus(job=job, name="n", state=state, spec_hash="h", attempt=attempt, changed=changed, turn=turn)


def verbs(view: JobView) -> list[Verb]:
    return [action.verb for action in decide([view], PATIENCE)]


def test_the_job_whose_turn_it_is_starts_when_none_is_active() -> None:
    waiting = [
        JobView(status(S.HELD, "e", turn=0)),
        JobView(status(S.QUEUED, "a", turn=3)),
        JobView(status(S.QUEUED, "b", turn=2)),
        JobView(status(S.FINISHED, "c")),
        JobView(status(S.PAUSED, "f")),
    ]
    assert decide(waiting, PATIENCE) == [Action(Verb.START, "b")]
    assert decide(waiting, PATIENCE, queue_held=True) == []
    for state in (S.PREPARING, S.RUNNING, S.STOPPING):
        assert decide([*waiting, JobView(status(state, "d"), Runner.ALIVE)], PATIENCE) == []


def test_of_two_with_the_same_turn_the_one_that_waited_longer_starts() -> None:
    waiting = [JobView(status(S.QUEUED, "a", changed=3)), JobView(status(S.QUEUED, "b", changed=2))]
    assert decide(waiting, PATIENCE) == [Action(Verb.START, "b")]


def test_lost_jobs_are_queued_again_before_any_other_starts() -> None:
    views = [JobView(status(S.LOST, "a"), resumes=True), JobView(status(S.QUEUED, "b")), JobView(status(S.LOST, "c"))]
    assert decide(views, PATIENCE) == [Action(Verb.RESUME, "a")]
    assert decide(views[1:], PATIENCE) == [Action(Verb.START, "b")]


def test_training_makes_a_prepared_job_run() -> None:
    view = JobView(status(S.PREPARING), Runner.ALIVE, progress=Progress(training=True))
    assert verbs(view) == [Verb.MARK_RUNNING]
    assert verbs(JobView(status(S.RUNNING), Runner.ALIVE, progress=Progress(training=True))) == []


@pytest.mark.parametrize(
    ("waited", "terminated", "expected"),
    [(60, False, []), (61, False, [Verb.TERMINATE]), (61, True, []), (70, True, []), (71, True, [Verb.KILL])],
)
def test_a_stop_is_pressed_harder_with_time(waited: float, terminated: bool, expected: list[Verb]) -> None:
    view = JobView(status(S.STOPPING), Runner.ALIVE, terminated=terminated, waited=waited)
    assert verbs(view) == expected


def test_stop_now_does_not_wait() -> None:
    assert verbs(JobView(status(S.STOPPING), Runner.ALIVE, kill_asked=True)) == [Verb.KILL]
    assert verbs(JobView(status(S.STOPPING), Runner.UNRECORDED, kill_asked=True)) == []


def test_an_end_is_concluded_from_what_is_known() -> None:
    end = Exit(0, 0)
    assert decide([JobView(status(S.RUNNING), Runner.GONE, end)], PATIENCE) == [Action(Verb.CONCLUDE, "a", end)]
    other = decide([JobView(status(S.RUNNING), Runner.OTHER_BOOT)], PATIENCE)
    assert other == [Action(Verb.CONCLUDE, "a", Missing.HOST_RESTARTED)]
    gone = JobView(status(S.RUNNING), Runner.GONE)
    assert decide([gone], PATIENCE) == [Action(Verb.CONCLUDE, "a", Missing.RUNNER_GONE)]


def test_survivors_are_killed_before_a_lost_runner_is_concluded() -> None:
    assert verbs(JobView(status(S.RUNNING), Runner.GONE, survivors=(7,))) == [Verb.KILL]


def test_a_runner_that_never_says_who_it_is_is_given_up() -> None:
    assert verbs(JobView(status(S.PREPARING), Runner.UNRECORDED, waited=30)) == []
    assert verbs(JobView(status(S.PREPARING), Runner.UNRECORDED, waited=31)) == [Verb.CONCLUDE]


def command(action: str, attempt: int = 1, expires: float = 10.0) -> Command:
    return Command.model_validate(
        {"id": "0" * 32, "job": "a", "attempt": attempt, "action": action, "expires": expires}
    )


@pytest.mark.parametrize("state", list(JobState))
@pytest.mark.parametrize("action", get_args(OrderedAction))
def test_an_order_leads_only_where_the_table_has_a_way(state: JobState, action: str) -> None:
    given = status(state)
    ruling = rule(command(action, concerned_attempt(given)), given, 0)
    assert ruling.state is None or ruling.state in TRANSITIONS[state]
    assert ruling.refusal is None or ruling.refusal.params["state"] == state.value


@pytest.mark.parametrize(
    ("action", "state", "expected"),
    [
        ("stop", S.RUNNING, S.STOPPING),
        ("stop", S.PREPARING, S.STOPPING),
        ("stop", S.QUEUED, S.STOPPED),
        ("stop", S.PAUSED, S.STOPPED),
        ("stop", S.LOST, S.STOPPED),
        ("stop", S.STOPPING, None),
        ("stop", S.STOPPED, None),
        ("kill", S.STOPPING, None),
        ("resume", S.FAILED, S.QUEUED),
        ("resume", S.LOST, S.QUEUED),
        ("resume", S.STOPPED, S.QUEUED),
        ("resume", S.RUNNING, None),
        ("resume", S.QUEUED, None),
        ("resume", S.PAUSED, S.QUEUED),
        ("stop", S.HELD, S.STOPPED),
        ("hold", S.QUEUED, S.HELD),
        ("hold", S.HELD, None),
        ("release", S.HELD, S.QUEUED),
        ("release", S.QUEUED, None),
        ("release", S.RUNNING, None),
        ("pause", S.PREPARING, S.STOPPING),
        ("pause", S.RUNNING, S.STOPPING),
        ("pause", S.PAUSED, None),
        ("save", S.RUNNING, None),
        ("sample", S.PREPARING, None),
        ("reorder", S.HELD, None),
        ("reorder", S.QUEUED, None),
    ],
)
def test_orders_that_are_obeyed(action: str, state: JobState, expected: JobState | None) -> None:
    given = status(state)
    ruling = rule(command(action, concerned_attempt(given)), given, 0)
    assert (ruling.refusal, ruling.state) == (None, expected)


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("stop", S.FINISHED),
        ("stop", S.FAILED),
        ("resume", S.FINISHED),
        ("resume", S.STOPPING),
        ("resume", S.HELD),
        ("hold", S.RUNNING),
        ("hold", S.FINISHED),
        ("release", S.PAUSED),
        ("release", S.STOPPED),
        ("pause", S.QUEUED),
        ("pause", S.STOPPING),
        ("pause", S.FINISHED),
        ("save", S.QUEUED),
        ("sample", S.STOPPING),
        ("reorder", S.RUNNING),
    ],
)
def test_orders_that_are_refused(action: str, state: JobState) -> None:
    refusal = rule(command(action, 9), status(state), 0).refusal
    assert refusal is not None
    assert refusal.code == "job_state"


def test_an_order_for_an_earlier_attempt_or_too_late_is_void() -> None:
    for action, state in (("stop", S.RUNNING), ("resume", S.FAILED), ("pause", S.RUNNING), ("hold", S.QUEUED)):
        refusal = rule(command(action, 1), status(state, attempt=2), 0).refusal
        assert refusal is not None
        assert refusal.code == "job_state"
    late = rule(command("stop"), status(S.RUNNING), 11).refusal
    assert late is not None
    assert late.code == "agent_failed"
    unknown = rule(command("stop"), None, 0).refusal
    assert unknown is not None
    assert unknown.code == "job_unknown"


def test_a_resume_that_was_obeyed_already_is_no_error() -> None:
    assert rule(command("resume", 1), status(S.RUNNING, attempt=2), 0).refusal is None
    assert rule(command("resume", 1), status(S.QUEUED, attempt=1), 0).refusal is None


def test_a_pause_that_is_under_way_is_no_error_but_one_of_a_stop_is() -> None:
    assert rule(command("pause"), status(S.STOPPING), 0, pausing=True) == Ruling()
    assert rule(command("pause"), status(S.STOPPING), 0, pausing=False).refusal is not None
    assert rule(command("stop"), status(S.STOPPING), 0, pausing=True) == Ruling()


def test_a_job_goes_before_one_that_waits_or_has_just_begun() -> None:
    order = command("reorder")
    for state in (S.QUEUED, S.HELD, S.RUNNING):
        assert rule_reorder(order, status(state)) == Ruling()
    for before in (None, status(S.FINISHED), status(S.PAUSED)):
        assert rule_reorder(order, before).refusal is not None


def test_who_had_a_turn_and_did_not_end_by_itself_goes_in_front() -> None:
    assert {state for state in S if in_front(status(state))} == {S.PAUSED, S.LOST}
