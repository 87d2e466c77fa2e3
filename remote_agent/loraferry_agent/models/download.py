"""One file from a web server onto the disk: gone on with after a cut, checked by size and hash before it gets its name."""

import hashlib
import http.client
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from loraferry_agent.blobs.store import full_disk_named
from loraferry_agent.models.sources import RemoteFile
from loraferry_agent.models.web import Interrupted, PastEnd, Web, reason_of, shown
from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.problems import fail

ATTEMPTS = 6
"""Tries in a row that bring no byte; then the source is given up."""
BLOCK = 256 * 1024
HEAD = 9
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_MAX_HEADER = 100_000_000
"""What the format allows (safetensors' own limit)."""

Tell = Callable[[int], None]
"""Takes the bytes of this file that are there. Raises to end the download."""
Pause = Callable[[float], None]


class Part:
    """The unfinished file, hashed as it grows. A note beside it tells which version of the file it is a part of."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.version")
        self.size = 0
        self.head = b""
        """The first bytes, by which weights are told from something else."""
        self._sha256 = hashlib.sha256()
        if self.path.exists():
            self._take_up()

    def _take_up(self) -> None:
        with self.path.open("rb") as file:
            while block := file.read(BLOCK):
                self._count(block)

    def _count(self, block: bytes) -> None:
        self.head += block[: HEAD - len(self.head)]
        self._sha256.update(block)
        self.size += len(block)

    @property
    def sha256(self) -> str:
        """SHA-256 in hex of what is there."""
        return self._sha256.hexdigest()

    @property
    def version(self) -> str:
        """The server's mark of the file that this is a part of; empty where it gave none."""
        return self._note.read_text(encoding="utf-8") if self._note.exists() else ""

    def begin(self, version: str) -> None:
        """Start anew, with a file that the server marks so. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self._note.write_text(version, encoding="utf-8")
        self.size, self.head, self._sha256 = 0, b"", hashlib.sha256()

    def append(self, data: bytes) -> None:
        """Take the next bytes. Raises OSError."""
        with self.path.open("ab") as file:
            file.write(data)
        self._count(data)

    def finish(self, target: Path) -> None:
        """Force the bytes onto the disk and give the file its name. Raises OSError."""
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self._note.unlink(missing_ok=True)

    def drop(self) -> None:
        """Throw away what came."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def download(web: Web, file: RemoteFile, target: Path, name: str, tell: Tell, pause: Pause = time.sleep) -> None:
    """Have `file` whole at `target`; what an earlier try left is gone on with. `name` is the model's, for problems.

    Raises ProblemError: fetch_corrupt and fetch_no_model (with nothing left of it), what `Web.open` raises, fetch_failed
    when no try brings a byte any more, disk_full; OSError; and what `tell` raises.
    """
    if is_whole(target, file):
        tell(target.stat().st_size)
        return
    with full_disk_named(target.parent, file.size):
        part = Part(target)
        fruitless = 0
        while True:
            before = part.size
            try:
                _receive(web, file, part, name, tell)
                break
            except Interrupted as error:
                fruitless = 0 if part.size > before else fruitless + 1
                if fruitless == ATTEMPTS:
                    raise fail("fetch_failed", name=name, detail=error) from error
                pause(min(0.5 * 2**fruitless, 30.0))
        _check(part, file, name)
        part.finish(target)


def is_whole(path: Path, file: RemoteFile) -> bool:
    """Whether the file is at `path` already, by its size and hash; not where neither hash is known."""
    if not path.is_file() or not (file.sha256 or file.git) or (file.size and path.stat().st_size != file.size):
        return False
    return _matches(path, file)


def _matches(path: Path, file: RemoteFile) -> bool:
    hasher = hashlib.sha256() if file.sha256 else hashlib.sha1(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as data:
        while block := data.read(BLOCK):
            hasher.update(block)
    return hasher.hexdigest() == (file.sha256 or file.git)


def _receive(web: Web, file: RemoteFile, part: Part, name: str, tell: Tell) -> None:
    """One connection, to the file's end. Raises Interrupted when it breaks before."""
    if file.size and part.size == file.size:
        return
    try:
        response = web.open(file.url, _continuing(part, file))
    except PastEnd as error:
        part.drop()
        part.size = 0
        raise Interrupted(f"{shown(file.url)}: {error or 'no more bytes'}") from error
    with response:
        total = _total(response, file, part, name)
        while block := _read(response, file):
            part.append(block)
            if len(part.head) == HEAD:
                _look_at_beginning(part, file, name)
            if total and part.size > total:
                part.drop()
                raise fail("fetch_corrupt", name=name, place=shown(file.url))
            tell(part.size)
    if part.size < total:
        raise Interrupted(f"{shown(file.url)}: ended at byte {part.size} of {total}")


def _continuing(part: Part, file: RemoteFile) -> dict[str, str]:
    """The headers that ask for the rest. Without a hash to check it by, only of the same version of the file."""
    if not part.size or not (file.sha256 or part.version):
        return {}
    headers = {"Range": f"bytes={part.size}-"}
    if not file.sha256:
        headers["If-Range"] = part.version
    return headers


def _total(response: http.client.HTTPResponse, file: RemoteFile, part: Part, name: str) -> int:
    """The size of the whole file, 0 where it is not told. Puts the part to where the answer begins."""
    if response.headers.get_content_type() == "text/html":
        raise fail("fetch_no_model", name=name, place=shown(file.url))
    placed = _RANGE.fullmatch(response.headers.get("Content-Range", "")) if response.status == 206 else None
    if placed is None or int(placed[1]) != part.size:
        if response.status == 206:
            part.begin("")
            raise Interrupted(f"{shown(file.url)}: answered with another range")
        part.begin(_version(response))
        total = int(response.headers.get("Content-Length") or 0)
    else:
        total = 0 if placed[2] == "*" else int(placed[2])
    if file.size and total not in (0, file.size):
        part.drop()
        raise fail("fetch_corrupt", name=name, place=shown(file.url))
    return total or file.size


def _version(response: http.client.HTTPResponse) -> str:
    """A strong mark; a weak one does not promise the same bytes."""
    tag = response.headers.get("ETag") or ""
    return "" if tag.startswith("W/") else tag


def _read(response: http.client.HTTPResponse, file: RemoteFile) -> bytes:
    try:
        return response.read1(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise Interrupted(f"{shown(file.url)}: {reason_of(error)}") from error


def _look_at_beginning(part: Part, file: RemoteFile, name: str) -> None:
    """Tell a login page or a pickled file from weights before gigabytes have come. Weights begin with the length of
    their header and its first brace."""
    length, brace = int.from_bytes(part.head[:8], "little"), part.head[8:]
    if file.path.endswith(".safetensors") and not (2 <= length <= _MAX_HEADER and brace == b"{"):
        part.drop()
        raise fail("fetch_no_model", name=name, place=shown(file.url))


def _check(part: Part, file: RemoteFile, name: str) -> None:
    """Raises ProblemError fetch_corrupt, with the part thrown away."""
    right = file.size in (0, part.size)
    if file.sha256:
        right = right and part.sha256 == file.sha256
    elif file.git:
        right = right and _matches(part.path, file)
    if right and file.path.endswith(".safetensors") and not file.sha256:
        try:
            read_header(part.path)
        except NotSafetensors:
            right = False
    if not right:
        part.drop()
        raise fail("fetch_corrupt", name=name, place=shown(file.url))
