"""What the supervisor decides."""

import pytest

from loraferry_agent.jobs.decisions import (
    Action,
    JobView,
    Patience,
    Runner,
    Verb,
    concerned_attempt,
    decide,
    rule,
)
from loraferry_agent.jobs.diagnosis import Exit, Missing
from loraferry_agent.jobs.mailbox import Command
from loraferry_agent.jobs.progress import Progress
from loraferry_core.jobs import TRANSITIONS, JobState, JobStatus

S = JobState
PATIENCE = Patience(stop=60, kill=10, start=30)


def status(state: JobState, job: str = "a", changed: float = 0.0, attempt: int = 1) -> JobStatus:
    return JobStatus(job=job, name="n", state=state, spec_hash="h", attempt=attempt, changed=changed)


def verbs(view: JobView, now: float) -> list[Verb]:
    return [action.verb for action in decide([view], now, PATIENCE)]


def test_the_job_that_waited_longest_starts_when_none_is_active() -> None:
    waiting = [JobView(status(S.QUEUED, "b", 2)), JobView(status(S.QUEUED, "a", 3)), JobView(status(S.FINISHED, "c"))]
    assert decide(waiting, 9, PATIENCE) == [Action(Verb.START, "b")]
    busy = [*waiting, JobView(status(S.RUNNING, "d"), Runner.ALIVE)]
    assert decide(busy, 9, PATIENCE) == []


def test_training_makes_a_prepared_job_run() -> None:
    view = JobView(status(S.PREPARING), Runner.ALIVE, progress=Progress(training=True))
    assert verbs(view, 1) == [Verb.MARK_RUNNING]
    assert verbs(JobView(status(S.RUNNING), Runner.ALIVE, progress=Progress(training=True)), 1) == []


@pytest.mark.parametrize(
    ("now", "terminated", "expected"),
    [(60, False, []), (61, False, [Verb.TERMINATE]), (61, True, []), (70, True, []), (71, True, [Verb.KILL])],
)
def test_a_stop_is_pressed_harder_with_time(now: float, terminated: bool, expected: list[Verb]) -> None:
    view = JobView(status(S.STOPPING), Runner.ALIVE, terminated=terminated)
    assert verbs(view, now) == expected


def test_stop_now_does_not_wait() -> None:
    assert verbs(JobView(status(S.STOPPING), Runner.ALIVE, kill_asked=True), 0) == [Verb.KILL]
    assert verbs(JobView(status(S.STOPPING), Runner.UNRECORDED, kill_asked=True), 0) == []


def test_an_end_is_concluded_from_what_is_known() -> None:
    end = Exit(0, 0)
    assert decide([JobView(status(S.RUNNING), Runner.GONE, end)], 0, PATIENCE) == [Action(Verb.CONCLUDE, "a", end)]
    other = decide([JobView(status(S.RUNNING), Runner.OTHER_BOOT)], 0, PATIENCE)
    assert other == [Action(Verb.CONCLUDE, "a", Missing.HOST_RESTARTED)]
    gone = JobView(status(S.RUNNING), Runner.GONE)
    assert decide([gone], 0, PATIENCE) == [Action(Verb.CONCLUDE, "a", Missing.RUNNER_GONE)]


def test_survivors_are_killed_before_a_lost_runner_is_concluded() -> None:
    assert verbs(JobView(status(S.RUNNING), Runner.GONE, survivors=(7,)), 0) == [Verb.KILL]


def test_a_runner_that_never_says_who_it_is_is_given_up() -> None:
    view = JobView(status(S.PREPARING), Runner.UNRECORDED)
    assert verbs(view, 30) == []
    assert verbs(view, 31) == [Verb.CONCLUDE]


def command(action: str, attempt: int = 1, expires: float = 10.0) -> Command:
    return Command.model_validate(
        {"id": "0" * 32, "job": "a", "attempt": attempt, "action": action, "expires": expires}
    )


@pytest.mark.parametrize("state", list(JobState))
@pytest.mark.parametrize("action", ["stop", "kill", "resume"])
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
    ],
)
def test_orders_that_are_obeyed(action: str, state: JobState, expected: JobState | None) -> None:
    given = status(state)
    ruling = rule(command(action, concerned_attempt(given)), given, 0)
    assert (ruling.refusal, ruling.state) == (None, expected)


@pytest.mark.parametrize(
    ("action", "state"),
    [("stop", S.FINISHED), ("stop", S.FAILED), ("resume", S.FINISHED), ("resume", S.STOPPING), ("resume", S.HELD)],
)
def test_orders_that_are_refused(action: str, state: JobState) -> None:
    refusal = rule(command(action, 9), status(state), 0).refusal
    assert refusal is not None
    assert refusal.code == "job_state"


def test_an_order_for_an_earlier_attempt_or_too_late_is_void() -> None:
    for action, state in (("stop", S.RUNNING), ("resume", S.FAILED)):
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
