"""Blobs on their way in: hashed while they are written, renamed into the store when the hash is right."""

import hashlib
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loraferry_agent.blobs.store import BlobStore, disk_full, free_bytes, full_disk_named, is_being_written
from loraferry_agent.jobs.process import identify_self
from loraferry_core.problems import ProblemError, fail

COPY_BYTES = 2**20
CHECKED_BYTES = 2**20
"""Blobs from this size on are refused before their first byte where the disk has no room; smaller ones when it is full."""


class Incoming:
    """One blob being written."""

    def __init__(self, store: BlobStore, sha256: str, size: int, part: Path, in_use: Callable[[Path], bool]) -> None:
        self.sha256 = sha256
        self.part = part
        self.offset = 0
        self._store = store
        self._size = size
        self._in_use = in_use
        self._resumed = False
        self._hasher = hashlib.sha256()
        self._file: BinaryIO | None = None

    def open(self, offset: int) -> None:
        """Take up `offset` bytes that came earlier; they are hashed again, since nothing vouches for them.

        Raises ProblemError: protocol_violation when fewer bytes are there, disk_full; OSError.
        """
        needed = self._size - offset
        with full_disk_named(self.part.parent, needed):
            if needed >= CHECKED_BYTES and free_bytes(self.part.parent) < needed:
                raise disk_full(self.part.parent, needed)
            earlier = self._earlier(offset) if offset else None
            if earlier is not None and not self._in_use(earlier):
                earlier.replace(self.part)
                self._file = self.part.open("r+b", buffering=0)
                self._take_in_place(self._file, offset)
            else:
                self._file = self._create()
                if earlier is not None:
                    self._take_copy(earlier, offset)

    def _create(self) -> BinaryIO:
        try:
            return self.part.open("xb", buffering=0)
        except FileNotFoundError:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            return self.part.open("xb", buffering=0)

    def _earlier(self, offset: int) -> Path:
        self._resumed = True
        for part in self._store.parts(self.sha256):
            if part.stat().st_size >= offset:
                return part
        raise fail("protocol_violation", detail=f"{self.sha256} has no {offset} bytes here")

    def _take_copy(self, source: Path, length: int) -> None:
        with source.open("rb") as file:
            while self.offset < length and (data := file.read(min(COPY_BYTES, length - self.offset))):
                self._append(data)

    def _take_in_place(self, file: BinaryIO, length: int) -> None:
        while self.offset < length and (data := file.read(min(COPY_BYTES, length - self.offset))):
            self._hasher.update(data)
            self.offset += len(data)
        file.truncate(length)

    def write(self, offset: int, data: bytes) -> None:
        """Take the next bytes. Raises ProblemError: protocol_violation out of order or too long, disk_full; OSError."""
        if offset != self.offset or offset + len(data) > self._size:
            raise fail("protocol_violation", detail=f"{self.sha256}: bytes at {offset}, expected at {self.offset}")
        with full_disk_named(self.part.parent, self._size - self.offset):
            self._append(data)

    def _append(self, data: bytes) -> None:
        assert self._file is not None
        self._hasher.update(data)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self.offset += len(data)

    @property
    def complete(self) -> bool:
        """Whether the last byte is in."""
        return self.offset == self._size

    def finish(self) -> None:
        """Check the hash and move the blob into the store. Raises ProblemError blob_corrupt, with nothing left; OSError."""
        self.close()
        if self._hasher.hexdigest() != self.sha256:
            self.part.unlink(missing_ok=True)
            raise fail("blob_corrupt", name=self.sha256)
        try:
            self.part.replace(self._store.place(self.sha256))
        except PermissionError:
            # Windows does not replace a file that somebody reads: then the same bytes are there already.
            if not self._store.has(self.sha256, self._size):
                raise
            self.part.unlink(missing_ok=True)
        if self._resumed:
            self._store.remove_parts(self.sha256, self._in_use)

    def close(self) -> None:
        """Leave what has come as a part to go on from."""
        if self._file is not None:
            self._file.close()
            self._file = None


_NUMBERS = itertools.count(1)
"""Of the parts of this process."""


@dataclass
class _Stream:
    """One announced stream. Without `blob` its bytes are of no use any more and are dropped."""

    remaining: int
    blob: Incoming | None = None


class Receiver:
    """All blobs coming in on one connection. `received` is the sum of their bytes.

    Calls for different streams may come from different threads at once; those for one stream come in order.
    """

    def __init__(self, store: BlobStore) -> None:
        self.received = 0
        self._store = store
        self._token = identify_self().token()
        self._lock = threading.Lock()
        """Guards the numbers and the tables, not the work on a blob."""
        self._streams: dict[int, _Stream] = {}
        self._writing: set[Path] = set()
        """Parts that a thread of this process is at, or will go on with."""
        self._unsealed: list[str] = []
        self._unsealed_bytes = 0

    def announce(self, stream: int, sha256: str, size: int, offset: int) -> bool:
        """Begin a blob; True when it is in the store already, so that its bytes are not needed.

        Raises ProblemError and OSError; the bytes that follow are dropped then.
        """
        if offset > size:
            raise fail("protocol_violation", detail=f"{sha256}: offset {offset} of {size}")
        remaining = size - offset
        with self._lock:
            self._abandon(stream, sha256)
            if remaining:
                self._streams[stream] = _Stream(remaining)
            part = self._store.part(sha256, self._token, next(_NUMBERS))
        if self._store.has(sha256, size):
            return True
        blob = Incoming(self._store, sha256, size, part, self._in_use)
        with self._lock:
            self._writing.add(part)
        try:
            blob.open(offset)
            if blob.complete:
                self._finish(blob, size)
                return True
        except (ProblemError, OSError):
            self._leave(blob)
            raise
        with self._lock:
            self._streams[stream].blob = blob
        return False

    def _in_use(self, part: Path) -> bool:
        if self._token not in part.name:
            return is_being_written(part)
        with self._lock:
            return part in self._writing

    def _abandon(self, stream: int, sha256: str) -> None:
        """Let go of what another announcement takes the place of. Whoever is at work on it finishes that first."""
        for number, state in self._streams.items():
            if state.blob is not None and (number == stream or state.blob.sha256 == sha256):
                state.blob.close()
                self._writing.discard(state.blob.part)
                state.blob = None
        self._streams.pop(stream, None)

    def _leave(self, blob: Incoming) -> None:
        """Close a blob, complete or not."""
        blob.close()
        with self._lock:
            self._writing.discard(blob.part)

    def _finish(self, blob: Incoming, size: int) -> None:
        blob.finish()
        with self._lock:
            self._writing.discard(blob.part)
            self._unsealed.append(blob.sha256)
            self._unsealed_bytes += size

    def take(self, stream: int, offset: int, data: bytes) -> str | None:
        """Bytes of a stream; gives the hash of the blob when they were its last.

        Raises ProblemError: protocol_violation, disk_full, blob_corrupt; OSError. The rest of the stream is dropped then.
        """
        with self._lock:
            state = self._streams.get(stream)
            if state is None or len(data) > state.remaining:
                raise fail("protocol_violation", detail=f"bulk data on stream {stream}")
            self.received += len(data)
            state.remaining -= len(data)
            if state.remaining == 0:
                del self._streams[stream]
            blob, state.blob = state.blob, None
        if blob is None:
            return None
        try:
            blob.write(offset, data)
            if blob.complete:
                self._finish(blob, blob.offset)
                return blob.sha256
        except (ProblemError, OSError):
            self._leave(blob)
            raise
        with self._lock:
            if self._streams.get(stream) is state:
                state.blob = blob
                return None
        self._leave(blob)  # another announcement has taken its place meanwhile
        return None

    def take_unsealed(self, least: int) -> list[str]:
        """The blobs that came in since this last gave any, once they are `least` bytes together; they are to be sealed."""
        with self._lock:
            if self._unsealed_bytes < least:
                return []
            unsealed, self._unsealed, self._unsealed_bytes = self._unsealed, [], 0
            return unsealed

    def close(self) -> None:
        """Leave all that is unfinished to be gone on with."""
        with self._lock:
            for state in self._streams.values():
                if state.blob is not None:
                    state.blob.close()
