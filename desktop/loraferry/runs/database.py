"""The file of the local mirror: one SQLite database, its tables, and how several threads and programs share it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Each text brings a file one number further; one that was published is never edited, a change is a new text.
SCHEMAS = (
    """
CREATE TABLE run (
    id INTEGER PRIMARY KEY, job TEXT NOT NULL UNIQUE, host TEXT NOT NULL, folder TEXT NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, images INTEGER NOT NULL, last_seq INTEGER NOT NULL DEFAULT 0);
CREATE TABLE event (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, type TEXT NOT NULL, step INTEGER,
    json TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE step (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, step INTEGER NOT NULL,
    time REAL NOT NULL, loss REAL, lr REAL NOT NULL, grad_norm REAL, images_per_s REAL NOT NULL, memory_mb REAL NOT NULL,
    PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE pulled (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, name TEXT NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (run, name)) WITHOUT ROWID;
""",
    """
ALTER TABLE run ADD COLUMN unsent TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN wants TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN manifest TEXT NOT NULL DEFAULT '';
ALTER TABLE pulled ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE pulled ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 0;
CREATE TABLE gone (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE cargo (manifest TEXT PRIMARY KEY, entries BLOB NOT NULL, sources TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE machine (
    agent TEXT PRIMARY KEY, host TEXT NOT NULL, label TEXT NOT NULL, vendor TEXT NOT NULL, seen REAL NOT NULL,
    guards TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
""",
    """
CREATE TABLE known_hash (path BLOB PRIMARY KEY, mark TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
""",
    """
CREATE TABLE block (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    last_step INTEGER NOT NULL, columns BLOB NOT NULL, PRIMARY KEY (run, first_seq));
""",
    """
ALTER TABLE machine ADD COLUMN facts TEXT NOT NULL DEFAULT '';
CREATE TABLE step_rate (
    card TEXT NOT NULL, family TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, resolution INTEGER NOT NULL,
    batch INTEGER NOT NULL, accumulation INTEGER NOT NULL, checkpointing INTEGER NOT NULL, seconds REAL NOT NULL,
    seen REAL NOT NULL,
    PRIMARY KEY (card, family, source, kind, resolution, batch, accumulation, checkpointing));
""",
)


class Database:
    """An open file. May be used from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.writing() as connection:
            number = connection.execute("PRAGMA user_version").fetchone()[0]
            for schema in SCHEMAS[number:]:
                for statement in schema.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {max(number, len(SCHEMAS))}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Ask; nobody else of this program does meanwhile."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change something: all of it, or nothing where an exception comes."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
