"""What the guards of the meter decide."""

from dataclasses import replace
from typing import Any

import pytest

from loraferry_agent.jobs.guards import (
    MAX_TICK,
    RETRY_SECONDS,
    Clocks,
    Decision,
    Sight,
    Snapshot,
    advance,
    ceiling,
    decide_guards,
    refused,
    stopped,
)
from loraferry_core.guards import MAX_WAIT_S, Countdown, GuardSettings, StopPlan

STOP = StopPlan(command=("stop",), keeps=("/workspace",))
SETTINGS = GuardSettings(armed=True, stop=STOP, finished_s=900, idle_s=3600)
NOW = 1_000_000.0
OVER = Sight(ended=True)
NO_TIME = Clocks()
ACTIVE = Sight(active=True, ended=True)


def decided(sight: Sight, clocks: Clocks = NO_TIME, **settings: Any) -> Decision:
    return decide_guards(Snapshot(SETTINGS.replace(**settings), sight, clocks), NOW)


def kinds(decision: Decision) -> list[str]:
    return [countdown.kind for countdown in decision.countdowns]


# ---- finished -------------------------------------------------------------------------------------------------------


def test_when_all_jobs_are_over_the_machine_stops_after_a_grace() -> None:
    early = decided(OVER, Clocks(finished=899))
    assert (early.act, early.problem) == ("", None)
    assert early.countdowns[0] == Countdown(kind="finished", fires_at=NOW + 1)
    late = decided(OVER, Clocks(finished=900))
    assert (late.act, late.kind) == ("stop", "finished")


@pytest.mark.parametrize("sight", [ACTIVE, replace(OVER, queued=True), replace(OVER, waiting=True), Sight()])
def test_not_while_a_job_is_left_and_not_without_any(sight: Sight) -> None:
    assert "finished" not in kinds(decided(sight, Clocks(finished=1e6)))


def test_what_would_be_lost_is_named_and_nothing_is_stopped() -> None:
    found = decided(replace(OVER, unsafe=("cat", "dog")), Clocks(finished=1e6, idle=1e6))
    assert found.act == ""
    assert found.problem is not None
    assert (found.problem.code, found.problem.params) == ("guard_would_lose", {"count": 2, "names": "cat, dog"})
    assert all(countdown.alarm and countdown.unsafe == ("cat", "dog") for countdown in found.countdowns)


def test_without_a_command_there_is_an_alarm() -> None:
    found = decided(OVER, Clocks(finished=900), stop=StopPlan())
    assert found.act == ""
    assert found.problem is not None
    assert found.problem.code == "guard_no_stop"
    assert found.countdowns[0].alarm
    assert decided(OVER, Clocks(finished=1), stop=StopPlan()).problem is None


# ---- idle -----------------------------------------------------------------------------------------------------------


def test_uploaded_then_fell_asleep() -> None:
    found = decided(Sight(), Clocks(idle=3600))
    assert (found.act, found.kind) == ("stop", "idle")


def test_a_job_that_waits_for_a_person_does_not_keep_the_machine() -> None:
    assert decided(Sight(waiting=True), Clocks(idle=3600)).act == "stop"


@pytest.mark.parametrize("sight", [ACTIVE, Sight(queued=True), Sight(busy=True)])
def test_whatever_goes_on_is_not_idle(sight: Sight) -> None:
    assert decided(sight, Clocks(idle=1e6)) == Decision()


# ---- ceiling --------------------------------------------------------------------------------------------------------


def test_the_ceiling_is_the_lower_of_time_and_cost() -> None:
    assert ceiling(SETTINGS) is None
    assert ceiling(SETTINGS.replace(ceiling_s=7200.0)) == 7200
    priced = SETTINGS.replace(ceiling_cost=3.0, price_per_hour=2.0)
    assert ceiling(priced) == 5400
    assert ceiling(priced.replace(ceiling_s=60.0)) == 60
    assert ceiling(SETTINGS.replace(ceiling_cost=3.0)) is None


def test_a_ceiling_beyond_all_time_is_told_all_the_same() -> None:
    found = decided(Sight(active=True), ceiling_cost=9e8, price_per_hour=1e-300)
    assert (found.act, found.countdowns[0].fires_at) == ("", NOW + MAX_WAIT_S)


def test_at_the_ceiling_jobs_are_paused_none_starts_and_then_the_machine_stops() -> None:
    running = decided(Sight(active=True, queued=True, uptime=100), ceiling_s=100.0)
    assert (running.act, running.kind, running.hold_queue) == ("pause", "ceiling", True)
    paused = decided(Sight(queued=True, waiting=True, uptime=101), ceiling_s=100.0)
    assert (paused.act, paused.kind, paused.hold_queue) == ("stop", "ceiling", True)
    before = decided(Sight(active=True, uptime=99), ceiling_s=100.0)
    assert (before.act, before.hold_queue) == ("", False)


@pytest.mark.parametrize(
    "sight",
    [
        Sight(active=True, queued=True, uptime=500, unsafe_active=("cat",)),
        Sight(active=True, queued=True, uptime=500, unsafe=("cat",)),
    ],
)
def test_at_the_ceiling_jobs_whose_checkpoints_would_be_lost_go_on(sight: Sight) -> None:
    found = decided(sight, ceiling_s=100.0)
    assert (found.act, found.hold_queue) == ("", False)
    assert found.problem is not None
    assert found.problem.code == "guard_would_lose"
    assert found.countdowns[-1].unsafe == ("cat",)


# ---- armed, snoozed, once -------------------------------------------------------------------------------------------


def test_not_armed_they_only_tell() -> None:
    found = decided(replace(OVER, uptime=500), Clocks(finished=1e6, idle=1e6), armed=False, ceiling_s=100.0)
    assert kinds(found) == ["finished", "idle", "ceiling"]
    assert (found.act, found.hold_queue, found.problem) == ("", False, None)


def test_snoozed_none_acts_and_the_countdown_says_when() -> None:
    found = decided(replace(OVER, uptime=500), Clocks(finished=1e6, idle=1e6, snooze=50), ceiling_s=100.0)
    assert (found.act, found.hold_queue, found.problem) == ("", False, None)
    assert {countdown.fires_at for countdown in found.countdowns} == {NOW + 50}


def test_an_ordered_stop_is_ordered_once() -> None:
    clocks = stopped(Clocks(finished=900, idle=900), "finished")
    assert decided(OVER, clocks) == Decision()
    assert decided(OVER, replace(clocks, finished=1e6, idle=1e6)) == Decision()
    again = advance(clocks, Sight(active=True), 1, queue_held=False)
    assert not again.stopped


def test_after_the_ceiling_neither_data_nor_held_jobs_make_it_stop_again() -> None:
    clocks = stopped(Clocks(), "ceiling")
    for sight in (Sight(busy=True), Sight(queued=True), Sight(queued=True, busy=True)):
        assert advance(clocks, sight, 1, queue_held=True).stopped
    assert not clocks.afresh(0).stopped
    assert decided(Sight(uptime=500), clocks, ceiling_s=100.0) == Decision(hold_queue=True)


def test_a_refused_stop_is_tried_again_with_pauses_and_then_given_up() -> None:
    clocks = Clocks(finished=900)
    for pause in RETRY_SECONDS:
        clocks = refused(clocks, "finished")
        waiting = decided(OVER, clocks)
        assert (waiting.act, waiting.problem) == ("", None)
        assert waiting.countdowns[0].fires_at == NOW + pause
        for _ in range(100):
            clocks = advance(clocks, OVER, pause / 50, queue_held=False)
        assert decided(OVER, clocks).act == "stop"
    clocks = refused(clocks, "finished")
    found = decide_guards(Snapshot(SETTINGS, OVER, clocks, "no such pod"), NOW)
    assert found.act == ""
    assert found.problem is not None
    assert (found.problem.code, found.problem.params) == ("guard_stop_refused", {"output": "no such pod"})


# ---- the clocks -----------------------------------------------------------------------------------------------------


def test_time_is_what_was_lived_through() -> None:
    clocks = advance(Clocks(finished=10, idle=20, snooze=5, retry=3), OVER, 2, queue_held=False)
    assert clocks == Clocks(finished=12, idle=22, snooze=3, retry=1)
    # Whoever was halted for hours, or whose clock goes backwards, has not seen that nothing went on.
    assert advance(Clocks(), OVER, 7200, queue_held=False).idle == MAX_TICK
    assert advance(Clocks(idle=9), OVER, -7200, queue_held=False).idle == 9


def test_no_clock_of_the_wall_fires_or_postpones_a_guard() -> None:
    clocks = Clocks(finished=899)
    for now in (NOW, NOW + 7200, NOW - 7200, 0.0):
        found = decide_guards(Snapshot(SETTINGS, OVER, clocks), now)
        assert (found.act, found.countdowns[0].fires_at) == ("", now + 1)


@pytest.mark.parametrize(
    ("sight", "finished", "idle"),
    [
        (OVER, 101, 101),
        (replace(OVER, busy=True), 0, 0),
        (Sight(), 0, 101),
        (Sight(waiting=True, ended=True), 0, 101),
        (ACTIVE, 0, 0),
        (Sight(queued=True, ended=True), 0, 0),
    ],
)
def test_what_goes_on_begins_a_new_count(sight: Sight, finished: float, idle: float) -> None:
    clocks = advance(Clocks(finished=100, idle=100), sight, 1, queue_held=False)
    assert (clocks.finished, clocks.idle) == (finished, idle)
