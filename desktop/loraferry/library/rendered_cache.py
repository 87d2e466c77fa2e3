"""Keeps rendered pictures in the cache folder, so that an unchanged picture is rendered once."""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.renderer import RENDERER_VERSION, Rendered, render
from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import fail

_CHUNK = 1 << 20
_TABLES = """
CREATE TABLE IF NOT EXISTS sources (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rendered (
    source TEXT, resolution INTEGER, version INTEGER, sha256 TEXT, suffix TEXT, bytes INTEGER,
    width INTEGER, height INTEGER, source_width INTEGER, source_height INTEGER, upscaled INTEGER,
    PRIMARY KEY (source, resolution, version)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class RenderedFile:
    """A rendered picture on disk."""

    path: Path
    sha256: str
    bytes: int
    source_size: Size
    upscaled: bool


class RenderedCache:
    """Rendered pictures by (hash of the source, resolution, version of the renderer). Usable from several threads."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "rendered"
        self._files.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(folder / "rendered.sqlite", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")  # a cache: what is lost is rendered again
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Close the index; the files stay."""
        self._database.close()

    def known(self, path: str, resolution: int) -> RenderedFile | None:
        """The rendered picture of an original that has not changed since it was hashed; None where that takes reading.

        Takes some microseconds, so that tens of thousands of unchanged pictures are found in a second.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - asked for each of very many
        except OSError:
            return None
        with self._lock:
            row = self._database.execute(
                "SELECT r.sha256, r.suffix, r.bytes, r.source_width, r.source_height, r.upscaled FROM sources AS s"
                " JOIN rendered AS r ON r.source = s.sha256 WHERE s.path = ? AND s.size = ? AND s.mtime_ns = ?"
                " AND s.inode = ? AND r.resolution = ? AND r.version = ?",
                (os.fsencode(path), status.st_size, status.st_mtime_ns, status.st_ino, resolution, RENDERER_VERSION),
            ).fetchone()
        return None if row is None else self._whole(*row)

    def rendered(self, path: Path, name: str, resolution: int) -> RenderedFile:
        """The rendered picture, made now unless it is there already. Raises ProblemError as `render` does."""
        source = self._source_hash(path, name)
        known = self._known(source, resolution)
        if known is not None:
            return known
        return self._keep(source, resolution, render(path, name, resolution))

    def _source_hash(self, path: Path, name: str) -> str:
        """SHA-256 of the original, read only when its size, time or inode changed since it was last hashed."""
        with _named(path, name):
            status = path.stat()
            stamp = (status.st_size, status.st_mtime_ns, status.st_ino)
            key = os.fsencode(path)
            with self._lock:
                row = self._database.execute(
                    "SELECT sha256 FROM sources WHERE path = ? AND size = ? AND mtime_ns = ? AND inode = ?",
                    (key, *stamp),
                ).fetchone()
            if row is not None:
                return str(row[0])
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)", (key, *stamp, digest.hexdigest())
            )
        return digest.hexdigest()

    def _known(self, source: str, resolution: int) -> RenderedFile | None:
        with self._lock:
            row = self._database.execute(
                "SELECT sha256, suffix, bytes, source_width, source_height, upscaled FROM rendered"
                " WHERE source = ? AND resolution = ? AND version = ?",
                (source, resolution, RENDERER_VERSION),
            ).fetchone()
        return None if row is None else self._whole(*row)

    def _whole(
        self, sha256: str, suffix: str, size: int, width: int, height: int, upscaled: int
    ) -> RenderedFile | None:
        path = f"{self._files}{os.sep}{sha256[:2]}{os.sep}{sha256}{suffix}"
        try:
            whole = os.stat(path).st_size == size  # noqa: PTH116 - asked for each of very many
        except FileNotFoundError:
            return None
        return RenderedFile(Path(path), sha256, size, (width, height), bool(upscaled)) if whole else None

    def _keep(self, source: str, resolution: int, result: Rendered) -> RenderedFile:
        path = self._path(result.sha256, result.suffix)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f"{path.name}.{threading.get_ident()}.part")
        try:
            temporary.write_bytes(result.data)
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise fail("file_unreadable", path=path, detail=error.strerror or str(error)) from error
        row = (source, resolution, RENDERER_VERSION, result.sha256, result.suffix, len(result.data))
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO rendered VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, *result.size, *result.source_size, result.upscaled),
            )
        return RenderedFile(path, result.sha256, len(result.data), result.source_size, result.upscaled)

    def _path(self, sha256: str, suffix: str) -> Path:
        return self._files / sha256[:2] / f"{sha256}{suffix}"


@contextmanager
def _named(path: Path, name: str) -> Iterator[None]:
    """Turns errors of reading the original into problems that name the picture."""
    try:
        yield
    except FileNotFoundError as error:
        raise fail("image_vanished", name=name) from error
    except OSError as error:
        raise fail("image_unreadable", name=name, detail=error.strerror or str(error)) from error
