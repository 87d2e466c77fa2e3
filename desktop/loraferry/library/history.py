"""The history of a folder: every edit as a step in its file, with undo and redo that outlive the program."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from loraferry.library.edits import Edit, Label
from loraferry.library.fields import PICTURE, PROJECT, Kind, PictureField, ProjectField
from loraferry.library.store import Pending, Store, hold

MAX_STEPS = 2000
"""The oldest steps are forgotten beyond these."""


@dataclass(frozen=True)
class CaptionVersion:
    """One text that a picture's caption had."""

    at: float
    """Seconds since 1970 when it was given; 0 for the text before the first edit."""
    label: str
    """By which kind of edit; empty for the text before the first."""
    text: str


@dataclass(frozen=True)
class StepSummary:
    """One entry of the history, as a list shows it."""

    id: int
    at: float
    label: str
    pictures: int
    undone: bool


class History:
    """What was done and what was undone. Typing into one caption is one step until `pause` is called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._typing: tuple[int, frozenset[str]] | None = None
        self.refresh()

    def refresh(self) -> None:
        """Look again at what the file says, which another window may have changed."""
        done = self._store.rows("SELECT max(id) FROM step WHERE NOT undone")
        undone = self._store.rows("SELECT min(id) FROM step WHERE undone")
        self._done: int | None = done[0][0] if done else None
        self._undone: int | None = undone[0][0] if undone else None

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return self._done is not None

    @property
    def can_redo(self) -> bool:
        """Whether anything was taken back that can be done again."""
        return self._undone is not None

    def add(self, forward: Edit, backward: Edit, pending: Mapping[str, Pending], *, typing: bool = False) -> None:
        """Keep an edit with what it replaces, and the captions that wait for their files, in one transaction.

        With `typing` it joins the step before when that was typed into the same caption. Raises ProblemError
        `folder_unwritable`.
        """
        joined = self._typing[0] if typing and self._typing and self._typing[1] == forward.names else None
        with self._store.transaction() as database:
            _put_state(database, forward)
            hold(database, pending)
            _forget(database, "undone")
            step = self._step(database, forward.label) if joined is None else joined
            _put_changes(database, step, forward, backward)
            if joined is None:
                _forget(database, "id <= ?", step - MAX_STEPS)
        self._typing = (step, forward.names) if typing else None
        self._done, self._undone = step, None

    @staticmethod
    def _step(database: sqlite3.Connection, label: Label) -> int:
        cursor = database.execute("INSERT INTO step (at, label) VALUES (?, ?)", (time.time(), label))
        return cast("int", cursor.lastrowid)

    def pause(self) -> None:
        """End the step that typing extends."""
        self._typing = None

    def to_undo(self) -> Edit | None:
        """The edit that takes the last step back."""
        self._typing = None
        return None if self._done is None else self._edit(self._done, "before")

    def to_redo(self) -> Edit | None:
        """The edit that does again what was undone last."""
        self._typing = None
        return None if self._undone is None else self._edit(self._undone, "after")

    def move(self, edit: Edit, pending: Mapping[str, Pending], *, back: bool) -> None:
        """Keep what `to_undo` (`back`) or `to_redo` gave, in one transaction. Raises as `add` does."""
        step = self._done if back else self._undone
        with self._store.transaction() as database:
            _put_state(database, edit)
            hold(database, pending)
            database.execute("UPDATE step SET undone = ? WHERE id = ?", (back, step))
        self.refresh()

    def caption(self, name: str) -> list[CaptionVersion]:
        """The texts that a picture's caption had, oldest first; steps that were undone are left out."""
        rows = self._store.rows(
            "SELECT at, label, before, after FROM change JOIN step ON step.id = change.step"
            " WHERE name = ? AND field = 'caption' AND NOT undone ORDER BY step.id",
            name,
        )
        first = [CaptionVersion(0, "", json.loads(rows[0][2]))] if rows else []
        return first + [CaptionVersion(at, label, json.loads(after)) for at, label, _, after in rows]

    def steps(self, count: int = 200) -> list[StepSummary]:
        """The newest steps, newest first."""
        rows = self._store.rows(
            "SELECT id, at, label, (SELECT count(DISTINCT name) FROM change WHERE step = id AND name != ''), undone"
            " FROM step ORDER BY id DESC LIMIT ?",
            count,
        )
        return [StepSummary(step, at, label, pictures, bool(undone)) for step, at, label, pictures, undone in rows]

    def _edit(self, step: int, side: str) -> Edit:
        rows = self._store.rows(
            f"SELECT field, name, {side}, label FROM change JOIN step ON step.id = change.step WHERE step = ?", step
        )
        pictures: dict[PictureField, dict[str, Any]] = {}
        project: dict[ProjectField, Any] = {}
        label: Label = rows[0][3] if rows else "project"
        for field, name, value, _ in rows:
            if name:
                pictures.setdefault(field, {})[name] = decoded(PICTURE[field], value)
            else:
                project[field] = decoded(PROJECT[field], value)
        return Edit(label, pictures, project)


def decoded(kind: Kind, value: str) -> Any:
    """A value as it was kept; the field's default where it is none of its kind."""
    try:
        return kind.decode(json.loads(value))
    except (ValueError, TypeError):
        return kind.default


def _encoded(edit: Edit) -> Iterator[tuple[str, str, Kind, Any]]:
    """(field, name, kind, value) of all of an edit; the project's have no name."""
    for field, values in edit.pictures.items():
        for name, value in values.items():
            yield field, name, PICTURE[field], value
    for own, value in edit.project.items():
        yield own, "", PROJECT[own], value


def _put_state(database: sqlite3.Connection, edit: Edit) -> None:
    """Captions are kept in their files; all else in the table, where it is not as at first."""
    gone, kept = [], []
    for field, name, kind, value in _encoded(edit):
        if field == "caption":
            continue
        if value == kind.default:
            gone.append((field, name))
        else:
            kept.append((field, name, json.dumps(kind.encode(value), ensure_ascii=False)))
    database.executemany("DELETE FROM state WHERE field = ? AND name = ?", gone)
    database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", kept)


def _put_changes(database: sqlite3.Connection, step: int, forward: Edit, backward: Edit) -> None:
    # In the order of the tables, so that each row goes to the end of what is there.
    rows = sorted(
        (
            step,
            field,
            name,
            json.dumps(kind.encode(before), ensure_ascii=False),
            json.dumps(kind.encode(after), ensure_ascii=False),
        )
        for (field, name, kind, after), (_, _, _, before) in zip(_encoded(forward), _encoded(backward), strict=True)
    )
    database.executemany(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (step, field, name) DO UPDATE SET after = excluded.after",
        rows,
    )


def _forget(database: sqlite3.Connection, which: str, *values: int) -> None:
    """Drops steps and what they changed."""
    found = [row[0] for row in database.execute(f"SELECT id FROM step WHERE {which}", values)]
    database.executemany("DELETE FROM change WHERE step = ?", [(step,) for step in found])
    database.executemany("DELETE FROM step WHERE id = ?", [(step,) for step in found])
