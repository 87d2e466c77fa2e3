"""A conversation with an agent over a stream: typed questions that block until they are answered, and events.

One thread reads, one pings. Callbacks come on the reading thread and must be quick.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Any, TypeVar

from loraferry.remote.flow import Shared
from loraferry.remote.liveness import LinkState, Patience, state_after
from loraferry.remote.transport import Stream
from loraferry.remote.turn import Turn
from loraferry_core import __version__
from loraferry_core.captioning import CaptioningState, CaptionOrder
from loraferry_core.events import Artifact
from loraferry_core.guards import GuardKind, GuardSettings, GuardState
from loraferry_core.host import HostFacts, HostLoad
from loraferry_core.jobs import JobSpec, JobStatus, Restore
from loraferry_core.models import FetchOrder, FetchState, FoundModel
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Bulk, Frame, RemoteProtocolError
from loraferry_core.protocol.session import DesktopSession, Phase, speaks
from loraferry_core.protocol.version import PROTOCOL
from loraferry_core.storage import StorageItem, StorageKey

READ_SIZE = 256 * 1024
OUTPUT_TAIL = 4000
"""Characters of the machine's words that go into a problem."""

SLOW_ANSWER_S = 1800.0
"""For what reads whole disks, or waits for one."""
START_S = 120.0
"""For what starts a process there and waits for its first sign."""

A = TypeVar("A")
PushListener = Callable[[m.Events | m.JobChanged], None]
StateListener = Callable[[LinkState], None]


class AgentClient:
    """One stream to one agent. `host` names the machine in problems. Call `hello` first, `close` last."""

    def __init__(
        self,
        stream: Stream,
        host: str,
        *,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        answer_timeout: float = 60.0,
        on_state: StateListener | None = None,
        more: "Callable[[], AgentClient] | None" = None,
    ) -> None:
        self.more = more
        """Opens a further conversation over the same connection, for bulk data; whoever asks for it closes it. Raises
        ProblemError. None where there can be no other."""
        self.agent_id = ""
        """Who the machine is, whatever its address; known after `hello`."""
        self.round_trip = 0.0
        """Seconds that the last of our pings took; 0 before the first."""
        self.reading = Shared(time.monotonic())
        """What all pulls over this connection have under way together."""
        self._stream = stream
        self._host = host
        self._patience = patience
        self._answer_timeout = answer_timeout
        self._on_state = on_state
        self._session = DesktopSession()
        self._lock = threading.Lock()
        """Guards the session, what is waited for, and the order in which requests get their numbers and are sent."""
        self._sending = Turn()
        self._answers: dict[int, Future[Any]] = {}
        self._blocks: dict[int, _Block] = {}
        self._listeners: dict[str, PushListener] = {}
        self._next_stream = 1
        self._heard = time.monotonic()
        self._state = LinkState.ONLINE
        self._ended: ProblemError | None = None
        self._sentinel = threading.Event()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name=f"agent reader {host}", daemon=True)
        self._pinger = threading.Thread(target=self._ping, name=f"agent pinger {host}", daemon=True)
        self._reader.start()

    # ---- the life of the conversation -------------------------------------------------------------------------------

    def hello(self, timeout: float = 60.0) -> m.Welcome:
        """Wait for the agent to begin, and introduce this end.

        Raises ProblemError: `agent_silent` with everything it said instead, `agent_incompatible`.
        """
        deadline = time.monotonic() + timeout
        if not self._sentinel.wait(timeout) or self._session.phase is not Phase.HELLO:
            raise fail("agent_silent", output=self._output())
        theirs = self._session.agent_protocol
        if not speaks(theirs):
            raise fail(
                "agent_incompatible",
                theirs=f"{theirs} ({self._session.agent_product})",
                ours=f"{PROTOCOL} ({__version__})",
            )
        try:
            hello = m.Hello(protocol=PROTOCOL, product=__version__)
            welcome = self._ask(hello, m.Welcome, max(0.1, deadline - time.monotonic()))
        except ProblemError as error:
            if error.problem.code == "link_lost":
                raise fail("agent_silent", output=self._output()) from error
            raise
        self.agent_id = welcome.agent_id
        self._pinger.start()
        return welcome

    @property
    def state(self) -> LinkState:
        """How the link stands."""
        return self._state

    @property
    def silence(self) -> float:
        """Seconds since anything was heard."""
        return time.monotonic() - self._heard

    @property
    def ended(self) -> ProblemError | None:
        """Why the conversation ended; None while it goes on."""
        return self._ended

    def poke(self) -> None:
        """Have the other end give a sign of life, without waiting for it. Raises ProblemError `link_lost`."""
        # A writer that waits for a full link holds the lock; its data ask for a sign of life as well as a ping.
        if not self._sending.acquire(blocking=False):
            return
        try:
            data, answer = self._number(m.Ping())
            self._time(answer)
            self._write(data)
        finally:
            self._sending.release()

    def close(self) -> None:
        """End the conversation; what still waits for an answer fails with `link_lost`. May be called twice, but not
        from a callback."""
        self._closing.set()
        self._stream.close()
        self._reader.join()
        if self._pinger.is_alive():
            self._pinger.join()

    # ---- questions --------------------------------------------------------------------------------------------------

    def list_jobs(self) -> tuple[JobStatus, ...]:
        """All jobs, oldest first."""
        return self._ask(m.ListJobs(), m.Jobs).jobs

    def submit(self, spec: JobSpec, restore: Restore | None = None, held: bool = False) -> JobStatus:
        """Queue a job; again with the same spec gives the same job. Raises ProblemError, such as `job_conflict`."""
        return self._ask(m.Submit(spec=spec, restore=restore, held=held), m.JobIs).status

    def stop(self, job: str, now: bool = False) -> JobStatus:
        """Order a job to end at the next step, or `now`. Raises ProblemError `job_unknown` or `job_state`."""
        return self._ask(m.Stop(job=job, now=now), m.JobIs).status

    def resume(self, job: str) -> JobStatus:
        """Queue an ended job again. Raises ProblemError `job_unknown` or `job_state`."""
        return self._ask(m.Resume(job=job), m.JobIs).status

    def order(self, job: str, action: m.JobAction) -> JobStatus:
        """Hold, release, pause, or have a running job save or sample now. Raises ProblemError as `stop` does."""
        return self._ask(m.Order(job=job, action=action), m.JobIs).status

    def reorder(self, job: str, before: str = "") -> tuple[JobStatus, ...]:
        """Move a queued job; the queue in its new order. Raises ProblemError `job_unknown` or `job_state`."""
        return self._ask(m.Reorder(job=job, before=before), m.Jobs).jobs

    def acknowledge(self, job: str, artifact: Artifact) -> None:
        """Tell that a verified copy is here. Raises ProblemError `artifact_unknown`, `artifact_corrupt`."""
        self._ask(m.Acknowledge(job=job, name=artifact.name, sha256=artifact.sha256), m.Done)

    def subscribe(self, job: str, after_seq: int, listener: PushListener) -> JobStatus:
        """Have all events after `after_seq` told to `listener`, then new ones as they come."""
        self._listeners[job] = listener
        return self._ask(m.Subscribe(job=job, after_seq=after_seq), m.JobIs).status

    def unsubscribe(self, job: str) -> None:
        """Hear no more of a job."""
        self._ask(m.Unsubscribe(job=job), m.Done)
        self._listeners.pop(job, None)

    def facts(self) -> HostFacts:
        """Look at the machine again."""
        return self._ask(m.Facts(), m.FactsAre).facts

    def load(self) -> HostLoad:
        """What the machine is doing now, and its guards."""
        return self._ask(m.Load(), m.LoadIs).load

    def set_guards(self, settings: GuardSettings) -> GuardState:
        """Have the machine's guards keep to these settings."""
        return self._ask(m.SetGuards(settings=settings), m.GuardsAre).guards

    def call_off_guard(self, kind: GuardKind, off: bool) -> GuardState:
        """End the countdown of one guard until something goes on again, or let it count once more."""
        return self._ask(m.CallOffGuard(kind=kind, off=off), m.GuardsAre).guards

    def snooze_guards(self, seconds: float) -> GuardState:
        """Let no guard act for so long; 0 ends an earlier snooze."""
        return self._ask(m.SnoozeGuards(seconds=seconds), m.GuardsAre).guards

    def storage(self) -> tuple[StorageItem, ...]:
        """What is kept on the machine."""
        return self._ask(m.Storage(), m.StorageIs, SLOW_ANSWER_S).items

    def free(self, items: Iterable[StorageKey]) -> tuple[StorageItem, ...]:
        """Remove items that are not in use; what is kept then."""
        return self._ask(m.Free(items=tuple(items)), m.StorageIs, SLOW_ANSWER_S).items

    def find_models(self) -> tuple[FoundModel, ...]:
        """Base models that lie on the machine's disks."""
        return self._ask(m.FindModels(), m.ModelsAre, SLOW_ANSWER_S).models

    def look_at_model(self, place: str) -> FoundModel | None:
        """What lies at a path on the machine; None for what is no base model that is known. Raises ProblemError
        base_not_found and base_pickled."""
        found = self._ask(m.FindModels(place=place), m.ModelsAre, SLOW_ANSWER_S).models
        return found[0] if found else None

    def fetch(self, order: FetchOrder) -> tuple[FetchState, ...]:
        """Begin, or go on, to fetch a model there; it goes on without this connection."""
        return self._ask(m.Fetch(order=order), m.FetchesAre).fetches

    def cancel_fetch(self, fetch: str) -> tuple[FetchState, ...]:
        """End a fetch; what came so far is kept."""
        return self._ask(m.CancelFetch(fetch=fetch), m.FetchesAre).fetches

    def fetches(self) -> tuple[FetchState, ...]:
        """How the fetches stand."""
        return self._ask(m.Fetches(), m.FetchesAre).fetches

    def caption(self, order: CaptionOrder, beside_training: bool = False) -> CaptioningState:
        """Begin, or go on, to describe pictures there; it goes on without this connection. Raises ProblemError:
        manifest_unknown, captioner_busy, captioner_failed."""
        return self._ask(m.Caption(order=order, beside_training=beside_training), m.CaptioningIs, START_S).state

    def captions(self, captioning: str, place: int, wait_s: float) -> m.CaptionsAre:
        """What was found behind a place, waiting a while for it. Raises ProblemError captioning_unknown."""
        question = m.Captions(captioning=captioning, place=place, wait_s=wait_s)
        return self._ask(question, m.CaptionsAre, self._answer_timeout + wait_s)

    def cancel_captioning(self, captioning: str) -> CaptioningState:
        """End an order for captions; what was found is kept. Raises ProblemError captioning_unknown."""
        return self._ask(m.CancelCaptioning(captioning=captioning), m.CaptioningIs).state

    def set_secret(self, name: str, value: str) -> None:
        """Keep a token there, or remove it with an empty value."""
        self._ask(m.SetSecret(name=name, value=value), m.Done)

    def read_log(self, job: str, lines: int = 200) -> str:
        """The end of what the training printed, without control characters."""
        return without_control_characters(self._ask(m.ReadLog(job=job, lines=lines), m.LogTail).text)

    def have(self, manifest: str, verify: bool = False) -> m.Missing:
        """Which blobs of a manifest are missing there; `verify` has all of them read again, which takes long."""
        return self._ask(m.Have(manifest=manifest, verify=verify), m.Missing, SLOW_ANSWER_S if verify else None)

    def commit(self, manifest: str, kind: str = "dataset") -> m.Committed:
        """Make a complete manifest usable. Raises ProblemError `blobs_missing` and others."""
        return self._ask(m.Commit.model_validate({"manifest": manifest, "kind": kind}), m.Committed, SLOW_ANSWER_S)

    def commit_if_complete(self, manifest: str, kind: str = "dataset") -> tuple[m.Missing, m.Committed | None]:
        """`have` and `commit` in one round trip: what is missing, and the commit where nothing is."""
        question = self.send(m.Have(manifest=manifest))
        attempt = self.send(m.Commit.model_validate({"manifest": manifest, "kind": kind}))
        missing = self._wait(question, m.Missing)
        return missing, None if missing.indexes else self._wait(attempt, m.Committed, SLOW_ANSWER_S)

    def read_block(self, job: str, name: str, offset: int, length: int) -> "Future[tuple[bytes, int]]":
        """Ask for a block of an artifact; the future gives its verified bytes and the file's size.

        Several may be on their way at once. The future fails with ProblemError, `artifact_corrupt` among them.
        """
        result: Future[tuple[bytes, int]] = Future()
        with self._lock:
            stream = self._stream_number()
            block = self._blocks[stream] = _Block(offset, length)
        answer = self.send(m.Read(job=job, name=name, offset=offset, length=length, stream=stream))

        def finish(done: "Future[Any]") -> None:
            self._blocks.pop(stream, None)
            try:
                result.set_result(block.checked(name, _expect(done.result(), m.BlockRead)))
            except ProblemError as error:
                result.set_exception(error)

        answer.add_done_callback(finish)
        return result

    # ---- sending ----------------------------------------------------------------------------------------------------

    def send(self, message: m.Message) -> "Future[Any]":
        """Send a request without waiting. The future gives the answer, or fails with ProblemError."""
        with self._sending:
            data, future = self._number(message)
            self._write(data)
        return future

    def send_blobs(self, pieces: "list[BlobPiece]") -> "list[Future[Any] | None]":
        """Send pieces of blobs in one go; for each that begins a blob, the future of its `Stored`.

        A piece that goes on with a blob begun earlier carries that one's `stream`. Blocks while the link is full.
        """
        futures: list[Future[Any] | None] = []
        parts: list[bytes] = []
        with self._sending:
            for piece in pieces:
                if piece.put is None:
                    futures.append(None)
                else:
                    data, future = self._number(piece.put)
                    futures.append(future)
                    parts.append(data)
                if piece.data:
                    with self._lock:
                        self._check_open()
                        parts.append(self._session.bulk(Bulk(piece.stream, piece.offset, piece.data)))
            self._write(b"".join(parts))
        return futures

    def new_stream(self) -> int:
        """A number for the bulk data of one blob."""
        with self._lock:
            return self._stream_number()

    def _stream_number(self) -> int:
        number = self._next_stream
        self._next_stream += 1
        return number

    def _ask(self, message: m.Message, kind: type[A], timeout: float | None = None) -> A:
        return self._wait(self.send(message), kind, timeout)

    def _wait(self, future: "Future[Any]", kind: type[A], timeout: float | None = None) -> A:
        try:
            return _expect(future.result(self._answer_timeout if timeout is None else timeout), kind)
        except NotInTime as error:
            raise fail("link_lost", host=self._host) from error

    def _number(self, message: m.Message) -> tuple[bytes, "Future[Any]"]:
        future: Future[Any] = Future()
        with self._lock:
            self._check_open()
            number, data = self._session.request(message)
            self._answers[number] = future
        return data, future

    def _check_open(self) -> None:
        if self._ended is not None:
            raise ProblemError(self._ended.problem)

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except OSError as error:
            failure = fail("link_lost", host=self._host)
            self._end(failure)
            raise failure from error

    # ---- hearing ----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        failure = fail("link_lost", host=self._host)
        try:
            while data := self._stream.read(READ_SIZE):
                self._heard = time.monotonic()
                self._move(LinkState.ONLINE)
                with self._lock:
                    frames = list(self._session.receive(data))
                    begun = self._session.phase is not Phase.SENTINEL
                if begun:
                    self._sentinel.set()
                for frame in frames:
                    self._take(frame)
        except RemoteProtocolError as error:
            failure = fail("protocol_violation", detail=error)
        except OSError:
            pass  # the link broke while reading, which `failure` already says
        self._end(failure)

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, m.Reply):
            with self._lock:
                # Whoever asked was told that the link is lost, if that was found out while this was being read.
                future = self._answers.pop(frame.re, None)
            if future is None:
                return
            if isinstance(frame.answer, m.Refused):
                future.set_exception(ProblemError(frame.answer.problem))
            else:
                future.set_result(frame.answer)
        elif isinstance(frame, Bulk):
            block = self._blocks.get(frame.stream)
            if block is None:
                raise RemoteProtocolError(f"bulk data on stream {frame.stream}, which was not asked for")
            block.add(frame)
        elif isinstance(frame, m.Events | m.JobChanged):
            job = frame.job if isinstance(frame, m.Events) else frame.status.job
            listener = self._listeners.get(job)
            if listener is not None:
                listener(frame)

    def _end(self, failure: ProblemError) -> None:
        with self._lock:
            if self._ended is not None:
                return
            self._ended = failure
            waiting, self._answers = self._answers, {}
        self._sentinel.set()
        for future in waiting.values():
            future.set_exception(ProblemError(failure.problem))
        self._closing.set()
        self._move(LinkState.OFFLINE)

    def _ping(self) -> None:
        while not self._closing.wait(min(self._patience.ping, self._patience.suspect / 4)):
            state = state_after(self.silence, self._patience)
            if state is LinkState.OFFLINE:
                self._end(fail("link_lost", host=self._host))
                self._stream.close()
                return
            self._move(state)
            try:
                self.poke()
            except ProblemError:
                return

    def _time(self, answer: "Future[Any]") -> None:
        begun = time.monotonic()

        def note(done: "Future[Any]") -> None:
            if done.exception() is None:
                self.round_trip = time.monotonic() - begun

        answer.add_done_callback(note)

    def _move(self, state: LinkState) -> None:
        if state is self._state or self._state is LinkState.OFFLINE:
            return
        self._state = state
        if self._on_state is not None:
            self._on_state(state)

    def _output(self) -> str:
        noise = self._session.noise.decode("utf-8", "replace")
        said = self._stream.stderr_tail().decode("utf-8", "replace")
        return without_control_characters("\n".join(part.strip() for part in (noise, said) if part.strip()))[
            -OUTPUT_TAIL:
        ]


class BlobPiece:
    """Bytes of a blob at an offset; `put` announces the blob with its first piece."""

    __slots__ = ("data", "offset", "put", "stream")

    def __init__(self, stream: int, offset: int, data: bytes, put: m.Put | None = None) -> None:
        self.stream, self.offset, self.data, self.put = stream, offset, data, put


class _Block:
    """Bytes of one `Read` as they come in; never more than were asked for."""

    def __init__(self, offset: int, length: int) -> None:
        self._next = offset
        self._end = offset + length
        self._data = bytearray()

    def add(self, frame: Bulk) -> None:
        if frame.offset != self._next or frame.offset + len(frame.data) > self._end:
            raise RemoteProtocolError(f"bytes at {frame.offset} where {self._next} was due")
        self._data += frame.data
        self._next += len(frame.data)

    def checked(self, name: str, answer: m.BlockRead) -> tuple[bytes, int]:
        data = bytes(self._data)
        if len(data) != answer.length or hashlib.sha256(data).hexdigest() != answer.sha256:
            raise fail("artifact_corrupt", name=name)
        return data, answer.file_size


def _expect(answer: Any, kind: type[A]) -> A:
    if not isinstance(answer, kind):
        raise fail("protocol_violation", detail=f"{answer.type} where {kind.__name__} was due")
    return answer
