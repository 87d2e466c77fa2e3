"""The local mirror of all runs: one SQLite file with every event, so that everything is there offline.

Events and the last `seq` go in with one transaction, and a pair (job, seq) exists once: window and command line may
both follow the same run. Steps have columns of their own, because a run has a million of them.
"""

import sqlite3
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from loraferry_core.events import AttemptStarted, CheckpointSaved, Event, SampleMade, Step, parse_event
from loraferry_core.jobs import JobSpec, JobState, JobStatus

SCHEMA_NUMBER = 1
_SCHEMA = """
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
"""


class SequenceGap(RuntimeError):
    """Events came that do not follow the last one kept; whoever follows must subscribe again after `last_seq`."""


@dataclass(frozen=True)
class Run:
    """One run as this computer knows it. `host` is the agent's id, `folder` where the pictures came from."""

    spec: JobSpec
    status: JobStatus
    host: str
    folder: str
    images: int
    last_seq: int


@dataclass
class Curve:
    """Steps as columns of equal length, in the order of their events; NaN stands for a skipped loss."""

    seq: "array[float]" = field(default_factory=lambda: array("d"))
    step: "array[float]" = field(default_factory=lambda: array("d"))
    time: "array[float]" = field(default_factory=lambda: array("d"))
    loss: "array[float]" = field(default_factory=lambda: array("d"))
    lr: "array[float]" = field(default_factory=lambda: array("d"))
    grad_norm: "array[float]" = field(default_factory=lambda: array("d"))
    images_per_s: "array[float]" = field(default_factory=lambda: array("d"))
    memory_mb: "array[float]" = field(default_factory=lambda: array("d"))

    def extend(self, rows: Iterable[Sequence[float | None]]) -> None:
        """Add rows of (seq, step, time, loss, lr, grad_norm, images_per_s, memory_mb)."""
        columns = vars(self).values()
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                column.append(float("nan") if value is None else value)


class RunStore:
    """All runs in one file. May be used from any thread; each call is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.revision = 0
        """Counts changes to the list of runs and their states made here, so that a view reads the list only then."""
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA_NUMBER}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def add(self, spec: JobSpec, status: JobStatus, *, host: str, folder: str, images: int) -> None:
        """Remember a run that is about to be submitted. The same run again changes nothing."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO run (job, host, folder, spec, status, images) VALUES (?, ?, ?, ?, ?, ?)",
                (spec.job, host, folder, spec.model_dump_json(), status.model_dump_json(), images),
            )
            self.revision += 1

    def runs(self) -> list[Run]:
        """All runs, newest first. One that was written by a newer program is left out."""
        with self._lock:
            rows = self._db.execute("SELECT spec, status, host, folder, images, last_seq FROM run ORDER BY id DESC")
            return [_run(row) for row in rows]

    def run(self, job: str) -> Run:
        """One run. Raises KeyError."""
        with self._lock:
            row = self._db.execute(
                "SELECT spec, status, host, folder, images, last_seq FROM run WHERE job = ?", (job,)
            ).fetchone()
        if row is None:
            raise KeyError(job)
        return _run(row)

    def set_status(self, status: JobStatus) -> None:
        """Keep the state of record as the training machine told it."""
        with self._transaction():
            self._db.execute("UPDATE run SET status = ? WHERE job = ?", (status.model_dump_json(), status.job))
            self.revision += 1

    def remove(self, job: str) -> None:
        """Forget a run and its events; files that were pulled stay."""
        with self._transaction():
            self._db.execute("DELETE FROM run WHERE job = ?", (job,))
            self.revision += 1

    def last_seq(self, job: str) -> int:
        """The newest event kept, 0 before the first. Raises KeyError."""
        return self.run(job).last_seq

    def apply(self, job: str, events: Sequence[Event]) -> list[Event]:
        """Keep events and the last `seq` in one transaction; returns those that were new.

        An attempt that started again at a step drops the points, samples and checkpoints behind it, so that a curve
        never folds back. Raises KeyError, SequenceGap.
        """
        with self._transaction():
            row = self._db.execute("SELECT id, last_seq FROM run WHERE job = ?", (job,)).fetchone()
            if row is None:
                raise KeyError(job)
            run, last = row
            new = [event for event in events if event.seq > last]
            for event in new:
                if event.seq != last + 1:
                    raise SequenceGap(f"{job}: {event.seq} after {last}")
                last = event.seq
                self._keep(run, event)
            self._db.execute("UPDATE run SET last_seq = ? WHERE id = ?", (last, run))
        return new

    def curve(self, job: str, after_seq: int = 0) -> Curve:
        """The steps of a run as columns, those after the event `after_seq`."""
        curve = Curve()
        with self._lock:
            curve.extend(
                self._db.execute(
                    "SELECT seq, step, time, loss, lr, grad_norm, images_per_s, memory_mb"
                    " FROM step JOIN run ON run.id = step.run WHERE job = ? AND seq > ? ORDER BY seq",
                    (job, after_seq),
                )
            )
        return curve

    def events(self, job: str, types: Sequence[str] = (), after_seq: int = 0) -> list[Event]:
        """All events but steps after the event `after_seq`, in order, or only those of some types."""
        chosen = f" AND type IN ({','.join('?' * len(types))})" if types else ""
        with self._lock:
            rows = self._db.execute(
                f"SELECT json FROM event JOIN run ON run.id = event.run WHERE job = ? AND seq > ?{chosen} ORDER BY seq",
                (job, after_seq, *types),
            )
            return [parse_event(text) for (text,) in rows]

    def set_pulled(self, job: str, name: str, path: Path) -> None:
        """Remember where the verified copy of an artifact lies."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO pulled (run, name, path) SELECT id, ?, ? FROM run WHERE job = ?",
                (name, str(path), job),
            )

    def pulled(self, job: str) -> dict[str, Path]:
        """Artifact name to the verified copy, for all that were pulled and are still there."""
        with self._lock:
            rows = self._db.execute(
                "SELECT name, path FROM pulled JOIN run ON run.id = pulled.run WHERE job = ?", (job,)
            )
            return {name: Path(path) for name, path in rows if Path(path).is_file()}

    def _keep(self, run: int, event: Event) -> None:
        if isinstance(event, Step):
            self._db.execute(
                "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run, event.seq, event.step, event.time, *_measures(event)),
            )
            return
        if isinstance(event, AttemptStarted):
            self._db.execute("DELETE FROM step WHERE run = ? AND step > ?", (run, event.resume_step))
            self._db.execute("DELETE FROM event WHERE run = ? AND step > ?", (run, event.resume_step))
        step = event.step if isinstance(event, SampleMade | CheckpointSaved) else None
        self._db.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?)", (run, event.seq, event.type, step, event.model_dump_json())
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _measures(step: Step) -> tuple[float | None, ...]:
    return (step.loss, step.lr, step.grad_norm, step.images_per_s, step.memory_mb)


def _run(row: tuple[str, str, str, str, int, int]) -> Run:
    spec, status, host, folder, images, last_seq = row
    return Run(JobSpec.model_validate_json(spec), JobStatus.model_validate_json(status), host, folder, images, last_seq)


def is_over(run: Run) -> bool:
    """Whether nothing more will come by itself."""
    return run.status.state in (JobState.FINISHED, JobState.FAILED, JobState.STOPPED, JobState.LOST)
