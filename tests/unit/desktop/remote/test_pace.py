import threading

import pytest

from loraferry.remote.pace import CREDIT_S, Pace


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_without_a_limit_everything_may_go(clock: Clock) -> None:
    pace = Pace(clock=clock)
    assert [pace.take(10**9) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_limit_spaces_what_goes(clock: Clock) -> None:
    pace = Pace(1000.0, clock)
    assert pace.take(500) == 0.0
    assert pace.take(1) == pytest.approx(0.5)
    clock.now += 0.5
    assert pace.take(1000) == 0.0
    assert pace.take(1) == pytest.approx(1.0)


def test_over_a_long_time_the_limit_is_met_even_by_late_wakers(clock: Clock) -> None:
    pace = Pace(1000.0, clock)
    gone, until = 0, clock.now + 100
    while clock.now < until:
        seconds = pace.take(100)
        if seconds:
            clock.now += seconds + CREDIT_S / 2
        else:
            gone += 100
    assert gone == pytest.approx(100_000, rel=0.02)


def test_idle_time_is_no_credit_for_later(clock: Clock) -> None:
    pace = Pace(1000.0, clock)
    clock.now += 3600
    gone = 0
    while not pace.take(100):
        gone += 100
    assert gone <= 1000 * CREDIT_S + 100


def test_a_new_limit_holds_at_once(clock: Clock) -> None:
    pace = Pace(1.0, clock)
    assert pace.take(3600) == 0.0
    assert pace.take(1) > 3000
    pace.limit = 1000.0
    assert pace.limit == 1000.0
    assert pace.take(1) == 0.0
    pace.limit = -5.0
    assert pace.limit == 0.0


def test_nothing_goes_during_a_pause(clock: Clock) -> None:
    pace = Pace(clock=clock)
    pace.pause()
    assert pace.paused
    assert pace.take(1) > 0
    pace.resume()
    assert not pace.paused
    assert pace.take(1) == 0.0


def test_whoever_waits_goes_on_after_the_pause() -> None:
    pace = Pace()
    pace.pause()
    asked, admitted = threading.Event(), threading.Event()

    def wanted() -> bool:
        asked.set()
        return True

    def go() -> None:
        assert pace.admit(1, wanted)
        admitted.set()

    thread = threading.Thread(target=go)
    thread.start()
    assert asked.wait(30)
    assert not admitted.is_set()
    pace.resume()
    thread.join(30)
    assert admitted.is_set()


def test_what_is_not_wanted_any_more_does_not_wait() -> None:
    pace = Pace()
    pace.pause()
    answers = iter([True, True, False])
    assert not pace.admit(1, lambda: next(answers))
