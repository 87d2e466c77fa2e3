"""When a silent link becomes a suspect one, and when it is given up. Pure: the clock is handed in."""

from dataclasses import dataclass
from enum import Enum


class LinkState(str, Enum):
    """How it stands with the way to a machine. Says nothing about the jobs there."""

    ONLINE = "online"
    SUSPECT = "suspect"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Patience:
    """Seconds between our own pings, and of silence until a link is suspect and until it is offline."""

    ping: float = 5.0
    suspect: float = 15.0
    offline: float = 30.0


def state_after(silence: float, patience: Patience) -> LinkState:
    """The state of a link on which nothing was heard for `silence` seconds."""
    if silence >= patience.offline:
        return LinkState.OFFLINE
    return LinkState.SUSPECT if silence >= patience.suspect else LinkState.ONLINE


def backoff(attempt: int, jitter: float, first: float = 0.5, longest: float = 30.0) -> float:
    """Seconds to wait before dial `attempt` (from 0): doubling, at most `longest`, spread by `jitter` in 0 … 1 so that
    many clients do not come back at the same moment."""
    full = float(min(longest, first * 2 ** min(attempt, 32)))
    return full * (0.5 + 0.5 * jitter)
