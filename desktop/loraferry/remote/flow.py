"""How much may be under way on a link, over how many channels, and why it is as fast as it is. Pure: clocks are handed
in.

The amount follows the model of BBR (Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue 14.5, 2016):
what the link carries in one round trip keeps it full, and everything more only waits in front of our own pings. So there
is never more under way than the best rate seen lately carries in a round trip and `QUEUE_S` (or `READ_QUEUE_S`).
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

Slow = Literal["", "round_trip", "uplink", "cap", "machine"]

FIRST = 512 * 1024
"""Bytes that may be under way while nothing is known of the link."""
LEAST = 64 * 1024
MOST = 64 * 2**20
"""Bytes that may be under way, however slow and however fast the link is."""
QUEUE_S = 0.3
"""Seconds of data that may wait on the way there. A ping waits behind them."""
READ_QUEUE_S = 0.15
"""The same for the way back. Less, because the news that sent data have arrived waits behind these."""
RATE_S = 2.0
"""Over which a rate is shown."""
MEMORY_S = 4.0
"""How long the best rate counts."""
ROUND_TRIP_S = 10.0
"""How long the shortest round trip counts; then the queue is let run dry to see it anew."""
DRY = 0.75
"""Share of a full link that is under way meanwhile."""

WINDOW = 2 * 2**20
"""Bytes that OpenSSH's server takes ahead of the command on one channel (CHAN_SES_WINDOW_DEFAULT)."""
MOST_CHANNELS = 4
FULL = 0.85
"""Share of what the windows allow from which on they are what limits."""
WORTH_S = 2.0
"""A channel costs a few round trips and the start of an agent: for less than this it is not opened."""

CAPPED = 0.8
UNWRITTEN = 2**20
"""Bytes heard and not written yet from which on the other side's disk or processor is what limits."""

PIECE_S = 0.1
SMALLEST_PIECE = 16 * 1024


class Rate:
    """Bytes a second over the last `RATE_S`, of a count that grows."""

    def __init__(self, now: float) -> None:
        self._history: deque[tuple[float, int]] = deque([(now, 0)])

    def begin(self, count: int, now: float) -> None:
        """Something starts again; a pause before it is not to look like a slow link."""
        if now - self._history[-1][0] > RATE_S:
            self._history.clear()
            self._history.append((now, count))

    def add(self, count: int, now: float) -> None:
        """Note where the count is."""
        self._history.append((now, count))
        while len(self._history) > 2 and self._history[1][0] < now - RATE_S:
            self._history.popleft()

    def value(self) -> float:
        """The rate."""
        (start, before), (end, after) = self._history[0], self._history[-1]
        return (after - before) / max(end - start, 1e-3)


@dataclass
class Parcel:
    """Some bytes on their way: when they were handed over, and how much had arrived by then."""

    size: int
    begun: float
    arrived_before: int
    handed: float | None = None
    """When the link had taken the last of them."""
    is_dry: bool = False


class Flow:
    """Counts bytes sent and bytes that arrived, and says how much more may go."""

    def __init__(self, now: float, queue_s: float = QUEUE_S) -> None:
        self.sent = 0
        self.arrived = 0
        self.round_trip = 0.0
        """The shortest seen lately, in seconds; 0 while unknown."""
        self._queue_s = queue_s
        self._seen_at = now
        self._dry = False
        self._rates: deque[tuple[float, float]] = deque()
        """(time, bytes a second) of the samples that are still the best from their time on."""
        self._lately = Rate(now)

    @property
    def under_way(self) -> int:
        """Bytes sent that are not known to have arrived."""
        return self.sent - self.arrived

    def send(self, size: int, now: float) -> Parcel:
        """Note that `size` bytes are handed to the link; `arrive` is told of them when they are there."""
        is_dry = self._dry and self.under_way <= self._full() * DRY
        if self.under_way == 0:
            self._lately.begin(self.arrived, now)
        self.sent += size
        return Parcel(size, now, self.arrived, is_dry=is_dry)

    def lose(self, parcel: Parcel) -> None:
        """Note that a parcel will not arrive."""
        self.sent -= parcel.size

    def arrive(self, parcel: Parcel, now: float) -> None:
        """Note that a parcel is there."""
        self.arrived += parcel.size
        self._lately.add(self.arrived, now)
        rate = (self.arrived - parcel.arrived_before) / max(now - parcel.begun, 1e-4)
        while self._rates and self._rates[0][0] < now - MEMORY_S:
            self._rates.popleft()
        while self._rates and self._rates[-1][1] <= rate:
            self._rates.pop()
        self._rates.append((now, rate))
        if parcel.handed is not None:
            self._measure(max(now - parcel.handed, 1e-4), parcel.is_dry, now)

    def _measure(self, latency: float, is_dry: bool, now: float) -> None:
        if not self.round_trip or latency <= self.round_trip or is_dry:
            self.round_trip, self._seen_at, self._dry = latency, now, False
        elif now - self._seen_at > ROUND_TRIP_S:
            self._dry = True

    def rate(self) -> float:
        """Bytes a second that arrived lately."""
        return self._lately.value()

    def best_rate(self) -> float:
        """Bytes a second that the link has shown to carry lately; 0 while unknown."""
        return self._rates[0][1] if self._rates else 0.0

    def _full(self) -> float:
        """Bytes that fill the link."""
        return self.best_rate() * self.round_trip

    def limit(self) -> int:
        """Bytes that may be under way now."""
        if not self._rates or not self.round_trip:
            return FIRST
        wanted = self._full() * DRY if self._dry else self._full() + self.best_rate() * self._queue_s
        return int(min(MOST, max(LEAST, wanted)))

    def has_room(self) -> bool:
        """Whether more may be sent now."""
        return self.under_way < self.limit()

    def piece(self, most: int, cap: float = 0.0) -> int:
        """Bytes to send in one go: what passes in `PIECE_S`, so that nothing waits long behind them."""
        known = [rate for rate in (self.best_rate(), cap) if rate]
        return int(min(most, max(SMALLEST_PIECE, min(known) * PIECE_S) if known else FIRST // 2))


def channels_needed(rate: float, round_trip: float, open_now: int, left: int, window: int = WINDOW) -> int:
    """How many channels a transfer of `left` more bytes is to use, one more than now at most.

    One channel carries `window` bytes a round trip, whatever the link could. A further one is worth its while once the
    rate has come close to what the open ones allow, and what is left takes more than `WORTH_S`.
    """
    if round_trip <= 0 or rate <= 0 or open_now >= MOST_CHANNELS or left < rate * WORTH_S:
        return open_now
    return open_now + (rate >= FULL * open_now * window / round_trip)


def why_slow(
    *,
    rate: float,
    round_trip: float,
    under_way: int,
    limit: int,
    channels: int,
    cap: float = 0.0,
    unwritten: int = 0,
    window: int = WINDOW,
) -> Slow:
    """What keeps a transfer from being faster. The first that holds:

    1. `cap`: the rate is close to the user's own limit.
    2. `""`: less than half of what may be under way is (`limit`, or all windows together), so this computer does not
       find, read or encrypt more in time; or nothing has arrived yet.
    3. `machine`: over there blobs pile up in memory, unwritten, for its disk or processor.
    4. `round_trip`: the rate is close to what the windows allow, one of them a channel and round trip.
    5. `uplink`: the line itself.
    """
    if cap and rate >= CAPPED * cap:
        return "cap"
    if rate <= 0 or under_way < min(limit, channels * window) / 2:
        return ""
    if unwritten >= UNWRITTEN:
        return "machine"
    if round_trip > 0 and rate >= FULL * channels * window / round_trip:
        return "round_trip"
    return "uplink"


def seconds_left(left: int, rate: float) -> float | None:
    """How long the rest takes; None while that cannot be told."""
    return left / rate if rate > 0 else None


class Shared:
    """One flow for several transfers of one direction, each of which gets an equal part. Thread-safe."""

    def __init__(self, now: float) -> None:
        self._flow = Flow(now, READ_QUEUE_S)
        self._users = 0
        self._lock = threading.Lock()

    def join(self) -> None:
        """One transfer more."""
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        """One transfer less."""
        with self._lock:
            self._users -= 1

    def part(self) -> int:
        """Bytes that each transfer may have under way."""
        with self._lock:
            return self._flow.limit() // max(1, self._users)

    def piece(self, most: int, cap: float) -> int:
        """See `Flow.piece`; smaller where several share."""
        with self._lock:
            return max(1, self._flow.piece(most, cap) // max(1, self._users))

    def round_trip(self) -> float:
        """See `Flow`."""
        with self._lock:
            return self._flow.round_trip

    def send(self, size: int, now: float) -> Parcel:
        """See `Flow`."""
        with self._lock:
            parcel = self._flow.send(size, now)
            parcel.handed = now
            return parcel

    def arrive(self, parcel: Parcel, now: float) -> None:
        """See `Flow`."""
        with self._lock:
            self._flow.arrive(parcel, now)

    def lose(self, parcel: Parcel) -> None:
        """See `Flow`."""
        with self._lock:
            self._flow.lose(parcel)
