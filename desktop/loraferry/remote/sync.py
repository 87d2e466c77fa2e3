"""Ferries exactly the files of a manifest: asks what is missing, streams just that back to back, commits.

There is no waiting for single files: small ones are packed together, and a ping after each pack tells how far the
other end is. What was cut off goes on where it stopped.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.client import AgentClient, BlobPiece
from loraferry.remote.flow import Flow, Parcel, Slow, channels_needed, seconds_left, why_slow
from loraferry.remote.hashes import hash_file
from loraferry.remote.pace import Pace
from loraferry_core.dataset.manifest import Manifest, encode
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol import messages as m

PIECE = 512 * 1024
"""Bytes of one bulk frame, and of one pack of small files, at most."""
MAX_PUTS = 8192
"""Files under way at most, however small."""
REPORT_SECONDS = 0.1
ROUNDS = 16
"""How often is asked anew what is missing."""

Source = Path | bytes
More = Callable[[], AgentClient]
"""Opens one more channel to the same agent. Raises ProblemError where there can be none."""


@dataclass(frozen=True)
class SyncProgress:
    """How far a transfer is. Counts start with what was there already; `rate` is in bytes a second, `eta_s` how many
    seconds it still takes where that can be told, `slow` why it is not faster (see `flow.why_slow`)."""

    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    rate: float = 0.0
    eta_s: float | None = None
    paused: bool = False
    slow: Slow = ""


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
    *,
    pace: Pace | None = None,
    more: More | None = None,
) -> m.Committed:
    """Have the machine hold every file of `manifest` and commit it. `sources` gives path or bytes for each name.

    Data go over all `clients` (connections to the same agent) at once; the first asks and commits. Where one channel
    cannot carry what the link can, further ones come from `more`, and are closed at the end. `progress` is called on
    this thread. After Cancelled or a failure a blob may be half sent: close the clients then; the next upload goes on
    from there. Raises ProblemError: `file_unreadable`, `file_changed`, `link_lost`, the agent's own.
    """
    pace = pace or Pace()
    data = encode(manifest)
    name = sha256(data).hexdigest()
    missing, committed = clients[0].commit_if_complete(name, kind)
    if missing.indexes == (-1,):
        nothing = SyncProgress(0, manifest.total_bytes, 0, len(manifest.entries))

        def tell(now: SyncProgress) -> None:  # the list itself counts for nothing, but it may be slow or paused too
            progress(replace(nothing, rate=now.rate, paused=now.paused, slow=now.slow))

        manifest_blob = Shipment("manifest", name, len(data), 0, data)
        _Upload([manifest_blob], cancel, pace).run(clients[:1], None, tell, SyncProgress(0, len(data), 0, 1))
        missing, committed = clients[0].commit_if_complete(name, kind)
    rounds = 0
    while committed is None:
        _send(clients, more, manifest, missing, sources, progress, cancel, pace)
        try:
            committed = clients[0].commit(name, kind)
        except ProblemError as error:  # one answer lists so many at most, and others may free what was there
            rounds += 1
            if error.problem.code != "blobs_missing" or rounds == ROUNDS:
                raise
            missing = clients[0].have(name)
    progress(_standing(manifest, m.Missing(indexes=())))
    return committed


def _send(
    clients: Sequence[AgentClient],
    more: More | None,
    manifest: Manifest,
    missing: m.Missing,
    sources: Mapping[str, Source],
    progress: Callable[[SyncProgress], None],
    cancel: CancelToken,
    pace: Pace,
) -> None:
    shipments = plan_shipments(manifest, missing, sources)
    start = _standing(manifest, missing)
    progress(start)
    _Upload(shipments, cancel, pace).run(clients, more, progress, start)


def _standing(manifest: Manifest, missing: m.Missing) -> SyncProgress:
    """How far an upload is before anything is sent."""
    absent = set(missing.indexes)
    there = [entry.size for index, entry in enumerate(manifest.entries) if index not in absent]
    return SyncProgress(sum(there), manifest.total_bytes, len(there), len(manifest.entries))


class _Upload:
    """One run over a list of shipments: a thread for each channel, and what they share."""

    def __init__(self, shipments: list[Shipment], cancel: CancelToken, pace: Pace) -> None:
        self._queue = deque(shipments)
        self._count = len(shipments)
        self._bytes = sum(shipment.size - shipment.offset for shipment in shipments)
        self._cancel = cancel
        self._pace = pace
        self._changed = threading.Condition()
        """Guards the flow and what follows here."""
        self._flow = Flow(time.monotonic())
        self._stored = 0
        self._unwritten = 0
        self._failure: BaseException | None = None
        self._over = False
        self._lanes: list[threading.Thread] = []
        self._opened: list[AgentClient] = []
        self._is_opening = False

    def run(
        self,
        clients: Sequence[AgentClient],
        more: More | None,
        progress: Callable[[SyncProgress], None],
        start: SyncProgress,
    ) -> None:
        """Send all; returns when all is stored there. Raises the first failure."""
        for client in clients:
            self._begin_lane(client)
        try:
            self._watch(more, progress, start)
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            for lane in self._lanes:
                lane.join()
            for client in self._opened:
                client.close()
        if self._failure is not None:
            raise self._failure

    def _begin_lane(self, client: AgentClient) -> None:
        lane = threading.Thread(target=self._lane, args=(client,), name="upload lane", daemon=True)
        self._lanes.append(lane)
        lane.start()

    def _watch(self, more: More | None, progress: Callable[[SyncProgress], None], start: SyncProgress) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._failure or self._stored == self._count, REPORT_SECONDS)
                if self._cancel.cancelled and self._failure is None:
                    self._failure = Cancelled()
                if self._failure is not None or self._stored == self._count:
                    return
                now = self._progress(start)
                if more is not None and not self._is_opening and self._wants_channel():
                    self._is_opening = True
                    threading.Thread(target=self._open, args=(more,), name="upload channel", daemon=True).start()
            progress(now)

    def _progress(self, start: SyncProgress) -> SyncProgress:
        flow, pace = self._flow, self._pace
        rate = flow.rate()
        slow = why_slow(
            rate=rate,
            round_trip=flow.round_trip,
            under_way=flow.under_way,
            limit=flow.limit(),
            channels=len(self._lanes),
            cap=pace.limit,
            unwritten=self._unwritten,
        )
        return SyncProgress(
            min(start.bytes_done + flow.arrived, start.bytes_total),
            start.bytes_total,
            min(start.files_done + self._stored, start.files_total),
            start.files_total,
            0.0 if pace.paused else rate,
            None if pace.paused else seconds_left(self._bytes - flow.arrived, rate),
            pace.paused,
            "" if pace.paused else slow,
        )

    def _wants_channel(self) -> bool:
        flow, channels = self._flow, len(self._lanes)
        return channels_needed(flow.rate(), flow.round_trip, channels, self._bytes - flow.sent) > channels

    def _open(self, more: More) -> None:
        """Add a channel, unless there can be none or all is sent by then."""
        try:
            client = more()
        except (ProblemError, OSError):
            return  # `_is_opening` stays, so that nobody asks again: what is open has to do
        with self._changed:
            if not self._over:
                self._opened.append(client)
                self._begin_lane(client)
                self._is_opening = False
                return
        client.close()

    def _lane(self, client: AgentClient) -> None:
        try:
            for pack in _packs(self._take(), client.new_stream, self._piece):
                if not self._pace.admit(pack.size, self._goes_on):
                    return
                with self._changed:
                    self._changed.wait_for(
                        lambda: not self._goes_on() or (self._flow.has_room() and self._few_under_way())
                    )
                    if not self._goes_on():
                        return
                    parcel = self._flow.send(pack.size, time.monotonic())
                self._send(client, parcel, pack)
        except (ProblemError, Cancelled) as error:
            self._fail(error)

    def _goes_on(self) -> bool:
        return self._failure is None and not self._over

    def _piece(self) -> int:
        return self._flow.piece(PIECE, self._pace.limit)

    def _take(self) -> Iterator[Shipment]:
        while True:
            try:
                yield self._queue.popleft()
            except IndexError:
                return

    def _few_under_way(self) -> bool:
        return self._count - len(self._queue) - self._stored < MAX_PUTS

    def _send(self, client: AgentClient, parcel: Parcel, pack: "_Pack") -> None:
        futures = client.send_blobs(pack.pieces)
        parcel.handed = time.monotonic()
        ping = client.send(m.Ping())
        for future, shipment in zip(futures, pack.shipments, strict=True):
            if future is not None and shipment is not None:
                future.add_done_callback(_bound(self._note_stored, shipment))

        def arrive(done: "Future[Any]") -> None:
            error = done.exception()
            if isinstance(error, ProblemError):
                self._fail(error)
                return
            with self._changed:
                self._flow.arrive(parcel, time.monotonic())
                self._unwritten = done.result().unwritten
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


def _packs(shipments: Iterator[Shipment], new_stream: Callable[[], int], piece: Callable[[], int]) -> Iterator[_Pack]:
    """Cut large files and gather small ones, so that each pack has about `piece()` bytes."""
    pack, most = _Pack(), piece()
    for shipment in shipments:
        stream = new_stream()
        put: m.Put | None = m.Put(stream=stream, sha256=shipment.sha256, size=shipment.size, offset=shipment.offset)
        offset = shipment.offset
        for data in _pieces(shipment, piece):
            pack.add(BlobPiece(stream, offset, data, put), shipment if put else None)
            offset += len(data)
            put = None
            if pack.size >= most or len(pack.pieces) >= MAX_PUTS // 8:
                yield pack
                pack, most = _Pack(), piece()
    if pack.pieces:
        yield pack


def _pieces(shipment: Shipment, piece: Callable[[], int]) -> Iterator[bytes]:
    """The bytes to send, at least one piece. Raises ProblemError where the file is not as it was promised."""
    if isinstance(shipment.source, bytes):
        at = shipment.offset
        while at < shipment.size or at == 0:
            data = shipment.source[at : at + piece()]
            yield data
            at += max(1, len(data))
        return
    try:
        with shipment.source.open("rb", buffering=0) as file:
            yield from _read_pieces(file, shipment, shipment.source, piece)
    except OSError as error:
        raise fail("file_unreadable", path=shipment.source, detail=error.strerror or error) from error


def _read_pieces(file: BinaryIO | Any, shipment: Shipment, path: Path, piece: Callable[[], int]) -> Iterator[bytes]:
    left = shipment.size - shipment.offset
    if shipment.offset:
        file.seek(shipment.offset)
    if not left:
        yield b""
    while left:
        data = file.read(min(piece(), left))
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
