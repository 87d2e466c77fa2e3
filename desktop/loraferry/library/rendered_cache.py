"""Keeps rendered pictures in the cache folder, so that an unchanged picture is rendered once."""

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.geometry import UNCUT, Cut
from loraferry.library.renderer import RENDERER_VERSION, Rendered, ferried, render, render_mask
from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import fail

_CHUNK = 1 << 20
_TABLES = """
CREATE TABLE IF NOT EXISTS sources (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cuts (
    source TEXT, resolution INTEGER, cut TEXT, version INTEGER, sha256 TEXT, suffix TEXT, bytes INTEGER,
    width INTEGER, height INTEGER, source_width INTEGER, source_height INTEGER, upscaled INTEGER,
    PRIMARY KEY (source, resolution, cut, version)
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
    """Rendered pictures by (hash of the source, resolution, turn and crop, version of the renderer), and masks.

    Usable from several threads.
    """

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

    def known(self, path: str, resolution: int, cut: Cut = UNCUT) -> RenderedFile | None:
        """The rendered picture of an original that has not changed since it was hashed; None where that takes reading.

        Takes some microseconds, so that tens of thousands of unchanged pictures are found in a second.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - asked for each of very many
        except OSError:
            return None
        stamp = (os.fsencode(path), status.st_size, status.st_mtime_ns, status.st_ino)
        with self._lock:
            row = self._database.execute(
                "SELECT r.sha256, r.suffix, r.bytes, r.source_width, r.source_height, r.upscaled FROM sources AS s"
                " JOIN cuts AS r ON r.source = s.sha256 WHERE s.path = ? AND s.size = ? AND s.mtime_ns = ?"
                " AND s.inode = ? AND r.resolution = ? AND r.cut = ? AND r.version = ?",
                (*stamp, resolution, _key(cut), RENDERER_VERSION),
            ).fetchone()
        return None if row is None else self._whole(*row)

    def rendered(self, path: Path, name: str, resolution: int, cut: Cut = UNCUT) -> RenderedFile:
        """The rendered picture, made now unless it is there already. Raises ProblemError as `render` does."""
        source, key = self.source_hash(path, name), _key(cut)
        known = self._known(source, resolution, key)
        if known is not None:
            return known
        return self._keep(source, resolution, key, render(path, name, ferried(resolution), cut))

    def mask(
        self,
        sha256: str,
        content: Callable[[], Path | bytes],
        name: str,
        picture: Size,
        resolution: int,
        cut: Cut = UNCUT,
    ) -> RenderedFile:
        """The mask whose content has this hash, for a picture of the upright size `picture`, made now unless it is there
        already; `content` is asked only then. Raises ProblemError `mask_unreadable`, and what `content` raises."""
        key = f"mask of {picture[0]} x {picture[1]} {_key(cut)}"
        known = self._known(sha256, resolution, key)
        if known is not None:
            return known
        return self._keep(sha256, resolution, key, render_mask(content(), name, picture, ferried(resolution), cut))

    def source_hash(self, path: Path, name: str) -> str:
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

    def _known(self, source: str, resolution: int, cut: str) -> RenderedFile | None:
        with self._lock:
            row = self._database.execute(
                "SELECT sha256, suffix, bytes, source_width, source_height, upscaled FROM cuts"
                " WHERE source = ? AND resolution = ? AND cut = ? AND version = ?",
                (source, resolution, cut, RENDERER_VERSION),
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

    def _keep(self, source: str, resolution: int, cut: str, result: Rendered) -> RenderedFile:
        path = self._path(result.sha256, result.suffix)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f"{path.name}.{threading.get_ident()}.part")
        try:
            temporary.write_bytes(result.data)
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise fail("file_unreadable", path=path, detail=error.strerror or str(error)) from error
        row = (source, resolution, cut, RENDERER_VERSION, result.sha256, result.suffix, len(result.data))
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO cuts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, *result.size, *result.source_size, result.upscaled),
            )
        return RenderedFile(path, result.sha256, len(result.data), result.source_size, result.upscaled)

    def _path(self, sha256: str, suffix: str) -> Path:
        return self._files / sha256[:2] / f"{sha256}{suffix}"


def _key(cut: Cut) -> str:
    """The text by which a turn and a crop are known; empty for a picture as it is."""
    if cut == UNCUT:
        return ""
    return json.dumps([cut.turn.encoded(), cut.crop and cut.crop.encoded()], separators=(",", ":"))


@contextmanager
def _named(path: Path, name: str) -> Iterator[None]:
    """Turns errors of reading the original into problems that name the picture."""
    try:
        yield
    except FileNotFoundError as error:
        raise fail("image_vanished", name=name) from error
    except OSError as error:
        raise fail("image_unreadable", name=name, detail=error.strerror or str(error)) from error
