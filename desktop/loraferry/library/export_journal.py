"""What an export has written so far, beside what it writes: so that one that was cut off goes on where it stopped.

The journal lies in the folder while the export is unfinished. Each line is one set of files, once before they are
written and once after that; a line that was cut off counts as not there.
"""

import json
import threading
from pathlib import Path
from typing import Any

JOURNAL = ".loraferry-export.jsonl"
MAX_BYTES = 512 << 20
Stat = tuple[int, int]
"""(bytes, nanoseconds of its last change) of a file."""


class Journal:
    """The journal in `folder`. Usable from several threads. Methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self._lock = threading.Lock()
        self._begun: set[str] = set()
        self._done: dict[str, dict[str, Stat]] = {}
        for row in _rows(self._path):
            files = row.get("files")
            key = row.get("key")
            if isinstance(files, list) and all(isinstance(name, str) for name in files):
                self._begun |= set(files)
            elif isinstance(key, str) and isinstance(files, dict):
                self._done[key] = {name: tuple(stat) for name, stat in files.items()}

    def is_ours(self, name: str) -> bool:
        """Whether an export that was cut off wrote this file, or was about to."""
        return name in self._begun

    def finished(self, key: str, folder: Path) -> bool:
        """Whether all files of `key` were written and are as they were left."""
        files = self._done.get(key)
        if files is None:
            return False
        return all(stat_of(folder / name) == stat for name, stat in files.items())

    def begin(self, names: list[str]) -> None:
        """These files are about to be written."""
        self._add({"files": names})

    def end(self, key: str, names: list[str], folder: Path) -> None:
        """The files of `key` are written, whole."""
        self._add({"key": key, "files": {name: stat_of(folder / name) for name in names}})

    def close(self) -> None:
        """The export is finished: nothing remains to be taken up."""
        self._path.unlink(missing_ok=True)

    def _add(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=True) + "\n"
        with self._lock, self._path.open("a", encoding="ascii") as file:
            file.write(line)


def stat_of(path: Path) -> Stat | None:
    """Size and time of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return []
    rows = []
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
