"""One SQLite file for each folder: verdicts, captions that could not be written yet, and originals of converted ones.

It lies in `.loraferry/` beside the pictures; where that cannot be written, or is a network disk, in the program's own
data folder. It is made by the first change, so looking at a folder leaves nothing behind.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.disks import disk_of
from loraferry.library.items import Verdict
from loraferry.library.places import Places
from loraferry_core.problems import fail

SCHEMA_NUMBER = 1
FOLDER_NAME = ".loraferry"
FILE_NAME = "library.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdict (name TEXT PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unsaved (name TEXT PRIMARY KEY, text TEXT NOT NULL, base TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS original (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, encoding TEXT NOT NULL, content BLOB NOT NULL);
"""


@dataclass(frozen=True)
class Unsaved:
    """A caption whose file could not be written; `base` is what the file said when it was edited."""

    text: str
    base: str


class Store:
    """What is known of a folder's pictures besides their captions."""

    def __init__(self, folder: Path, places: Places) -> None:
        """Opens what is there. Raises ProblemError `library_newer` or `file_unreadable`."""
        self._folder = folder
        self._own = (
            places.data / "libraries" / f"{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:20]}.sqlite"
        )
        self._network = disk_of(folder) == "network"
        self._database: sqlite3.Connection | None = None
        self.path: Path | None = None
        """The file in use; None until there is one."""
        for candidate in (folder / FOLDER_NAME / FILE_NAME, self._own):
            if candidate.is_file() and self._use(candidate):
                return

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def verdicts(self) -> dict[str, Verdict]:
        """All verdicts by the picture's name."""
        return dict(self._rows("SELECT name, verdict FROM verdict"))

    def unsaved(self) -> dict[str, Unsaved]:
        """The captions that wait for their file to become writable."""
        return {name: Unsaved(text, base) for name, text, base in self._rows("SELECT name, text, base FROM unsaved")}

    def originals(self, name: str) -> list[tuple[str, bytes]]:
        """(encoding, bytes) of caption files of this picture before they were converted to UTF-8, oldest first."""
        return self._rows("SELECT encoding, content FROM original WHERE name = ? ORDER BY id", name)

    def set_verdicts(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep verdicts, in one transaction; the empty one is forgotten."""
        gone = [(name,) for name, verdict in verdicts.items() if not verdict]
        kept = [(name, verdict) for name, verdict in verdicts.items() if verdict]
        with self._transaction() as database:
            database.executemany("DELETE FROM verdict WHERE name = ?", gone)
            database.executemany("INSERT OR REPLACE INTO verdict VALUES (?, ?)", kept)

    def hold(self, name: str, text: str, base: str) -> None:
        """Keep a caption whose file cannot be written; the base of the first such edit stays."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO unsaved VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text",
                (name, text, base),
            )

    def release(self, names: Iterable[str]) -> None:
        """Forget captions that have reached their files."""
        if self._database is None:
            return
        with self._transaction() as database:
            database.executemany("DELETE FROM unsaved WHERE name = ?", [(name,) for name in names])

    def keep_original(self, name: str, encoding: str, content: bytes) -> None:
        """Keep the bytes of a caption file that is about to be rewritten as UTF-8."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO original (name, encoding, content) VALUES (?, ?, ?)", (name, encoding, content)
            )

    def _rows(self, query: str, *values: str) -> list[tuple]:  # type: ignore[type-arg]
        return [] if self._database is None else self._database.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self):  # type: ignore[no-untyped-def]
        """A writable database; all or nothing. Raises ProblemError `folder_unwritable` when it cannot be kept."""
        if self._database is None:
            self._make()
        assert self._database is not None
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
        except sqlite3.OperationalError as error:
            raise fail("folder_unwritable", path=self.path) from error

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
            for statement in _SCHEMA.split(";"):
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
        return True
