"""One conversation over two descriptors: reads frames, has each request handled in its lane, answers it once."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO

from loraferry_agent.blobs.incoming import Receiver
from loraferry_agent.jobs.artifacts import open_artifact
from loraferry_agent.jobs.launch import Settings
from loraferry_agent.serving.agent import Agent
from loraferry_agent.serving.follower import Follower
from loraferry_agent.serving.lanes import Lane, Lanes, Work
from loraferry_agent.serving.outbox import Outbox
from loraferry_agent.serving.reads import Reads
from loraferry_core.problems import Problem, ProblemError, problem
from loraferry_core.protocol.codec import Bulk, Frame, RemoteProtocolError
from loraferry_core.protocol.messages import Answer, Events, JobChanged, Put, Read, Refused, Reply, Request
from loraferry_core.protocol.session import AgentSession

LOG = logging.getLogger(__name__)
READ_BYTES = 1024 * 1024
FLUSH_SECONDS = 5.0
SEAL_BYTES = 256 * 2**20
"""Of blobs that came in until they are forced onto the disk, without waiting for the commit."""
ACTIVITY_SECONDS = 10.0
"""Between two notes that data go to or from this machine."""

Handler = Callable[["Connection", Any], Answer | None]
"""Gives the answer, or None when it answers later. Raises ProblemError, OSError or ValueError to refuse."""
BulkHandler = Callable[["Connection", Bulk], None]
Table = Mapping[type, tuple[Lane, Handler]]
"""For each request the lane where it waits for its turn, and what is done."""


class Connection:
    """State of one connection: who talks, what is on its way in, which jobs are followed."""

    def __init__(self, settings: Settings, incoming: int, outgoing: int, table: Table, take_bulk: BulkHandler) -> None:
        self.settings = settings
        self.followers: dict[str, Follower] = {}
        self.puts: dict[int, int] = {}
        """Stream to the number of its `Put`, until that is answered."""
        self._incoming = incoming
        self._table = table
        self._take_bulk = take_bulk
        self._violation = ""
        self._session = AgentSession()
        self._session_lock = threading.Lock()
        self._outbox = Outbox(outgoing)
        self._lanes = Lanes()
        self._reads = Reads(self._open_artifact, self.push, self._answer_read, self._refuse)
        self._agent: Agent | None = None
        self._receiver: Receiver | None = None
        self._transfer_noted = 0.0
        self._waiting_since: float | None = None

    @property
    def agent(self) -> Agent:
        """The services; there once hello was answered."""
        assert self._agent is not None
        return self._agent

    @property
    def receiver(self) -> Receiver:
        """The blobs coming in; there once hello was answered."""
        assert self._receiver is not None
        return self._receiver

    def keep_guarded(self) -> None:
        """Start a supervisor where armed guards have none: without a job nobody else would notice that it died."""
        if self._agent is not None:
            try:
                self._agent.ensure_guarded()
            except OSError as error:
                LOG.warning("no supervisor for the guards: %s", error)

    def open(self, agent: Agent) -> None:
        """Hello was understood."""
        self._agent = agent
        self._receiver = Receiver(agent.blobs)

    # ---- saying ----

    def answer(self, request: int, answer: Answer, after_bulk: bool = False) -> None:
        """Answer a request; `after_bulk` keeps the answer behind the data that belong to it."""
        with self._session_lock:
            frame = self._session.reply(Reply(re=request, answer=answer))
        if after_bulk:
            self._outbox.send(frame)
        else:
            self._outbox.say(frame)

    def push(self, frame: Events | JobChanged | Bulk) -> None:
        """Say something unasked, news before bulk; waits while much of its kind is waiting already."""
        with self._session_lock:
            data = self._session.push(frame)
        if isinstance(frame, Bulk):
            self._outbox.send(data)
        else:
            self._outbox.tell(data)

    # ---- later ----

    def read(self, request: Read) -> None:
        """Send a block of an artifact in its turn, then the answer."""
        self._reads.add(request)

    def answer_in(self, lane: Lane, request: Request, handler: "Handler") -> None:
        """Handle a request in another lane than its kind."""
        self._lanes.run(lane, partial(self._handle, request, handler))

    def run_later(self, lane: Lane, work: Work) -> None:
        """Do something that nobody waits for; where the disk refuses it, that is only written down."""

        def attempt() -> None:
            try:
                work()
            except OSError as error:
                LOG.warning("%s: %s", lane.value, error)

        self._lanes.run(lane, attempt)

    @property
    def unwritten(self) -> int:
        """Bytes of blobs that were heard and are not on the disk yet."""
        return self._lanes.waiting(Lane.BLOBS)

    def note_transfer(self) -> None:
        """Data go to or from this machine: no guard may take it for idle."""
        now = time.monotonic()
        if now - self._transfer_noted > ACTIVITY_SECONDS or not self._transfer_noted:
            self._transfer_noted = now
            self.settings.layout.activity.touch()

    def _open_artifact(self, job: str, name: str) -> BinaryIO:
        self.note_transfer()
        return open_artifact(self.agent.jobs.folder(job), name)

    def _answer_read(self, request: int, answer: Answer) -> None:
        self.answer(request, answer, after_bulk=True)

    def _refuse(self, request: Request, error: ProblemError | OSError) -> None:
        self.answer(request.id, Refused(problem=named(error)), after_bulk=True)

    # ---- hearing ----

    def silence(self) -> float:
        """Seconds since the other end was last heard of; 0 while this end is busy with what it heard."""
        since = self._waiting_since
        return 0.0 if since is None else time.monotonic() - since

    def run(self) -> int:
        """Talk until the other end closes; gives the exit status: 0, or 2 when it broke the protocol."""
        self._outbox.say(self._session.opening())
        try:
            while data := self._read():
                for frame in self._session.receive(data):
                    self._take(frame)
        except RemoteProtocolError as error:
            LOG.error("protocol: %s", error)
            return 2
        finally:
            self._close()
        return 0

    def _read(self) -> bytes:
        self._waiting_since = time.monotonic()
        data = os.read(self._incoming, READ_BYTES)
        self._waiting_since = None
        return data

    def _close(self) -> None:
        for follower in self.followers.values():
            follower.end()
        if self._receiver is not None:
            self._receiver.close()
        self._outbox.close(FLUSH_SECONDS)

    def _take(self, frame: Frame) -> None:
        if self._violation:
            raise RemoteProtocolError(self._violation)
        if isinstance(frame, Bulk):
            self._lanes.run(Lane.BLOBS, partial(self._take_bulk, self, frame), len(frame.data), frame.stream)
        elif not isinstance(frame, Reply | Events | JobChanged):
            lane, handler = self._table[type(frame)]
            shard = frame.stream if isinstance(frame, Put) else 0
            self._lanes.run(lane, partial(self._handle, frame, handler), shard=shard)

    def _handle(self, request: Request, handler: Handler) -> None:
        answer: Answer | None
        try:
            answer = handler(self, request)
        except (ProblemError, OSError, ValueError) as error:
            answer = Refused(problem=named(error))
        if answer is not None:
            self.answer(request.id, answer)

    def hang_up(self, violation: str) -> None:
        """End the conversation before the next frame is heard: the other end broke the protocol."""
        self._violation = violation


def named(error: ProblemError | OSError | ValueError) -> Problem:
    """The problem to refuse a request with. What is no problem of its own keeps its words as the detail."""
    if isinstance(error, ProblemError):
        return error.problem
    return problem("agent_failed", detail=f"{type(error).__name__}: {error}")
