"""Work beside the reading: one thread a kind of request, in order, so that slow ones hold up only their like."""

import queue
import threading
from collections.abc import Callable
from enum import Enum


class Lane(str, Enum):
    """Which requests wait for each other."""

    NOW = "now"
    """In the reading thread itself: takes no time."""
    BLOBS = "blobs"
    MANIFESTS = "manifests"
    JOBS = "jobs"
    ORDERS = "orders"
    READS = "reads"
    FACTS = "facts"


MAX_WAITING = 32
"""Pieces of work that may wait in a lane; then the reading waits, and with it the sender."""


class Lanes:
    """The threads. They are daemons: nothing they do must be finished when the connection ends."""

    def __init__(self) -> None:
        self._queues: dict[Lane, queue.Queue[Callable[[], None]]] = {}

    def run(self, lane: Lane, work: Callable[[], None]) -> None:
        """Do `work` in its turn."""
        if lane is Lane.NOW:
            work()
            return
        if lane not in self._queues:
            self._queues[lane] = queue.Queue(MAX_WAITING)
            threading.Thread(target=self._work, args=(self._queues[lane],), name=lane.value, daemon=True).start()
        self._queues[lane].put(work)

    def _work(self, waiting: "queue.Queue[Callable[[], None]]") -> None:
        while True:
            waiting.get()()
