"""Caption files: read in whatever encoding they have, written as UTF-8, at once and whole or not at all."""

import codecs
import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from loraferry_core.problems import Problem, fail, problem

MAX_CAPTION_BYTES = 1 << 20
TEMPORARY = ".loraferry-"
"""How the names of files begin that are being written; the finished ones take their place."""
LEFT_S = 3600.0
"""A temporary file that is older was left by a process that was killed: writing one takes no second."""
Stamp = tuple[int, int]
"""(mtime_ns, size): tells whether a file was changed since it was read."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption as read: its text, the stamp of its file (None: no file), and what is odd about it."""

    text: str = ""
    stamp: Stamp | None = None
    encoding: str = "UTF-8"
    problem: Problem | None = None


NO_CAPTION = Caption()


def stamp_of(path: str | Path) -> Stamp | None:
    """The stamp of a file, or None where there is none."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def read_caption(path: str | Path, name: str) -> Caption:
    """The caption in the file at `path`; `name` is the picture's, for the problem. Never raises."""
    try:
        with FileIO(path) as file:
            status = os.fstat(file.fileno())
            data = file.readall() if status.st_size <= MAX_CAPTION_BYTES else b""
    except FileNotFoundError:
        return NO_CAPTION
    except OSError as error:
        return Caption(problem=problem("caption_unreadable", name=name, detail=error.strerror or str(error)))
    stamp = (status.st_mtime_ns, status.st_size)
    if status.st_size > MAX_CAPTION_BYTES:
        return Caption(
            stamp=stamp, problem=problem("caption_unreadable", name=name, detail=f"> {MAX_CAPTION_BYTES >> 20} MB")
        )
    decoded = decode(data)
    if decoded is None:
        return Caption(stamp=stamp, problem=problem("caption_unreadable", name=name, detail="not text"))
    text, encoding = decoded
    odd = None if encoding == "UTF-8" else problem("caption_encoding", name=name, encoding=encoding)
    return Caption(_tidy(text), stamp, encoding, odd)


def _tidy(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def decode(data: bytes) -> tuple[str, str] | None:
    """The text of `data` and the encoding it was found to have; None where it is no text.

    Tried in turn: byte order marks, UTF-8, UTF-16 without a mark (every other byte is zero), GB18030 where most of
    its two-byte characters are of the common GB 2312 block, and Windows-1252.
    """
    for mark, codec, label in _MARKS:
        if data.startswith(mark):
            return _decoded(data, codec, label)
    if b"\x00" in data:
        # Most zero bytes are the high halves of ASCII signs; a few are low halves of other letters.
        codec = "utf-16-be" if data[0::2].count(0) > data[1::2].count(0) else "utf-16-le"
        found = _decoded(data, codec, "UTF-16")
        return None if found is None or "\x00" in found[0] else found
    plain = _decoded(data, "utf-8", "UTF-8")
    if plain is not None:
        return plain
    chinese = _decoded(data, "gb18030", "GB18030")
    if chinese is not None and _looks_chinese(data):
        return chinese
    return _decoded(data, "cp1252", "Windows-1252") or _decoded(data, "latin-1", "Latin-1")


def _decoded(data: bytes, codec: str, label: str) -> tuple[str, str] | None:
    try:
        return data.decode(codec), label
    except UnicodeDecodeError:
        return None


def _looks_chinese(data: bytes) -> bool:
    """Whether at least half of the double bytes are of GB 2312, where both bytes are high.

    Western text in Windows-1252 has lone high bytes, which GB18030 would join with the ASCII letter that follows.
    """
    pairs = common = position = 0
    while position < len(data):
        if data[position] < 0x80:
            position += 1
            continue
        pairs += 1
        common += position + 1 < len(data) and data[position + 1] >= 0xA1
        position += 2
    return common * 2 >= pairs


def write_caption(path: Path, text: str, name: str) -> Stamp:
    """Write `text` as UTF-8 by a temporary file beside it, synced and renamed; keeps the permissions of the old file.

    Raises ProblemError `caption_unwritable`; the old file is then as it was.
    """
    # A link is followed, so that the file it names is replaced and the link stays.
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    try:
        return _replace(target, text.encode("utf-8", "replace"))
    except OSError as error:
        raise fail("caption_unwritable", name=name, detail=error.strerror or str(error)) from error


def _replace(target: Path, data: bytes) -> Stamp:
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mode = None
    if mode is not None and not mode & stat.S_IWUSR:
        # Renaming over it would work; but who write-protects a file wants it kept.
        raise PermissionError(13, "the file is write-protected")
    temporary = target.with_name(f"{TEMPORARY}{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        status = temporary.stat()
        temporary.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    return status.st_mtime_ns, status.st_size


def remove_leftovers(folder: Path, leftovers: Iterable[str]) -> None:
    """Remove the temporary files that a killed process has left, given by their paths below `folder`."""
    for relative in leftovers:
        path = folder / relative
        # One that cannot be removed does no harm: no listing shows it.
        with contextlib.suppress(OSError):
            if path.name.startswith(TEMPORARY) and time.time() - path.stat().st_mtime > LEFT_S:
                path.unlink()
