"""How much may be under way, how many channels it takes, and why it is as fast as it is."""

import pytest

from loraferry.remote.flow import (
    FIRST,
    LEAST,
    MOST,
    MOST_CHANNELS,
    QUEUE_S,
    RATE_S,
    ROUND_TRIP_S,
    SMALLEST_PIECE,
    WINDOW,
    Flow,
    Parcel,
    Shared,
    channels_needed,
    seconds_left,
    why_slow,
)

MB = 10**6


class Line:
    """A line of `rate` bytes a second and `round_trip` seconds, in its own time."""

    def __init__(self, rate: float, round_trip: float) -> None:
        self.rate, self.round_trip = rate, round_trip
        self.now = self.free = 0.0
        self.flow = Flow(0.0)
        self.going: list[tuple[float, Parcel]] = []

    def run(self, seconds: float, piece: int = 64 * 1024) -> None:
        """Send whenever there is room."""
        end = self.now + seconds
        while self.now < end:
            while self.flow.has_room():
                parcel = self.flow.send(piece, self.now)
                parcel.handed = self.now
                self.free = max(self.free, self.now) + piece / self.rate
                self.going.append((self.free + self.round_trip, parcel))
            self.now, parcel = self.going.pop(0)
            self.flow.arrive(parcel, self.now)


@pytest.mark.parametrize(
    ("rate", "round_trip"), [(0.5 * MB, 0.05), (8.75 * MB, 0.16), (25 * MB, 0.1), (100 * MB, 0.01)]
)
def test_a_line_is_kept_full_and_nothing_waits_long(rate: float, round_trip: float) -> None:
    line = Line(rate, round_trip)
    line.run(3.0)
    arrived, since = line.flow.arrived, line.now
    line.run(5.0)
    assert (line.flow.arrived - arrived) / (line.now - since) > 0.95 * rate
    assert line.flow.rate() == pytest.approx(rate, rel=0.05)
    assert line.flow.limit() <= rate * (round_trip + QUEUE_S) * 1.3 + LEAST
    assert line.flow.round_trip < round_trip * 1.6 + 0.15


def test_the_limit_has_bounds() -> None:
    flow = Flow(0.0)
    assert flow.limit() == FIRST
    parcel = flow.send(1, 0.0)
    parcel.handed = 0.0
    flow.arrive(parcel, 100.0)
    assert flow.limit() == LEAST
    parcel = flow.send(10**12, 100.0)
    parcel.handed = 100.0
    flow.arrive(parcel, 100.1)
    assert flow.limit() == MOST


def test_what_is_lost_is_not_under_way() -> None:
    flow = Flow(0.0)
    parcel = flow.send(1000, 0.0)
    assert flow.under_way == 1000
    flow.lose(parcel)
    assert flow.under_way == 0


def test_a_longer_way_is_found_out_by_letting_the_queue_run_dry() -> None:
    line = Line(10 * MB, 0.05)
    line.run(2.0)
    line.round_trip = 0.3
    line.run(3 * ROUND_TRIP_S)
    assert line.flow.round_trip > 0.25


def test_a_pause_is_no_slow_line() -> None:
    line = Line(10 * MB, 0.05)
    line.run(2.0)
    while line.going:
        line.now, parcel = line.going.pop(0)
        line.flow.arrive(parcel, line.now)
    line.now += 10 * RATE_S
    line.run(1.0)
    assert line.flow.rate() > 5 * MB


def test_pieces_are_as_small_as_the_line_is_slow() -> None:
    flow = Flow(0.0)
    assert flow.piece(10**9) == FIRST // 2
    assert flow.piece(10**9, cap=1 * MB) == MB // 10
    assert flow.piece(1000) == 1000
    assert flow.piece(10**9, cap=10) == SMALLEST_PIECE


@pytest.mark.parametrize(
    ("rate", "round_trip", "now", "left", "wanted"),
    [
        (0, 0.2, 1, 10**9, 1),
        (WINDOW / 0.2, 0.2, 1, 10**9, 2),
        (WINDOW / 0.2 / 2, 0.2, 1, 10**9, 1),
        (2 * WINDOW / 0.2, 0.2, 2, 10**9, 3),
        (WINDOW / 0.2, 0.2, 1, 1000, 1),
        (99 * WINDOW, 0.2, MOST_CHANNELS, 10**12, MOST_CHANNELS),
        (WINDOW, 0.0, 1, 10**9, 1),
    ],
)
def test_a_channel_is_added_where_the_window_limits(
    rate: float, round_trip: float, now: int, left: int, wanted: int
) -> None:
    assert channels_needed(rate, round_trip, now, left) == wanted


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "uplink"),
        ({"cap": 1.1 * MB}, "cap"),
        ({"under_way": 1000}, ""),
        ({"rate": 0.0}, ""),
        ({"unwritten": 2**21}, "machine"),
        ({"rate": WINDOW / 0.16, "under_way": WINDOW, "limit": MOST}, "round_trip"),
    ],
)
def test_why_it_is_slow(changes: dict[str, float], reason: str) -> None:
    line = {"rate": 1.0 * MB, "round_trip": 0.16, "under_way": 400_000, "limit": 500_000, "channels": 1, **changes}
    assert why_slow(**line) == reason  # type: ignore[arg-type]


def test_the_rest_takes_as_long_as_the_rate_says() -> None:
    assert seconds_left(100, 10) == 10
    assert seconds_left(100, 0) is None


def test_several_share_alike() -> None:
    shared = Shared(0.0)
    whole = shared.part()
    shared.join()
    shared.join()
    assert shared.part() == whole // 2
    shared.leave()
    assert shared.part() == whole
    parcel = shared.send(1000, 0.0)
    shared.arrive(parcel, 0.5)
    assert shared.round_trip() == pytest.approx(0.5)
    shared.lose(shared.send(10, 1.0))
    assert shared.piece(10**9, cap=0.0) <= FIRST
