"""Fetches several files of a run at once, in a few threads, and hands what became of each to whoever waits for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.flow import seconds_left
from loraferry.remote.pace import Pace
from loraferry.remote.pull import pull
from loraferry.remote.sync import SyncProgress
from loraferry_core.events import Artifact

AT_ONCE = 3
"""Files under way of one run: enough that small ones do not wait behind a large one, few enough to share a line."""


@dataclass(frozen=True)
class Hauled:
    """What became of a fetch: where the verified copy is, or why there is none."""

    artifact: Artifact
    path: Path | None = None
    error: BaseException | None = None


@dataclass(frozen=True)
class Haulage:
    """How far the fetches of a run are that are under way now, taken together."""

    job: str
    sync: SyncProgress


class Hauler:
    """Fetches files of `job` into `folder`. `tell` is called in the hauler's threads, once for each file begun."""

    def __init__(
        self, client: AgentClient, job: str, folder: Path, tell: Callable[[Hauled], None], pace: Pace | None = None
    ) -> None:
        self._client, self._job, self._folder, self._tell = client, job, folder, tell
        self._pace = pace
        self._token = CancelToken()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="haul")
        self._lock = threading.Lock()
        self._under_way: dict[str, SyncProgress] = {}

    @property
    def has_room(self) -> bool:
        """Whether another fetch would begin at once."""
        with self._lock:
            return len(self._under_way) < AT_ONCE

    @property
    def now(self) -> Haulage | None:
        """How far the fetches are; None where there are none."""
        with self._lock:
            parts = list(self._under_way.values())
        return Haulage(self._job, _together(parts)) if parts else None

    def begin(self, artifact: Artifact) -> None:
        """Fetch a file. One of the same name must not be under way."""
        with self._lock:
            self._under_way[artifact.name] = SyncProgress(0, artifact.size, 0, 1)
        self._pool.submit(self._haul, artifact).add_done_callback(partial(self._end, artifact))

    def close(self) -> None:
        """Break off and wait for the threads; what was verified is used next time."""
        self._token.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _haul(self, artifact: Artifact) -> Path:
        def watch(progress: SyncProgress) -> None:
            with self._lock:
                self._under_way[artifact.name] = progress

        return pull(
            self._client, self._job, artifact, self._folder, lambda done, total: None, self._token,
            pace=self._pace, watch=watch,
        )  # fmt: skip

    def _end(self, artifact: Artifact, fetch: "Future[Path]") -> None:
        with self._lock:
            del self._under_way[artifact.name]
        if fetch.cancelled():
            return
        error = fetch.exception()
        if not isinstance(error, Cancelled):
            self._tell(Hauled(artifact, None if error else fetch.result(), error))


def _together(parts: list[SyncProgress]) -> SyncProgress:
    """Several transfers that share a line. What holds up the one with the most left holds them up."""
    rate = sum(part.rate for part in parts)
    left = sum(part.bytes_total - part.bytes_done for part in parts)
    largest = max(parts, key=lambda part: part.bytes_total - part.bytes_done)
    return SyncProgress(
        bytes_done=sum(part.bytes_done for part in parts),
        bytes_total=sum(part.bytes_total for part in parts),
        files_done=0,
        files_total=len(parts),
        rate=rate,
        eta_s=seconds_left(left, rate),
        paused=any(part.paused for part in parts),
        slow=largest.slow,
    )
