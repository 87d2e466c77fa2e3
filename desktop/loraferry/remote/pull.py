"""Brings a finished file home: in verified blocks that a cut line cannot undo, checked as a whole, then renamed.

Beside the target lie, until it is complete, `NAME.part` and `NAME.part.json`: how many of its bytes are verified and
safely on the disk.
"""

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from loraferry.cancellation import CancelToken
from loraferry.platform import remove_leftovers, sync_folder, write_atomically
from loraferry.remote.client import AgentClient
from loraferry.remote.flow import MOST, Parcel, Rate, seconds_left, why_slow
from loraferry.remote.hashes import hash_file
from loraferry.remote.pace import LOOK_S, Pace
from loraferry.remote.sync import SyncProgress
from loraferry_core.events import Artifact
from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import ProblemError, fail

BLOCK = 8 * 2**20
"""Bytes of a block at most; on a slow line they are smaller, so that nothing waits long behind one."""
SYNC_BYTES = 64 * 2**20
"""How much may have to be fetched again after a crash of this computer."""

WRONG = frozenset({"artifact_corrupt", "lora_not_safetensors"})
"""Problems after which nothing of a file is worth keeping."""

PullProgress = Callable[[int, int], None]
"""Bytes that are there, and in all."""
Watch = Callable[[SyncProgress], None]
"""Hears rate, time left and the rest besides."""


@dataclass
class _Target:
    """The file to be and its two companions."""

    path: Path
    artifact: Artifact

    @property
    def part(self) -> Path:
        return self.path.with_name(self.path.name + ".part")

    @property
    def journal(self) -> Path:
        return self.path.with_name(self.path.name + ".part.json")

    def verified(self) -> int:
        """Bytes of `.part` that can be relied on; 0 where it belongs to another file."""
        try:
            noted = json.loads(self.journal.read_text(encoding="utf-8"))
            same = (noted["sha256"], noted["size"]) == (self.artifact.sha256, self.artifact.size)
            verified = int(noted["verified"]) if same else 0
            return verified if 0 < verified <= self.part.stat().st_size else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def note(self, verified: int) -> None:
        """Write down how far `.part` is."""
        noted = {"sha256": self.artifact.sha256, "size": self.artifact.size, "verified": verified}
        write_atomically(self.journal, json.dumps(noted).encode())

    def discard(self) -> None:
        """Remove what is not the file yet."""
        self.part.unlink(missing_ok=True)
        self.forget()

    def forget(self) -> None:
        """Remove the note."""
        self.journal.unlink(missing_ok=True)
        remove_leftovers(self.journal)


def pull(
    client: AgentClient,
    job: str,
    artifact: Artifact,
    folder: Path,
    progress: PullProgress,
    cancel: CancelToken,
    *,
    pace: Pace | None = None,
    watch: Watch | None = None,
) -> Path:
    """Fetch a job's file to `folder`, under its own name, and give its path. One that is there already is left alone.

    Raises ProblemError: `artifact_corrupt` and `lora_not_safetensors` where it is not what was promised (nothing is
    left of it), `file_unwritable`, `name_unsafe`, `link_lost`; Cancelled. What is verified by then is used next time.
    Several pulls over one connection share it.
    """
    if not is_safe_relative(artifact.name):
        raise fail("name_unsafe", name=artifact.name)
    target = _Target(folder / artifact.name, artifact)
    try:
        if _is_complete(target):
            progress(artifact.size, artifact.size)
            return target.path
        target.path.parent.mkdir(parents=True, exist_ok=True)
        _check(target, _Fetch(client, job, target, cancel, pace or Pace()).run(progress, watch))
        target.part.replace(target.path)
        sync_folder(target.path.parent)
        target.forget()
    except OSError as error:
        raise fail("file_unwritable", path=error.filename or target.path, detail=error.strerror or error) from error
    except ProblemError as error:
        if error.problem.code in WRONG:
            target.discard()
        raise
    return target.path


def _is_complete(target: _Target) -> bool:
    path = target.path
    return path.is_file() and path.stat().st_size == target.artifact.size and hash_file(path) == target.artifact.sha256


@dataclass
class _Block:
    """A part of the file that was asked for."""

    length: int
    data: "Future[tuple[bytes, int]]"


class _Fetch:
    """Fills a `.part` up to its end."""

    def __init__(self, client: AgentClient, job: str, target: _Target, cancel: CancelToken, pace: Pace) -> None:
        self._client, self._job, self._target, self._cancel, self._pace = client, job, target, cancel, pace
        self._link = client.reading
        self._size = target.artifact.size
        self._next = 0
        """Where the first block begins that was not asked for yet."""
        self._asked: deque[_Block] = deque()
        self._asked_bytes = 0

    def run(self, progress: PullProgress, watch: Watch | None) -> str:
        """Fetch what is missing; gives the hash of the whole."""
        here = self._target.verified()
        digest = hashlib.sha256()
        with self._target.part.open("r+b" if here else "wb") as file:
            _hash_prefix(file, here, digest)
            file.truncate(here)
            self._link.join()
            try:
                # The disk is waited for beside the link, which would run dry meanwhile.
                with ThreadPoolExecutor(1, thread_name_prefix="pull journal") as saver:
                    self._fill(_Journal(file, self._target, here, saver), digest, progress, watch)
            finally:
                self._link.leave()
        return digest.hexdigest()

    def _fill(self, journal: "_Journal", digest: "hashlib._Hash", progress: PullProgress, watch: Watch | None) -> None:
        here = self._next = journal.here
        rate = Rate(time.monotonic())
        rate.begin(here, time.monotonic())
        try:
            while here < self._size:
                again = self._ask()
                if watch is not None:
                    watch(self._standing(here, rate))
                data = self._receive(again)
                if data is not None:
                    journal.write(data)
                    digest.update(data)
                    here += len(data)
                    rate.add(here, time.monotonic())
                    progress(here, self._size)
        finally:
            journal.finish()

    def _ask(self) -> float:
        """Ask for as much more as the link, the other pulls and the user allow; gives after how many seconds to look
        again, at the latest."""
        while self._next < self._size and (not self._asked or self._asked_bytes < self._link.part()):
            length = min(self._link.piece(BLOCK, self._pace.limit), self._size - self._next)
            seconds = self._pace.take(length)
            if seconds:
                return min(seconds, LOOK_S)
            parcel = self._link.send(length, time.monotonic())
            block = self._client.read_block(self._job, self._target.artifact.name, self._next, length)
            block.add_done_callback(partial(self._note_arrival, parcel))
            self._asked.append(_Block(length, block))
            self._asked_bytes += length
            self._next += length
        return LOOK_S

    def _note_arrival(self, parcel: Parcel, block: "Future[tuple[bytes, int]]") -> None:
        if block.exception() is None:
            self._link.arrive(parcel, time.monotonic())
        else:
            self._link.lose(parcel)

    def _receive(self, seconds: float) -> bytes | None:
        """The next block; None where it takes longer than that. Raises ProblemError, Cancelled."""
        self._cancel.check()
        if not self._asked:
            self._cancel.wait(seconds)
            return None
        block = self._asked[0]
        try:
            data, file_size = block.data.result(timeout=seconds)
        except NotInTime:
            return None
        self._asked.popleft()
        self._asked_bytes -= block.length
        if len(data) != block.length or file_size != self._size:
            raise fail("artifact_corrupt", name=self._target.artifact.name)
        return data

    def _standing(self, here: int, rate: Rate) -> SyncProgress:
        pace, value = self._pace, rate.value()
        slow = why_slow(
            rate=value,
            round_trip=self._link.round_trip(),
            under_way=self._asked_bytes,
            limit=self._link.part(),
            channels=1,
            cap=pace.limit,
            window=MOST,
        )
        return SyncProgress(
            here,
            self._size,
            0,
            1,
            0.0 if pace.paused else value,
            None if pace.paused else seconds_left(self._size - here, value),
            pace.paused,
            "" if pace.paused else slow,
        )


class _Journal:
    """The `.part`, and the note of how much of it is verified and on the disk, which `saver` writes now and then."""

    def __init__(self, file: BinaryIO, target: _Target, here: int, saver: ThreadPoolExecutor) -> None:
        self.here = here
        self._file, self._target, self._saver = file, target, saver
        self._noted = here
        self._saving: Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Add verified bytes. Raises OSError."""
        self._file.write(data)
        self.here += len(data)
        if self.here - self._noted >= SYNC_BYTES:
            self._begin_to_save()

    def finish(self) -> None:
        """Have everything noted that was written. Raises OSError."""
        if self.here > self._noted:
            self._begin_to_save()
        if self._saving is not None:
            self._saving.result()

    def _begin_to_save(self) -> None:
        if self._saving is not None:
            self._saving.result()
        self._file.flush()
        self._noted = self.here
        self._saving = self._saver.submit(self._save, self.here)

    def _save(self, here: int) -> None:
        os.fsync(self._file.fileno())
        self._target.note(here)


def _hash_prefix(file: BinaryIO, length: int, digest: "hashlib._Hash") -> None:
    while length:
        data = file.read(min(BLOCK, length))
        if not data:
            raise OSError("the part became shorter")
        digest.update(data)
        length -= len(data)


def _check(target: _Target, digest: str) -> None:
    if digest != target.artifact.sha256:
        raise fail("artifact_corrupt", name=target.artifact.name)
    if target.path.suffix == ".safetensors":
        try:
            read_header(target.part)
        except NotSafetensors as error:
            raise fail("lora_not_safetensors", name=target.artifact.name, detail=error) from error
