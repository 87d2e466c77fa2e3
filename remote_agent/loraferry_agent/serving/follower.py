"""Follows one job for a subscriber: first its past events, then each as it is written, and its states."""

import logging
import threading
from collections.abc import Callable, Iterator

from loraferry_agent.jobs.event_log import EventTail, last_complete, settle
from loraferry_agent.jobs.store import JobStore
from loraferry_core.events import Event
from loraferry_core.jobs import JobStatus
from loraferry_core.problems import ProblemError
from loraferry_core.protocol.messages import Events, JobChanged

LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.05
BATCH_EVENTS = 500
BATCH_BYTES = 256 * 1024


class Follower:
    """One subscription, in a thread of its own."""

    def __init__(
        self, store: JobStore, status: JobStatus, after_seq: int, push: Callable[[Events | JobChanged], None]
    ) -> None:
        self._store = store
        self._status = status
        self._push = push
        self._events = store.folder(status.job).events
        self._tail = EventTail(self._events, after_seq)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"follow {status.job}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Push nothing more, soon."""
        self._ended.set()

    def _follow(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            try:
                # The state first: when it says "finished", the event that finished it is read right after.
                status = self._store.status(self._status.job)
            except ProblemError as error:
                if error.problem.code == "job_damaged":
                    continue  # the supervisor writes it anew
                LOG.warning("following %s ends: %s", self._status.job, error)
                return
            self._push_new_events()
            if status != self._status and not self._ended.is_set():
                self._status = status
                self._push(JobChanged(status=status))

    def _push_new_events(self) -> None:
        while (events := self._tail.new(BATCH_EVENTS)) and not self._ended.is_set():
            settle(self._events)
            last_seq = max(last_complete(self._events)[0], events[-1].seq)
            for batch in batches(events):
                self._push(Events(job=self._status.job, events=tuple(batch), last_seq=last_seq))


def batches(events: list[Event]) -> Iterator[list[Event]]:
    """Events in order, cut so that each piece fits into one message."""
    batch: list[Event] = []
    size = 0
    for event in events:
        length = len(event.model_dump_json())
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch
