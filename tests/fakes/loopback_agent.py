"""A small agent in memory, built on core's AgentSession, and the streams that join it to a client."""

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress

from loraferry_core.dataset.manifest import decode, manifest_hash
from loraferry_core.events import Event
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.models import FetchOrder, FetchState
from loraferry_core.problems import Problem, problem
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Bulk
from loraferry_core.protocol.session import AgentSession
from loraferry_core.storage import StorageKey

BULK_PIECE = 256 * 1024


class Pipe:
    """Bytes from one thread to another, without a bound. `hold` keeps them back, as a dead link does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._data = bytearray()
        self._closed = False
        self._held = False

    def write(self, data: bytes) -> None:
        with self._changed:
            if self._closed:
                raise BrokenPipeError("closed")
            self._data += data
            self._changed.notify_all()

    def read(self, size: int) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._data and not self._held))
            if self._held:
                return b""
            data = bytes(self._data[:size])
            del self._data[:size]
            return data

    def hold(self) -> None:
        with self._changed:
            self._held = True

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class PipeStream:
    """The client's end of two pipes. See `Stream`."""

    def __init__(self, incoming: Pipe, outgoing: Pipe, stderr: bytes = b"") -> None:
        self.incoming, self.outgoing, self._stderr = incoming, outgoing, stderr

    def read(self, size: int) -> bytes:
        return self.incoming.read(size)

    def write(self, data: bytes) -> None:
        self.outgoing.write(data)

    def finish_writing(self) -> None:
        self.outgoing.close()

    def stderr_tail(self) -> bytes:
        return self._stderr

    def returncode(self, timeout: float) -> int | None:
        return 0

    def close(self) -> None:
        self.outgoing.close()
        self.incoming.close()


class LoopbackAgent:
    """Blobs, jobs and files in dictionaries; what survives a connection lives here, `connect` makes one."""

    def __init__(self, agent_id: str = "loopback") -> None:
        self.agent_id = agent_id
        self.submits: list[m.Submit] = []
        self.fetched: list[FetchOrder] = []
        self.fetches: tuple[FetchState, ...] = ()
        self.refuse: Callable[[m.Message], Problem | None] = lambda message: None
        """Which requests are refused, and why; those about blobs never are."""
        self.blobs: dict[str, bytes] = {}
        self.partial: dict[str, bytes] = {}
        self.committed: dict[str, str] = {}
        self.jobs: dict[str, JobStatus] = {}
        self.events: dict[str, list[Event]] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.captioning: Callable[[m.Message], m.Answer] = lambda message: m.Done()
        """Answers what concerns captions."""
        self.freed: list[StorageKey] = []
        self.puts: list[m.Put] = []
        self.refuse_put: Callable[[m.Put], bool] = lambda put: False
        self.cut_after: int | None = None
        """Bytes taken in until the connection breaks."""
        self.connections: list[Connection] = []

    def connect(self, opening: bytes | None = None, stderr: bytes = b"") -> PipeStream:
        """A client's end of a new connection; `opening` replaces the agent's first bytes."""
        connection = Connection(self, opening)
        self.connections.append(connection)
        return PipeStream(connection.to_client, connection.from_client, stderr)


class Connection:
    """The agent's side of one connection, with a thread of its own until the client goes."""

    def __init__(self, agent: LoopbackAgent, opening: bytes | None) -> None:
        self.agent = agent
        self.to_client, self.from_client = Pipe(), Pipe()
        self.session = AgentSession()
        self.received = 0
        self.open_puts: dict[int, tuple[m.Put, bytearray]] = {}
        self.mute = False
        self.to_client.write(self.session.opening() if opening is None else opening)
        self.thread = threading.Thread(target=self._serve, name="loopback agent", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        taken = 0
        while data := self.from_client.read(1 << 20):
            taken += len(data)
            if self.agent.cut_after is not None and taken > self.agent.cut_after:
                self.agent.cut_after = None
                self._keep_partial()
                self.from_client.close()
                break
            for frame in self.session.receive(data):
                if isinstance(frame, Bulk):
                    self._take_bulk(frame)
                elif not self.mute:
                    self._answer(frame)
        self.to_client.close()

    def _keep_partial(self) -> None:
        for put, data in self.open_puts.values():
            self.agent.partial[put.sha256] = bytes(data)

    def reply(self, number: int, answer: m.Answer) -> None:
        with suppress(BrokenPipeError):  # the client is gone
            self.to_client.write(self.session.reply(m.Reply(re=number, answer=answer)))

    def push(self, frame: m.Events | m.JobChanged | Bulk) -> None:
        self.to_client.write(self.session.push(frame))

    def _take_bulk(self, frame: Bulk) -> None:
        data = self.open_puts[frame.stream][1]
        assert frame.offset == len(data)
        data += frame.data
        self._finish_put(frame.stream)

    def _finish_put(self, stream: int) -> None:
        put, data = self.open_puts[stream]
        if len(data) < put.size:
            return
        del self.open_puts[stream]
        if hashlib.sha256(data).hexdigest() != put.sha256 or self.agent.refuse_put(put):
            self.reply(put.id, m.Refused(problem=problem("blob_corrupt", name=put.sha256)))
            return
        self.agent.blobs[put.sha256] = bytes(data)
        self.received += put.size - put.offset
        self.reply(put.id, m.Stored(sha256=put.sha256, received=self.received))

    def _answer(self, message: m.Message) -> None:
        if isinstance(message, m.Put):
            self.agent.puts.append(message)
            begun = self.agent.partial.get(message.sha256, b"")[: message.offset]
            self.open_puts[message.stream] = (message, bytearray(begun))
            self._finish_put(message.stream)
        elif isinstance(message, m.Read):
            self._read(message)
        else:
            self.reply(message.id, self._simple_answer(message))

    def _simple_answer(self, message: m.Message) -> m.Answer:
        agent = self.agent
        refused = agent.refuse(message)
        if refused is not None:
            return m.Refused(problem=refused)
        if isinstance(message, m.Hello):
            return m.Welcome(agent_id=agent.agent_id, protocol=1, product="0", schema_number=1, time=1.0)
        if isinstance(message, m.Ping):
            return m.Pong(time=1.0)
        if isinstance(message, m.Have):
            return self._missing(message.manifest)
        if isinstance(message, m.Commit):
            missing = self._missing(message.manifest).indexes
            if missing == (-1,):
                return m.Refused(problem=problem("manifest_unknown", manifest=message.manifest))
            if missing:
                return m.Refused(problem=problem("blobs_missing", count=len(missing)))
            manifest = decode(agent.blobs[message.manifest])
            agent.committed[message.manifest] = message.kind
            return m.Committed(manifest=message.manifest, files=len(manifest.entries), bytes=manifest.total_bytes)
        if isinstance(message, m.Submit):
            agent.submits.append(message)
            return m.JobIs(status=self._submit(message))
        if isinstance(message, m.Fetch):
            agent.fetched.append(message.order)
            return m.FetchesAre(fetches=agent.fetches)
        if isinstance(message, m.FindModels):
            return m.ModelsAre(models=())
        if isinstance(message, m.Fetches):
            return m.FetchesAre(fetches=agent.fetches)
        if isinstance(message, m.ListJobs):
            return m.Jobs(jobs=tuple(agent.jobs.values()))
        if isinstance(message, m.Caption | m.Captions | m.CancelCaptioning):
            return agent.captioning(message)
        if isinstance(message, m.Free):
            agent.freed += message.items
            return m.StorageIs(items=())
        if isinstance(message, m.ReadLog):
            return m.LogTail(text="a\x1b[31mb\n")
        if isinstance(message, m.Stop | m.Resume | m.Subscribe):
            status = agent.jobs.get(message.job)
            if status is None:
                return m.Refused(problem=problem("job_unknown", job=message.job))
            if isinstance(message, m.Subscribe):
                self._replay(message)
            return m.JobIs(status=status)
        return m.Done()

    def _replay(self, message: m.Subscribe) -> None:
        events = self.agent.events.get(message.job, [])
        new = tuple(event for event in events if event.seq > message.after_seq)
        if new:
            self.push(m.Events(job=message.job, events=new, last_seq=events[-1].seq))

    def _missing(self, name: str) -> m.Missing:
        if name not in self.agent.blobs:
            return m.Missing(indexes=(-1,))
        manifest = decode(self.agent.blobs[name])
        assert manifest_hash(manifest) == name
        indexes = tuple(i for i, entry in enumerate(manifest.entries) if entry.sha256 not in self.agent.blobs)
        begun = {i: len(self.agent.partial.get(manifest.entries[i].sha256, b"")) for i in indexes}
        return m.Missing(indexes=indexes, partial={i: size for i, size in begun.items() if size})

    def _submit(self, message: m.Submit) -> JobStatus:
        spec, state = message.spec, JobState.HELD if message.held else JobState.QUEUED
        attempt = message.restore.attempt if message.restore else 0
        status = JobStatus(job=spec.job, name=spec.name, state=state, spec_hash="0" * 64, attempt=attempt)
        return self.agent.jobs.setdefault(spec.job, status)

    def _read(self, message: m.Read) -> None:
        data = self.agent.files.get((message.job, message.name))
        if data is None:
            self.reply(message.id, m.Refused(problem=problem("artifact_unknown", name=message.name)))
            return
        block = data[message.offset : message.offset + message.length]
        for at in range(0, len(block), BULK_PIECE):
            self.push(Bulk(message.stream, message.offset + at, block[at : at + BULK_PIECE]))
        digest = hashlib.sha256(block).hexdigest()
        self.reply(message.id, m.BlockRead(length=len(block), sha256=digest, file_size=len(data)))
