"""How long an optimizer step took on which card: measured in runs, and remembered beyond them."""

import sqlite3
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pydantic import ValidationError

from loraferry.runs.database import Database
from loraferry_core.events import Adapted, AttemptStarted, parse_event
from loraferry_core.jobs import JobSpec

ENOUGH = 20
"""Steps after which a rate is told: the first ones start kernels, fill caches and may compile."""
_FIRST = 5
"""Steps of an attempt, or after a change of it, that do not count."""
_LOOKED_AT = 400
"""Newest events that are looked at."""
EVERY = 20
"""Steps between two measurements of one run."""
_OTHER_WORK = frozenset({"offload", "quantise", "processor"})
"""After these a step is no longer the plan's on that card."""


@dataclass(frozen=True)
class StepRate:
    """`seconds` of an optimizer step. `card` is what the trainer called its device, `batch` the pictures of a pass,
    `checkpointing` whether activations were calculated twice."""

    card: str
    family: str
    source: str
    kind: str
    resolution: int
    batch: int
    accumulation: int
    checkpointing: bool
    seconds: float


class StepRates:
    """One rate for each way of training on a card; the newest counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StepRate]:
        """Every rate, the newest first."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT card, family, source, kind, resolution, batch, accumulation, checkpointing, seconds"
                " FROM step_rate ORDER BY seen DESC, rowid DESC"
            ).fetchall()
        return [
            StepRate(card, family, source, kind, resolution, batch, accumulation, bool(checkpointing), seconds)
            for card, family, source, kind, resolution, batch, accumulation, checkpointing, seconds in rows
        ]


def learn(db: sqlite3.Connection, run: int) -> None:
    """Measure the newest steps of a run in the mirror, where there are enough of one kind."""
    spec_text, last_seq = db.execute("SELECT spec, last_seq FROM run WHERE id = ?", (run,)).fetchone()
    attempt = _newest(db, run, "attempt_started")
    if not isinstance(attempt, AttemptStarted):
        return
    changes = [event for event in _events(db, run, "adapted", attempt.seq) if isinstance(event, Adapted)]
    if any(change.rung in _OTHER_WORK for change in changes):
        return
    since = max(attempt.seq, *(change.seq for change in changes), last_seq - _LOOKED_AT)
    times = [
        time for (time,) in db.execute("SELECT time FROM step WHERE run = ? AND seq > ? ORDER BY seq", (run, since))
    ][_FIRST:]
    if len(times) < ENOUGH - _FIRST:
        return
    seconds = median(after - before for before, after in pairwise(times))
    if seconds > 0:
        _keep(db, spec_text, attempt, changes, seconds, times[-1])


def _keep(
    db: sqlite3.Connection,
    spec_text: str,
    attempt: AttemptStarted,
    changes: list[Adapted],
    seconds: float,
    seen: float,
) -> None:
    try:
        config = JobSpec.model_validate_json(spec_text).config
    except ValidationError:  # of a newer program
        return
    passes = config.loop.batch * config.loop.accumulation
    split = [int(change.detail) for change in changes if change.rung == "split_batch" and change.detail.isdigit()]
    batch = split[-1] if split and 0 < split[-1] <= passes else config.loop.batch
    checkpointing = config.loop.gradient_checkpointing or any(change.rung == "checkpointing" for change in changes)
    db.execute(
        "INSERT OR REPLACE INTO step_rate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            attempt.device, config.base.family, config.base.source, config.network.kind, config.dataset.resolution,
            batch, -(-passes // batch), checkpointing, seconds, seen,
        ),
    )  # fmt: skip


def _newest(db: sqlite3.Connection, run: int, kind: str) -> object:
    rows = db.execute("SELECT json FROM event WHERE run = ? AND type = ? ORDER BY seq DESC LIMIT 1", (run, kind))
    row = rows.fetchone()
    return None if row is None else parse_event(row[0])


def _events(db: sqlite3.Connection, run: int, kind: str, after: int) -> list[object]:
    rows = db.execute("SELECT json FROM event WHERE run = ? AND type = ? AND seq > ? ORDER BY seq", (run, kind, after))
    return [parse_event(text) for (text,) in rows]
