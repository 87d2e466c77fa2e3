"""Small pictures for the grid: made once, kept as JPEG in one SQLite file of the cache folder."""

import io
import os
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from loraferry.library.decoding import decoded, within
from loraferry.library.measures import MeasureTable
from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import Problem, ProblemError, problem

STORED_EDGES = (320, 640, 1280)
"""Longer side in pixels of what is kept: the first is enough for the grid at its usual size, the others for larger
pictures and denser screens."""
JPEG_QUALITY = 85
MAX_BYTES = 512 << 20

_TABLE = """
CREATE TABLE IF NOT EXISTS thumbnail (
    path BLOB PRIMARY KEY, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, jpeg BLOB NOT NULL
)
"""


@dataclass(frozen=True)
class Thumbnail:
    """A small picture as RGB bytes, the size of the original, or what is wrong with it."""

    name: str
    size: Size = (0, 0)
    """(width, height) of `rgb`, three bytes a pixel, rows without padding."""
    rgb: bytes = b""
    source_size: Size = (0, 0)
    problem: Problem | None = None


class ThumbnailCache:
    """Thumbnails by (path, mtime, size) of the original. Usable from several threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        path = folder / "thumbnails.sqlite"
        try:
            self._database = self._opened(path)
        except sqlite3.DatabaseError:
            # A cache that was damaged holds nothing that cannot be made again.
            path.unlink(missing_ok=True)
            self._database = self._opened(path)
        self.measures = MeasureTable(self._database, self._lock)

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(_TABLE)
        return database

    def close(self) -> None:
        """Close the file; it is begun anew next time when it has grown over its limit."""
        with self._lock:
            pages = self._database.execute("PRAGMA page_count").fetchone()[0]
            page = self._database.execute("PRAGMA page_size").fetchone()[0]
            if pages * page > MAX_BYTES:
                self._database.execute("DROP TABLE thumbnail")
                self._database.execute("VACUUM")
            self._database.close()

    def get(self, path: str, mtime_ns: int, size: int) -> tuple[bytes, Size] | None:
        """(JPEG, size of the original), if made for this very state of the file."""
        with self._lock:
            row = self._database.execute(
                "SELECT jpeg, width, height FROM thumbnail WHERE path = ? AND mtime_ns = ? AND size = ?",
                (os.fsencode(path), mtime_ns, size),
            ).fetchone()
        return None if row is None else (row[0], (row[1], row[2]))

    def put(self, path: str, mtime_ns: int, size: int, source_size: Size, jpeg: bytes) -> None:
        """Keep a thumbnail."""
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO thumbnail VALUES (?, ?, ?, ?, ?, ?)",
                (os.fsencode(path), mtime_ns, size, *source_size, jpeg),
            )


def thumbnail(name: str, path: str, edge: int, cache: ThumbnailCache) -> Thumbnail:
    """The picture `edge` pixels wide or high, from the cache or made now; small ones are at most doubled.

    Never raises a ProblemError: what is wrong is in the result.
    """
    try:
        status = Path(path).stat()
    except OSError:
        return Thumbnail(name, problem=problem("image_vanished", name=name))
    kept = cache.get(path, status.st_mtime_ns, status.st_size)
    try:
        if kept is not None:
            jpeg, source_size = kept
            with Image.open(io.BytesIO(jpeg)) as stored:
                if max(stored.size) >= min(edge, max(source_size)):
                    return _enlarged(_shown(name, stored.convert("RGB"), edge, source_size), edge)
        small, source_size = decoded(Path(path), name, stored_edge(edge))
    except ProblemError as error:
        return Thumbnail(name, problem=error.problem)
    cache.put(path, status.st_mtime_ns, status.st_size, source_size, _jpeg(small))
    return _enlarged(_shown(name, small, edge, source_size), edge)


def stored_edge(edge: int) -> int:
    """The longer side that is kept where `edge` is asked for, so that a little more later needs no original."""
    return next((stored for stored in STORED_EDGES if stored >= edge), edge)


def _enlarged(small: Thumbnail, edge: int) -> Thumbnail:
    """A picture that is smaller than its place in the grid, at most doubled, so that it fills that place."""
    width, height = small.size
    scale = min(2.0, edge / max(width, height))
    if scale <= 1:
        return small
    size = (round(width * scale), round(height * scale))
    image = Image.frombytes("RGB", small.size, small.rgb).resize(size, Image.Resampling.BICUBIC)
    return Thumbnail(small.name, size, image.tobytes(), small.source_size)


def preview(name: str, path: str, edge: int) -> Thumbnail:
    """The picture for a large view, at most `edge` pixels wide and high; not cached. Never raises a ProblemError."""
    try:
        image, source_size = decoded(Path(path), name, edge)
    except ProblemError as error:
        return Thumbnail(name, problem=error.problem)
    return _shown(name, image, edge, source_size)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _shown(name: str, image: Image.Image, edge: int, source_size: Size) -> Thumbnail:
    image = within(image, edge)
    return Thumbnail(name, image.size, image.tobytes(), source_size)
