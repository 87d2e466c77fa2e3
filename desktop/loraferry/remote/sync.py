"""Ferries exactly the files of a manifest: asks what is missing, streams just that back to back, commits.

There is no waiting for single files: small ones are packed together, and a ping after each pack tells how far the
other end is. What was cut off goes on where it stopped.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.client import AgentClient, BlobPiece
from loraferry.remote.flow import Flow
from loraferry.remote.hashes import hash_file
from loraferry_core.dataset.manifest import Manifest, encode, manifest_hash
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol import messages as m

PIECE = 256 * 1024
"""Bytes of one bulk frame, and of one pack of small files."""
MAX_PUTS = 8192
"""Files under way at most, however small."""
REPORT_SECONDS = 0.1

Source = Path | bytes


@dataclass(frozen=True)
class SyncProgress:
    """How far an upload is. Counts start with what was there already; `rate` is in bytes a second."""

    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    rate: float = 0.0


@dataclass(frozen=True)
class Shipment:
    """One blob to send, from `offset` on."""

    name: str
    sha256: str
    size: int
    offset: int
    source: Source


def plan_shipments(manifest: Manifest, missing: m.Missing, sources: Mapping[str, Source]) -> list[Shipment]:
    """What to send, in the manifest's order, each content once. Raises ProblemError `protocol_violation` where the
    answer does not fit the manifest; KeyError where a source is not given."""
    shipments, seen = [], set()
    for index in missing.indexes:
        if not 0 <= index < len(manifest.entries):
            raise fail("protocol_violation", detail=f"there is no manifest entry {index}")
        entry = manifest.entries[index]
        if entry.sha256 not in seen:
            seen.add(entry.sha256)
            offset = missing.partial.get(index, 0)
            offset = offset if 0 < offset < entry.size else 0
            shipments.append(Shipment(entry.name, entry.sha256, entry.size, offset, sources[entry.name]))
    return shipments


def upload(
    clients: Sequence[AgentClient],
    manifest: Manifest,
    sources: Mapping[str, Source],
    progress: Callable[[SyncProgress], None],
    cancel: CancelToken,
    kind: str = "dataset",
) -> m.Committed:
    """Have the machine hold every file of `manifest` and commit it. `sources` gives path or bytes for each name.

    Data go over all `clients` (connections to the same agent) at once; the first asks and commits. `progress` is
    called on this thread. After Cancelled or a failure a blob may be half sent: close the clients then; the next
    upload goes on from there. Raises ProblemError: `file_unreadable`, `file_changed`, `link_lost`, the agent's own.
    """
    name = manifest_hash(manifest)
    missing = clients[0].have(name)
    if missing.indexes == (-1,):
        data = encode(manifest)
        manifest_blob = Shipment("manifest", name, len(data), 0, data)
        _Upload([manifest_blob], cancel).run(clients[:1], lambda _: None, SyncProgress(0, len(data), 0, 1))
        missing = clients[0].have(name)
    shipments = plan_shipments(manifest, missing, sources)
    absent = set(missing.indexes)
    there = [entry.size for index, entry in enumerate(manifest.entries) if index not in absent]
    start = SyncProgress(sum(there), manifest.total_bytes, len(there), len(manifest.entries))
    progress(start)
    if shipments:
        _Upload(shipments, cancel).run(clients, progress, start)
    committed = clients[0].commit(name, kind)
    total = len(manifest.entries)
    progress(SyncProgress(manifest.total_bytes, manifest.total_bytes, total, total))
    return committed


class _Upload:
    """One run over a list of shipments: a thread for each client, and what they share."""

    def __init__(self, shipments: list[Shipment], cancel: CancelToken) -> None:
        self._queue = deque(shipments)
        self._count = len(shipments)
        self._cancel = cancel
        self._changed = threading.Condition()
        self._stored = 0
        self._failure: BaseException | None = None

    def run(
        self, clients: Sequence[AgentClient], progress: Callable[[SyncProgress], None], start: SyncProgress
    ) -> None:
        """Send all; returns when all is stored there. Raises the first failure."""
        flows = [Flow(time.monotonic()) for _ in clients]
        lanes = [
            threading.Thread(target=self._lane, args=(client, flow), name="upload lane", daemon=True)
            for client, flow in zip(clients, flows, strict=True)
        ]
        for lane in lanes:
            lane.start()
        try:
            self._watch(flows, progress, start)
        finally:
            for lane in lanes:
                lane.join()
        if self._failure is not None:
            raise self._failure

    def _watch(self, flows: list[Flow], progress: Callable[[SyncProgress], None], start: SyncProgress) -> None:
        while True:
            with self._changed:
                over = self._changed.wait_for(lambda: self._failure or self._stored == self._count, REPORT_SECONDS)
                stored = self._stored
            if self._cancel.cancelled:
                self._fail(Cancelled())
            if over or self._failure is not None:
                return
            arrived = sum(flow.arrived for flow in flows)
            progress(
                SyncProgress(
                    min(start.bytes_done + arrived, start.bytes_total),
                    start.bytes_total,
                    min(start.files_done + stored, start.files_total),
                    start.files_total,
                    sum(flow.rate() for flow in flows),
                )
            )

    def _lane(self, client: AgentClient, flow: Flow) -> None:
        try:
            for pack in _packs(self._take(), client.new_stream):
                with self._changed:
                    self._changed.wait_for(lambda: self._failure or (flow.has_room() and self._few_under_way()))
                    if self._failure is not None:
                        return
                self._send(client, flow, pack)
        except (ProblemError, Cancelled) as error:
            self._fail(error)

    def _take(self) -> Iterator[Shipment]:
        while True:
            try:
                yield self._queue.popleft()
            except IndexError:
                return

    def _few_under_way(self) -> bool:
        return self._count - len(self._queue) - self._stored < MAX_PUTS

    def _send(self, client: AgentClient, flow: Flow, pack: "_Pack") -> None:
        flow.sent += pack.size
        futures = client.send_blobs(pack.pieces)
        ping = client.send(m.Ping())
        for future, shipment in zip(futures, pack.shipments, strict=True):
            if future is not None and shipment is not None:
                future.add_done_callback(_bound(self._note_stored, shipment))

        def arrive(done: "Future[Any]") -> None:
            if done.exception() is None:
                with self._changed:
                    flow.arrive(pack.size, time.monotonic())
                    self._changed.notify_all()

        ping.add_done_callback(arrive)

    def _note_stored(self, shipment: Shipment, done: "Future[Any]") -> None:
        error = done.exception()
        if isinstance(error, ProblemError):
            self._fail(_explained(error, shipment))
            return
        with self._changed:
            self._stored += 1
            if self._stored == self._count:
                self._changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()


class _Pack:
    """Pieces that go out in one write; for each the shipment that it begins, or None."""

    def __init__(self) -> None:
        self.pieces: list[BlobPiece] = []
        self.shipments: list[Shipment | None] = []
        self.size = 0

    def add(self, piece: BlobPiece, shipment: Shipment | None) -> None:
        self.pieces.append(piece)
        self.shipments.append(shipment)
        self.size += len(piece.data)


def _packs(shipments: Iterator[Shipment], new_stream: Callable[[], int]) -> Iterator[_Pack]:
    """Cut large files and gather small ones, so that each pack has about `PIECE` bytes."""
    pack = _Pack()
    for shipment in shipments:
        stream = new_stream()
        put: m.Put | None = m.Put(stream=stream, sha256=shipment.sha256, size=shipment.size, offset=shipment.offset)
        offset = shipment.offset
        for data in _pieces(shipment):
            pack.add(BlobPiece(stream, offset, data, put), shipment if put else None)
            offset += len(data)
            put = None
            if pack.size >= PIECE or len(pack.pieces) >= MAX_PUTS // 8:
                yield pack
                pack = _Pack()
    if pack.pieces:
        yield pack


def _pieces(shipment: Shipment) -> Iterator[bytes]:
    """The bytes to send, at least one piece. Raises ProblemError where the file is not as it was promised."""
    if isinstance(shipment.source, bytes):
        for at in range(shipment.offset, max(shipment.size, 1), PIECE):
            yield shipment.source[at : at + PIECE]
        return
    try:
        with shipment.source.open("rb", buffering=0) as file:
            yield from _read_pieces(file, shipment, shipment.source)
    except OSError as error:
        raise fail("file_unreadable", path=shipment.source, detail=error.strerror or error) from error


def _read_pieces(file: BinaryIO | Any, shipment: Shipment, path: Path) -> Iterator[bytes]:
    left = shipment.size - shipment.offset
    if shipment.offset:
        file.seek(shipment.offset)
    if not left:
        yield b""
    while left:
        data = file.read(min(PIECE, left))
        if not data:
            raise fail("file_changed", path=path)
        left -= len(data)
        if not left and file.read(1):
            raise fail("file_changed", path=path)
        yield data


def _explained(error: ProblemError, shipment: Shipment) -> ProblemError:
    """A hash that the agent refuses was wrong here already, or went wrong on the way."""
    if error.problem.code != "blob_corrupt":
        return error
    source = shipment.source
    try:
        changed = (sha256(source).hexdigest() if isinstance(source, bytes) else hash_file(source)) != shipment.sha256
    except OSError:
        changed = True
    return fail("file_changed", path=shipment.name if isinstance(source, bytes) else source) if changed else error


def _bound(call: "Callable[[Shipment, Future[Any]], None]", shipment: Shipment) -> "Callable[[Future[Any]], None]":
    return lambda done: call(shipment, done)
