"""Blobs on their way in: hashed while they are written, renamed into the store when the hash is right."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loraferry_agent import platform
from loraferry_agent.blobs.store import BlobStore, disk_full, free_bytes, full_disk_named, is_being_written
from loraferry_agent.jobs.process import identify_self
from loraferry_core.problems import ProblemError, fail

COPY_BYTES = 2**20


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
        self.part.parent.mkdir(parents=True, exist_ok=True)
        with full_disk_named(self.part.parent, self._size - offset):
            if free_bytes(self.part.parent) < self._size - offset:
                raise disk_full(self.part.parent, self._size - offset)
            earlier = self._earlier(offset) if offset else None
            if earlier is not None and not self._in_use(earlier):
                earlier.replace(self.part)
                self._file = self.part.open("r+b", buffering=0)
                self._take_in_place(self._file, offset)
            else:
                self._file = self.part.open("xb", buffering=0)
                if earlier is not None:
                    self._take_copy(earlier, offset)

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
        place = self._store.place(self.sha256)
        if self._store.has(self.sha256, self._size):
            self.part.unlink(missing_ok=True)
        else:
            platform.make_read_only(self.part)
            self.part.replace(place)
        if self._resumed:
            self._store.remove_parts(self.sha256, self._in_use)

    def close(self) -> None:
        """Leave what has come as a part to go on from."""
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass
class _Stream:
    """One announced stream. Without `blob` its bytes are of no use any more and are dropped."""

    remaining: int
    blob: Incoming | None = None


class Receiver:
    """All blobs coming in on one connection. `received` is the sum of their bytes."""

    def __init__(self, store: BlobStore) -> None:
        self.received = 0
        self._store = store
        self._token = identify_self().token()
        self._number = 0
        self._streams: dict[int, _Stream] = {}

    def announce(self, stream: int, sha256: str, size: int, offset: int) -> bool:
        """Begin a blob; True when it is in the store already, so that its bytes are not needed.

        Raises ProblemError and OSError; the bytes that follow are dropped then.
        """
        if offset > size:
            raise fail("protocol_violation", detail=f"{sha256}: offset {offset} of {size}")
        self._abandon(stream, sha256)
        remaining = size - offset
        if remaining:
            self._streams[stream] = _Stream(remaining)
        if self._store.has(sha256, size):
            return True
        self._number += 1
        part = self._store.part(sha256, self._token, self._number)
        blob = Incoming(self._store, sha256, size, part, self._in_use)
        try:
            blob.open(offset)
            if blob.complete:
                blob.finish()
                return True
        except (ProblemError, OSError):
            blob.close()
            raise
        self._streams[stream].blob = blob
        return False

    def _in_use(self, part: Path) -> bool:
        if self._token not in part.name:
            return is_being_written(part)
        return any(state.blob is not None and state.blob.part == part for state in self._streams.values())

    def _abandon(self, stream: int, sha256: str) -> None:
        for number, state in self._streams.items():
            if state.blob is not None and (number == stream or state.blob.sha256 == sha256):
                state.blob.close()
                state.blob = None
        self._streams.pop(stream, None)

    def take(self, stream: int, offset: int, data: bytes) -> str | None:
        """Bytes of a stream; gives the hash of the blob when they were its last.

        Raises ProblemError: protocol_violation, disk_full, blob_corrupt; OSError. The rest of the stream is dropped then.
        """
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
                blob.finish()
                return blob.sha256
        except (ProblemError, OSError):
            blob.close()
            raise
        state.blob = blob
        return None

    def close(self) -> None:
        """Leave all that is unfinished to be gone on with."""
        for state in self._streams.values():
            if state.blob is not None:
                state.blob.close()
