import pytest

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
