"""Brings a finished file home: in verified blocks that a cut line cannot undo, checked as a whole, then renamed.

Beside the target lie, until it is complete, `NAME.part` and `NAME.part.json`: how many of its bytes are verified and
safely on the disk.
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loraferry.cancellation import CancelToken
from loraferry.platform import sync_folder, write_atomically
from loraferry.remote.client import AgentClient
from loraferry.remote.hashes import hash_file
from loraferry_core.events import Artifact
from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import fail

BLOCK = 8 * 2**20
AHEAD = 4
"""Blocks asked for at once."""
SYNC_BYTES = 64 * 2**20
"""How much may have to be fetched again after a crash of this computer."""

PullProgress = Callable[[int, int], None]
"""Bytes that are there, and in all."""


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
        self.journal.unlink(missing_ok=True)


def pull(
    client: AgentClient, job: str, artifact: Artifact, folder: Path, progress: PullProgress, cancel: CancelToken
) -> Path:
    """Fetch a job's file to `folder`, under its own name, and give its path. One that is there already is left alone.

    Raises ProblemError: `artifact_corrupt` and `lora_not_safetensors` where it is not what was promised (nothing is
    left of it), `file_unwritable`, `name_unsafe`, `link_lost`; Cancelled. What is verified by then is used next time.
    """
    if not is_safe_relative(artifact.name):
        raise fail("name_unsafe", name=artifact.name)
    target = _Target(folder / artifact.name, artifact)
    try:
        if _is_complete(target):
            progress(artifact.size, artifact.size)
            return target.path
        target.path.parent.mkdir(parents=True, exist_ok=True)
        digest = _fetch(client, job, target, progress, cancel)
        _check(target, digest)
        target.part.replace(target.path)
        sync_folder(target.path.parent)
        target.journal.unlink(missing_ok=True)
    except OSError as error:
        raise fail("file_unwritable", path=error.filename or target.path, detail=error.strerror or error) from error
    return target.path


def _is_complete(target: _Target) -> bool:
    path = target.path
    return path.is_file() and path.stat().st_size == target.artifact.size and hash_file(path) == target.artifact.sha256


def _fetch(client: AgentClient, job: str, target: _Target, progress: PullProgress, cancel: CancelToken) -> str:
    """Fill `.part` up to its end; the hash of the whole."""
    size, start = target.artifact.size, target.verified()
    digest = hashlib.sha256()
    with target.part.open("r+b" if start else "wb") as file:
        _hash_prefix(file, start, digest)
        file.truncate(start)
        noted = here = start
        asked: deque[Future[tuple[bytes, int]]] = deque()
        next_offset = start
        while here < size:
            while next_offset < size and len(asked) < AHEAD:
                length = min(BLOCK, size - next_offset)
                asked.append(client.read_block(job, target.artifact.name, next_offset, length))
                next_offset += length
            data = _await_block(asked.popleft(), target, min(BLOCK, size - here), cancel)
            file.write(data)
            digest.update(data)
            here += len(data)
            progress(here, size)
            if here - noted >= SYNC_BYTES:
                noted = _make_safe(file, target, here)
        _make_safe(file, target, here)
    return digest.hexdigest()


def _await_block(block: "Future[tuple[bytes, int]]", target: _Target, length: int, cancel: CancelToken) -> bytes:
    while True:
        cancel.check()
        try:
            data, file_size = block.result(timeout=0.25)
        except NotInTime:
            continue
        if len(data) != length or file_size != target.artifact.size:
            target.discard()
            raise fail("artifact_corrupt", name=target.artifact.name)
        return data


def _make_safe(file: BinaryIO, target: _Target, here: int) -> int:
    file.flush()
    os.fsync(file.fileno())
    target.note(here)
    return here


def _hash_prefix(file: BinaryIO, length: int, digest: "hashlib._Hash") -> None:
    while length:
        data = file.read(min(BLOCK, length))
        if not data:
            raise OSError("the part became shorter")
        digest.update(data)
        length -= len(data)


def _check(target: _Target, digest: str) -> None:
    if digest != target.artifact.sha256:
        target.discard()
        raise fail("artifact_corrupt", name=target.artifact.name)
    if target.path.suffix == ".safetensors":
        try:
            read_header(target.part)
        except NotSafetensors as error:
            target.discard()
            raise fail("lora_not_safetensors", name=target.artifact.name, detail=error) from error
