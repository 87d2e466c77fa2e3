"""Hashes of large files on this computer, so that one that has not changed is read once."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from loraferry.runs.database import Database

SETTLED_S = 2.0
"""A file that was changed so recently may change again without a new time: file systems count in up to two seconds."""


class KnownHashes:
    """Kept by path, with size, time of change and number of the file, as git's index does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, path: Path, read: Callable[[Path], str]) -> str:
        """SHA-256 of a file in hex, by `read` where it is not known. Raises OSError and what `read` raises."""
        place, before = os.fsencode(path.absolute()), path.stat()
        mark = f"{before.st_size} {before.st_mtime_ns} {before.st_ino}"
        with self._database.reading() as db:
            row = db.execute("SELECT sha256 FROM known_hash WHERE path = ? AND mark = ?", (place, mark)).fetchone()
        if row is not None:
            return str(row[0])
        sha256, after = read(path), path.stat()
        is_settled = after.st_mtime_ns == before.st_mtime_ns and after.st_mtime < time.time() - SETTLED_S
        if is_settled and after.st_size == before.st_size:
            with self._database.writing() as db:
                db.execute("INSERT OR REPLACE INTO known_hash VALUES (?, ?, ?)", (place, mark, sha256))
        return sha256
