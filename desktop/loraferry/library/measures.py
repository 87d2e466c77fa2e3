"""What is known of pictures from their files: sizes and quality, read in parts in other threads, kept in the cache."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from PIL import Image

from loraferry.library.decoding import decoded
from loraferry.library.pictures import opened, upright_size
from loraferry.library.quality import MEASURED_EDGE, QUALITY_VERSION, Quality, measure_quality
from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import Problem, ProblemError, problem


@dataclass(frozen=True, slots=True)
class Measure:
    """What was found out about one picture. `width` and `height` are upright pixels, 0 where the header could not be
    read; `quality` is None where it was not measured (yet); `problem` says what is wrong with the file."""

    name: str
    width: int = 0
    height: int = 0
    quality: Quality | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class State:
    """In which state a file was measured."""

    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What the cache knows of one file."""

    state: State
    size: Size
    """Upright (width, height)."""
    quality: Quality | None = None


# --- the cache

_MEASURES = tuple(field.name for field in fields(Quality))
_HASHES = tuple(_MEASURES.index(name) for name in ("hash", "mirrored_hash"))
_COLUMNS = ("path", "mtime_ns", "size", "width", "height", "version", *_MEASURES)
_NAMES = ", ".join(_COLUMNS)
_TABLE = f"""
CREATE TABLE IF NOT EXISTS measure (
    path BLOB PRIMARY KEY, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, version INTEGER NOT NULL,
    {", ".join(f"{name} {'INTEGER' if place in _HASHES else 'REAL'}" for place, name in enumerate(_MEASURES))}
) WITHOUT ROWID
"""
# A size that was read from the header takes no quality of the same state away.
_PUT = f"""
INSERT INTO measure ({_NAMES}) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT (path) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
WHERE excluded.version > 0 OR excluded.mtime_ns <> mtime_ns OR excluded.size <> size
"""
_SIGN = 1 << 63


class MeasureTable:
    """Sizes and qualities by path in the database of the thumbnails. Usable from several threads."""

    def __init__(self, database: sqlite3.Connection, lock: threading.Lock) -> None:
        self._database, self._lock = database, lock
        present = [row[1] for row in database.execute("PRAGMA table_info(measure)")]
        if present and present != list(_COLUMNS):
            # What another version measured can be measured again.
            database.execute("DROP TABLE measure")
        database.execute(_TABLE)

    def below(self, folder: str) -> "KeptMeasures":
        """What is known of all files in a folder and below it, whatever state they are in now."""
        start = os.fsencode(folder.rstrip(os.sep) + os.sep)
        query = f"SELECT {_NAMES} FROM measure WHERE path >= ? AND path < ?"
        with self._lock:
            rows = self._database.execute(query, (start, start[:-1] + bytes([start[-1] + 1]))).fetchall()
        return KeptMeasures({row[0]: row for row in rows})

    def put(self, found: Iterable[tuple[str, Kept]]) -> None:
        """Keep what was found out about files, by path."""
        rows = [_row(path, kept) for path, kept in found]
        if not rows:
            return
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(_PUT, rows)
            self._database.execute("COMMIT")


class KeptMeasures:
    """Rows by path, made into values one by one: all at once would take longer than the query."""

    def __init__(self, rows: Mapping[bytes, tuple[Any, ...]] | None = None) -> None:
        self._rows = rows or {}

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, path: str) -> Kept | None:
        """What is known of a file."""
        row = self._rows.get(os.fsencode(path))
        return None if row is None else _kept(row)


def _row(path: str, kept: Kept) -> tuple[Any, ...]:
    quality = kept.quality
    values: list[Any] = [None] * len(_MEASURES)
    if quality is not None:
        values = [getattr(quality, name) for name in _MEASURES]
        for place in _HASHES:
            # SQLite's integers have a sign.
            values[place] -= _SIGN
    version = 0 if quality is None else QUALITY_VERSION
    return (os.fsencode(path), kept.state.mtime_ns, kept.state.size, *kept.size, version, *values)


def _kept(row: tuple[Any, ...]) -> Kept:
    _, mtime_ns, size, width, height, version, *values = row
    quality = None
    if version == QUALITY_VERSION:
        for place in _HASHES:
            values[place] += _SIGN
        quality = Quality(*values)
    return Kept(State(mtime_ns, size), (width, height), quality)


# --- reading


def read_measures(
    wanted: Iterable[tuple[str, str]],
    kept: KeptMeasures,
    table: MeasureTable,
    check: Callable[[], None] = lambda: None,
) -> list[Measure]:
    """Sizes of pictures by (name, path), from what is `kept` (see `MeasureTable.below`) or from their headers, and the
    quality where it is kept. Nothing is decoded.

    `check` is called now and then and may raise to cancel.
    """
    found, fresh = [], []
    for number, (name, path) in enumerate(wanted):
        if number % 64 == 0:
            check()
        try:
            state = _state(path, name)
            known = kept.get(path)
            if known is None or known.state != state:
                with opened(Path(path), name) as image:
                    known = Kept(state, _declared_size(image))
                fresh.append((path, known))
            found.append(Measure(name, *known.size, known.quality))
        except ProblemError as error:
            found.append(Measure(name, problem=error.problem))
    table.put(fresh)
    return found


def measure_files(
    wanted: Iterable[tuple[str, str]], table: MeasureTable, check: Callable[[], None] = lambda: None
) -> list[Measure]:
    """Sizes and qualities of pictures by (name, path), decoded now.

    `check` is called before each picture and may raise to cancel.
    """
    found, fresh = [], []
    for name, path in wanted:
        check()
        try:
            state = _state(path, name)
            image, size = decoded(Path(path), name, MEASURED_EDGE)
            quality = measure_quality(image.convert("L"))
            fresh.append((path, Kept(state, size, quality)))
            found.append(Measure(name, *size, quality))
        except ProblemError as error:
            found.append(Measure(name, problem=error.problem))
    table.put(fresh)
    return found


def _declared_size(image: Image.Image) -> Size:
    """The upright size by what stands before the pixels: Pillow would decode a whole PNG to look for EXIF behind them,
    where hardly any file has it."""
    if image.format == "PNG" and not {"exif", "Raw profile type exif"} & image.info.keys():
        return image.size
    return upright_size(image)


def _state(path: str, name: str) -> State:
    try:
        status = os.stat(path)  # noqa: PTH116 - three times as fast as by Path, for each of very many files
    except OSError as error:
        raise ProblemError(problem("image_vanished", name=name)) from error
    return State(status.st_mtime_ns, status.st_size)
