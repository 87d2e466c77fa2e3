import pytest

from loraferry.ferry.meter import Meter, meter_of, stop_news
from loraferry_core.guards import Fired, GuardState
from loraferry_core.host import HostLoad


def guards(word: str, time: float = 100.0, started: float = 50.0) -> GuardState:
    return GuardState(started=started, fired=Fired.model_validate({"kind": "idle", "time": time, "word": word}))


@pytest.mark.parametrize(
    ("word", "heard", "news"),
    [
        ("ordered", True, "ordered"),
        ("ordered", False, "silent"),
        ("refused", True, "refused"),
        ("refused", False, "refused"),
        ("confirmed", True, "confirmed"),
        ("confirmed", False, "confirmed"),
    ],
)
def test_a_stop_is_called_what_is_known_of_it(word: str, heard: bool, news: str) -> None:
    assert stop_news(guards(word), heard=heard) == news


def test_no_stop_is_none_and_neither_is_one_before_the_last_start() -> None:
    assert stop_news(GuardState(), heard=False) is None
    assert stop_news(guards("ordered", time=100.0, started=200.0), heard=True) is None


def load(started: float, now: float) -> HostLoad:
    return HostLoad(time=now, guards=GuardState(started=started))


def test_hours_cost_what_they_cost() -> None:
    assert meter_of(load(1000.0, 1000.0 + 5400), 0.40, "USD") == Meter(5400.0, pytest.approx(0.6), "USD")
    assert meter_of(load(1000.0, 4600.0), 0.0, "CNY") == Meter(3600.0, None, "CNY")


@pytest.mark.parametrize("started", [0.0, 2000.0])
def test_a_start_that_is_not_known_makes_no_meter(started: float) -> None:
    assert meter_of(load(started, 1000.0), 1.0, "USD") is None
