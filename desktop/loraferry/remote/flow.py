"""How much may be under way on a link: as much as it carries in a few seconds, so that pings stay quick. Pure."""

from collections import deque

LEAST = 512 * 1024
MOST = 64 * 2**20
SECONDS = 3.0
"""Of data under way. On a slow line more would make our own pings look lost."""
MEMORY = 2.0
"""Seconds over which the rate is measured."""


class Flow:
    """Counts bytes sent and bytes that arrived; the clock is handed in."""

    def __init__(self, now: float) -> None:
        self.sent = 0
        self.arrived = 0
        self._history: deque[tuple[float, int]] = deque([(now, 0)])

    @property
    def under_way(self) -> int:
        """Bytes sent that are not known to have arrived."""
        return self.sent - self.arrived

    def arrive(self, size: int, now: float) -> None:
        """Note that `size` more bytes are there."""
        self.arrived += size
        self._history.append((now, self.arrived))
        while len(self._history) > 2 and self._history[1][0] < now - MEMORY:
            self._history.popleft()

    def rate(self) -> float:
        """Bytes a second that arrived lately."""
        (start, before), (end, after) = self._history[0], self._history[-1]
        return (after - before) / max(end - start, 1e-3)

    def has_room(self) -> bool:
        """Whether more may be sent now."""
        return self.under_way < min(MOST, max(LEAST, self.rate() * SECONDS))
