"""SHA-256 of local files, computed once for each state of a file.

A file is taken as unchanged while path, size, modification time and file index are: what git and rsync go by.
"""

import hashlib
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

from loraferry.platform import file_identity, private_folder

FRESH_NS = 2_000_000_000
"""A file changed less than this ago may change again within the clock's tick, so its hash is not kept."""
CHUNK = 2**20
_SCHEMA = """CREATE TABLE IF NOT EXISTS hashes (
    path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, identity TEXT, sha256 TEXT
) WITHOUT ROWID"""


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class HashCache:
    """Hashes by path in a small database that may be deleted at any time. Usable from several threads."""

    def __init__(self, database: Path) -> None:
        private_folder(database.parent)
        self._lock = threading.Lock()
        try:
            self._connection = _opened(database)
        except sqlite3.DatabaseError:
            # Not a database any more: all in it can be computed again.
            database.unlink()
            self._connection = _opened(database)

    def sha256(self, path: Path) -> str:
        """The hash of a file, from the cache where it is unchanged. Raises OSError."""
        before = path.stat()
        state = (before.st_size, before.st_mtime_ns, str(file_identity(before)))
        with self._lock:
            row = self._connection.execute(
                "SELECT sha256 FROM hashes WHERE path = ? AND size = ? AND mtime_ns = ? AND identity = ?",
                (str(path), *state),
            ).fetchone()
        if row is not None:
            return str(row[0])
        digest = hash_file(path)
        after = path.stat()
        unchanged = (after.st_size, after.st_mtime_ns, str(file_identity(after))) == state
        if unchanged and time.time_ns() - after.st_mtime_ns > FRESH_NS:
            with self._lock, self._connection:
                self._connection.execute("REPLACE INTO hashes VALUES (?, ?, ?, ?, ?)", (str(path), *state, digest))
        return digest

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


def _opened(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=10, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_SCHEMA)
        connection.execute("SELECT path, size, mtime_ns, identity, sha256 FROM hashes LIMIT 1")
    except sqlite3.DatabaseError:
        with suppress(sqlite3.Error):
            connection.close()
        raise
    return connection
