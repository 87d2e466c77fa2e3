import pytest

from loraferry.remote.flow import LEAST, MOST, SECONDS, Flow
from loraferry.remote.liveness import LinkState, Patience, backoff, state_after


@pytest.mark.parametrize(
    ("silence", "state"),
    [
        (0, LinkState.ONLINE),
        (14.9, LinkState.ONLINE),
        (15, LinkState.SUSPECT),
        (29.9, LinkState.SUSPECT),
        (30, LinkState.OFFLINE),
    ],
)
def test_states(silence: float, state: LinkState) -> None:
    assert state_after(silence, Patience()) is state


def test_backoff_doubles_up_to_a_limit_and_is_spread() -> None:
    assert [backoff(attempt, 1.0) for attempt in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff(3, 0.0) == 2
    assert backoff(10**6, 1.0) == 30


def test_flow_grows_with_what_arrives() -> None:
    flow = Flow(0.0)
    assert flow.has_room()
    flow.sent = LEAST
    assert not flow.has_room()
    flow.arrive(LEAST, 0.1)
    assert flow.rate() == pytest.approx(LEAST / 0.1)
    flow.sent += int(flow.rate() * SECONDS) - 1
    assert flow.has_room()
    flow.sent += 2
    assert not flow.has_room()


def test_flow_forgets_old_rates_and_has_an_end() -> None:
    flow = Flow(0.0)
    for second in range(1, 11):
        flow.sent += MOST
        flow.arrive(MOST, float(second))
    assert flow.rate() == pytest.approx(MOST)
    flow.sent += MOST
    assert not flow.has_room()
    for second in range(11, 15):
        flow.arrive(1, float(second))
    assert flow.rate() < 2
