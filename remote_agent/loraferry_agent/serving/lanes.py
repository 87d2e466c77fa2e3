"""Work beside the reading: one thread a kind of request, in order, so that slow ones hold up only their like."""

import threading
from collections import deque
from collections.abc import Callable
from enum import Enum


class Lane(str, Enum):
    """Which requests wait for each other."""

    NOW = "now"
    """In the reading thread itself: takes no time."""
    BLOBS = "blobs"
    """Has `SHARDS` threads: making a file, hashing and writing of several blobs overlap."""
    SEALS = "seals"
    MANIFESTS = "manifests"
    CHECKS = "checks"
    """Reads whole blobs again."""
    JOBS = "jobs"
    ORDERS = "orders"
    COPIES = "copies"
    """Hashes artifacts."""
    LOAD = "load"
    GUARDS = "guards"
    FACTS = "facts"
    STORAGE = "storage"
    FINDING = "finding"
    FETCHING = "fetching"
    FETCHES = "fetches"
    CAPTIONING = "captioning"
    CAPTIONS = "captions"
    """Waits for what a model finds."""
    SECRETS = "secrets"


SHARDS = 2
MAX_WAITING = 1024
"""Pieces of work that may wait in a lane; then the reading waits, and with it the sender."""
MAX_BYTES = 2 * 2**20
"""Bytes these pieces may hold together. A ping waits behind them when the disk is slower than the link."""

Work = Callable[[], None]


class Lanes:
    """The threads. They are daemons: nothing they do must be finished when the connection ends."""

    def __init__(self) -> None:
        self._queues: dict[tuple[Lane, int], _Queue] = {}

    def run(self, lane: Lane, work: Work, size: int = 0, shard: int = 0) -> None:
        """Do `work`, which holds `size` bytes, in its turn: after all that came before under the same lane and shard."""
        if lane is Lane.NOW:
            work()
            return
        key = (lane, shard % SHARDS)
        if key not in self._queues:
            self._queues[key] = _Queue(lane.value)
        self._queues[key].put(work, size)

    def waiting(self, lane: Lane) -> int:
        """Bytes of the lane's work that is not done."""
        return sum(queue.size for (of, _), queue in list(self._queues.items()) if of is lane)


class _Queue:
    """Work in order, done by one thread."""

    def __init__(self, name: str) -> None:
        self.size = 0
        self._work: deque[tuple[Work, int]] = deque()
        self._changed = threading.Condition()
        self._idle = self._full = False
        threading.Thread(target=self._do_all, name=name, daemon=True).start()

    def put(self, work: Work, size: int) -> None:
        """Have it done; waits while too much is waiting."""
        with self._changed:
            while len(self._work) >= MAX_WAITING or (self._work and self.size + size > MAX_BYTES):
                self._full = True
                self._changed.wait()
            self._work.append((work, size))
            self.size += size
            if self._idle:
                self._changed.notify_all()

    def _do_all(self) -> None:
        while True:
            with self._changed:
                while not self._work:
                    self._idle = True
                    self._changed.wait()
                self._idle = False
                work, size = self._work.popleft()
            work()
            with self._changed:
                self.size -= size
                if self._full:
                    self._full = False
                    self._changed.notify_all()
