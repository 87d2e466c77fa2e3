"""Which process is which: a pid together with its start and the machine's, so that a reused pid fools nobody."""

import hashlib
import os
from dataclasses import asdict, dataclass
from typing import Any

from loraferry_agent import platform


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, for ever."""

    pid: int
    start: str
    boot: str

    def is_alive(self) -> bool:
        """Whether exactly this process still runs."""
        return self.boot == platform.boot_id() and platform.started_at(self.pid) == self.start

    def is_of_this_boot(self) -> bool:
        """Whether the machine has not been restarted since."""
        return self.boot == platform.boot_id()

    def as_json(self) -> dict[str, Any]:
        """The fields, ready for json."""
        return asdict(self)

    def token(self) -> str:
        """A short form that may stand in a file name."""
        return f"{self.pid}-{hashlib.sha256(f'{self.start} {self.boot}'.encode()).hexdigest()[:12]}"


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of a running process; None when there is none under this pid."""
    start = platform.started_at(pid)
    return None if start is None else ProcessIdentity(pid, start, platform.boot_id())


def identify_self() -> ProcessIdentity:
    """The identity of the calling process."""
    identity = identify(os.getpid())
    assert identity is not None
    return identity


def token_is_alive(token: str) -> bool:
    """Whether the process that `ProcessIdentity.token` named still runs."""
    pid = token.partition("-")[0]
    identity = identify(int(pid)) if pid.isdigit() else None
    return identity is not None and identity.token() == token
