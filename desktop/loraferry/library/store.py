"""One SQLite file for each folder: what a person set, its history, and captions on their way to their files.

It lies in `.loraferry/` beside the pictures; where that cannot be written, or is a network disk, in the program's own
data folder. It is made by the first change, so looking at a folder leaves nothing behind.
"""

import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loraferry.library.disks import disk_of
from loraferry.library.places import Places
from loraferry_core.problems import fail

SCHEMA_NUMBER = 2
FOLDER_NAME = ".loraferry"
FILE_NAME = "library.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (
    field TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (field, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (name TEXT PRIMARY KEY, text TEXT NOT NULL, base TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS original (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, encoding TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS step (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, label TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS change (
    step INTEGER NOT NULL, field TEXT NOT NULL, name TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
    PRIMARY KEY (step, field, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS change_of ON change (name, field);
CREATE TABLE IF NOT EXISTS blob (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""
# The only tables of the first schema that hold something, and where it belongs now.
_FROM_FIRST = """
INSERT OR IGNORE INTO state SELECT 'verdict', name, '"' || verdict || '"' FROM verdict;
INSERT OR IGNORE INTO pending SELECT name, text, base FROM unsaved;
DROP TABLE verdict;
DROP TABLE unsaved;
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """A caption that is not in its file yet; `base` is what the file said when it was edited."""

    text: str
    base: str


class Store:
    """The rows of the file. Usable from several threads: each change is one transaction behind a lock."""

    def __init__(self, folder: Path, places: Places) -> None:
        """Opens what is there. Raises ProblemError `library_newer` or `file_unreadable`."""
        self._folder = folder
        self._own = (
            places.data / "libraries" / f"{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:20]}.sqlite"
        )
        self._network = disk_of(folder) == "network"
        self._database: sqlite3.Connection | None = None
        self._lock = threading.RLock()
        self._version = 0
        self.path: Path | None = None
        """The file in use; None until there is one."""
        for candidate in (folder / FOLDER_NAME / FILE_NAME, self._own):
            if candidate.is_file() and self._use(candidate):
                return

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    # --- what is there

    def state(self) -> list[tuple[str, str, str]]:
        """(field, picture's name or nothing for the project, value as JSON) of all that is not as at first."""
        return self.rows("SELECT field, name, value FROM state")

    def pending(self) -> dict[str, Pending]:
        """The captions that wait for their files."""
        return {name: Pending(text, base) for name, text, base in self.rows("SELECT name, text, base FROM pending")}

    def originals(self, name: str) -> list[tuple[str, bytes]]:
        """(encoding, bytes) of caption files of this picture before they were converted to UTF-8, oldest first."""
        return self.rows("SELECT encoding, content FROM original WHERE name = ? ORDER BY id", name)

    def blob(self, sha256: str) -> bytes | None:
        """The bytes of that hash."""
        found = self.rows("SELECT content FROM blob WHERE sha256 = ?", sha256)
        return found[0][0] if found else None

    def known(self) -> frozenset[str]:
        """The pictures that are not new."""
        return frozenset(name for (name,) in self.rows("SELECT name FROM known"))

    def rows(self, query: str, *values: Any) -> list[tuple]:  # type: ignore[type-arg]
        """The rows of a query; none where there is no file yet."""
        with self._lock:
            return [] if self._database is None else self._database.execute(query, values).fetchall()

    def changed_elsewhere(self) -> bool:
        """Whether another program has written to the file since this was asked last."""
        found = self.rows("PRAGMA data_version")
        version = found[0][0] if found else 0
        changed = version != self._version
        self._version = version
        return changed

    # --- changing it

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A writable database; all or nothing. Raises ProblemError `folder_unwritable` when it cannot be kept."""
        with self._lock:
            if self._database is None:
                self._make()
            assert self._database is not None
            try:
                with self._database:
                    self._database.execute("BEGIN IMMEDIATE")
                    yield self._database
            except sqlite3.OperationalError as error:
                raise fail("folder_unwritable", path=self.path) from error

    def hold(self, captions: Mapping[str, Pending]) -> None:
        """Keep captions that wait for their files."""
        with self.transaction() as database:
            hold(database, captions)

    def release(self, names: Iterable[str]) -> None:
        """Forget captions that have reached their files."""
        if self._database is None:
            return
        with self.transaction() as database:
            database.executemany("DELETE FROM pending WHERE name = ?", [(name,) for name in names])

    def keep_original(self, name: str, encoding: str, content: bytes) -> None:
        """Keep the bytes of a caption file that is about to be rewritten as UTF-8."""
        with self.transaction() as database:
            database.execute(
                "INSERT INTO original (name, encoding, content) VALUES (?, ?, ?)", (name, encoding, content)
            )

    def keep_blob(self, content: bytes) -> str:
        """Keep bytes for an edit to name; their SHA-256 in hex."""
        sha256 = hashlib.sha256(content).hexdigest()
        with self.transaction() as database:
            database.execute("INSERT OR IGNORE INTO blob VALUES (?, ?)", (sha256, content))
        return sha256

    def know(self, names: Iterable[str]) -> None:
        """From now on exactly these pictures are not new."""
        with self.transaction() as database:
            database.execute("DELETE FROM known")
            database.executemany("INSERT INTO known VALUES (?)", [(name,) for name in names])

    # --- the file

    def _make(self) -> None:
        """Makes the file: beside the pictures, else in the program's data folder. Decided by trying."""
        if not self._network and self._use(self._folder / FOLDER_NAME / FILE_NAME):
            return
        if not self._use(self._own):
            raise fail("folder_unwritable", path=self._own.parent)

    def _use(self, path: Path) -> bool:
        """Opens `path` for writing, and makes it where it is missing; False where it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.OperationalError):
            return False
        try:
            number = database.execute("PRAGMA user_version").fetchone()[0]
            if number > SCHEMA_NUMBER:
                raise fail("library_newer", path=path)
            # The write-ahead log only where the disk is known to be local; elsewhere the plain journal is safe.
            wal = disk_of(path.parent) == "local"
            database.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
            database.execute(f"PRAGMA synchronous = {'NORMAL' if wal else 'FULL'}")
            database.execute("BEGIN IMMEDIATE")
            for statement in (_SCHEMA + (_FROM_FIRST if number == 1 else "")).split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA_NUMBER}")
            database.execute("COMMIT")
        except sqlite3.OperationalError:
            database.close()
            return False
        except sqlite3.DatabaseError as error:
            database.close()
            raise fail("file_unreadable", path=path, detail=str(error)) from error
        except BaseException:
            database.close()
            raise
        self._database, self.path = database, path
        self.changed_elsewhere()
        return True


def hold(database: sqlite3.Connection, captions: Mapping[str, Pending]) -> None:
    """Keep captions that wait for their files, as a part of a transaction."""
    database.executemany(
        "INSERT OR REPLACE INTO pending VALUES (?, ?, ?)",
        [(name, held.text, held.base) for name, held in captions.items()],
    )
