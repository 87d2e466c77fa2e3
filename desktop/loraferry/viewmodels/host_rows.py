"""What the window shows of a host: plain values, and the log that grows while a host is set up."""

from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum
from threading import Lock
from typing import Any, Literal

from loraferry.ferry.door import SetupPhase
from loraferry.remote.hosts import LOCAL
from loraferry.remote.vendors import Vendor
from loraferry_core.guards import GuardSettings
from loraferry_core.host import HostFacts
from loraferry_core.names import without_control_characters
from loraferry_core.problems import Problem

LOG_LINES = 2000


class HostState(Enum):
    """How it stands with a host. Says nothing about the jobs there."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    SUSPECT = "suspect"
    LOST = "lost"
    """The link broke; it is made again by itself."""


@dataclass(frozen=True)
class HostDraft:
    """An address as it is typed in. Port 0 and empty texts are left to the user's ssh settings."""

    name: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    key_path: str = ""
    jump: str = ""
    password: str = field(default="", repr=False)
    transport: Literal["", "paramiko", "openssh"] = ""
    vendor: str = ""
    """Empty: detected."""
    work: str = ""
    caches: str = ""
    python: str = ""
    price: float = 0.0
    """An hour; 0 where it was not said."""
    currency: str = "USD"

    def replace(self, **changes: Any) -> "HostDraft":
        """The same with other values in some fields."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Setup:
    """How far the way to a host is; 0 of 0 where it cannot be counted."""

    phase: SetupPhase
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class HostRow:
    """A host as the page shows it. `silence` is seconds since it was last heard, None where that means nothing; `waits`
    those until a lost link is tried again, None while it is being tried."""

    id: str
    name: str
    address: str
    state: HostState
    facts: HostFacts | None = None
    problem: Problem | None = None
    setup: Setup | None = None
    silence: float | None = None
    waits: float | None = None
    draft: HostDraft | None = None
    """What its form begins with; None for this computer."""
    vendor: Vendor | None = None
    """Whose machine it is, detected or chosen; None for this computer."""
    price: float = 0.0
    """An hour; 0 where it is not known."""
    currency: str = "USD"
    guards: GuardSettings | None = None
    """What the guards may do, as was answered; None until that was asked."""

    @property
    def local(self) -> bool:
        """Whether it is this computer."""
        return self.id == LOCAL


class SetupLog:
    """The last lines that came in while a machine was set up: written by a worker, read by the window."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: deque[str] = deque(maxlen=LOG_LINES)

    def add(self, line: str) -> None:
        """Keep one more line, without control characters."""
        with self._lock:
            self._lines.append(without_control_characters(line).rstrip())

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self._lines.clear()

    def text(self) -> str:
        """All lines."""
        with self._lock:
            return "\n".join(self._lines)
