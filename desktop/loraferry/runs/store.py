"""The local mirror of all runs: one SQLite file with every event, so that everything is there offline.

Events and the last `seq` go in with one transaction, and a pair (job, seq) exists once: window and command line may
both follow the same run. Steps have columns of their own, because a run has a million of them.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraferry.runs import step_rates, steps
from loraferry.runs.cargoes import Cargoes
from loraferry.runs.database import Database
from loraferry.runs.known_hashes import KnownHashes
from loraferry.runs.machines import Machines
from loraferry.runs.step_rates import StepRates
from loraferry.runs.steps import Curve
from loraferry.runs.wants import Wants
from loraferry_core.events import (
    Artifact,
    AttemptStarted,
    CheckpointSaved,
    Event,
    SampleMade,
    Step,
    Validated,
    parse_event,
)
from loraferry_core.jobs import ENDED, JobSpec, JobState, JobStatus

Unsent = Literal["", "queued", "held"]
"""Sent · still to be sent and queued · still to be sent and held back there."""
_RUN = "SELECT spec, status, host, folder, images, last_seq, unsent, wants FROM run"


class SequenceGap(RuntimeError):
    """Events came that do not follow the last one kept; whoever follows must subscribe again after `last_seq`."""


@dataclass(frozen=True)
class Run:
    """One run as this computer knows it. `host` is the agent's id, `folder` where the pictures came from. While it is
    `unsent`, the machine may not know of it. `wants` is None where the user's usual choice holds."""

    spec: JobSpec
    status: JobStatus
    host: str
    folder: str
    images: int
    last_seq: int
    unsent: Unsent = ""
    wants: Wants | None = None


@dataclass(frozen=True)
class Copy:
    """A verified copy of an artifact on this computer; `acknowledged` once its machine has been told."""

    path: Path
    sha256: str
    acknowledged: bool


class RunStore:
    """All runs in one file. May be used from any thread; each call is one transaction."""

    def __init__(self, path: Path) -> None:
        self.revision = 0
        """Counts changes to the list of runs and their states made here, so that a view reads the list only then."""
        self._database = Database(path)
        self.machines = Machines(self._database)
        self.cargoes = Cargoes(self._database)
        self.hashes = KnownHashes(self._database)
        self.rates = StepRates(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(
        self, spec: JobSpec, status: JobStatus, *, host: str, folder: str, images: int, unsent: Unsent = ""
    ) -> None:
        """Remember a run that is about to be submitted. The same run again changes nothing."""
        with self._database.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO run (job, host, folder, spec, status, images, unsent, manifest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    spec.job, host, folder, spec.model_dump_json(), status.model_dump_json(), images, unsent,
                    spec.config.dataset.manifest,
                ),
            )  # fmt: skip
            self.revision += 1

    def runs(self) -> list[Run]:
        """All runs, newest first. One that was written by a newer program is left out."""
        with self._database.reading() as db:
            rows = db.execute(f"{_RUN} ORDER BY id DESC")
            return [_run(row) for row in rows]

    def run(self, job: str) -> Run:
        """One run. Raises KeyError."""
        with self._database.reading() as db:
            row = db.execute(f"{_RUN} WHERE job = ?", (job,)).fetchone()
        if row is None:
            raise KeyError(job)
        return _run(row)

    def set_status(self, status: JobStatus) -> None:
        """Keep the state of record as the training machine told it."""
        self._set(status.job, "status = ?", status.model_dump_json())

    def set_sent(self, status: JobStatus) -> None:
        """The machine has taken the run, and this is its state of record; or it is given up and never will be."""
        self._set(status.job, "status = ?, unsent = ''", status.model_dump_json())

    def move(self, status: JobStatus, host: str) -> None:
        """A run goes on on another machine, given by its agent's id, or on the same one after it was wiped."""
        self._set(status.job, "status = ?, host = ?, unsent = ''", status.model_dump_json(), host)

    def move_unsent(self, job: str, host: str) -> None:
        """The machine to which a run is still to be sent has another identity now."""
        self._set(job, "host = ?", host)

    def set_wants(self, job: str, wants: Wants | None) -> None:
        """Choose for one run what is brought home meanwhile; None for the usual choice."""
        self._set(job, "wants = ?", wants.model_dump_json() if wants else "")

    def remove(self, job: str) -> None:
        """Forget a run and its events; files that were pulled stay."""
        with self._database.writing() as db:
            db.execute("DELETE FROM run WHERE job = ?", (job,))
            db.execute(
                "DELETE FROM cargo WHERE manifest NOT IN (SELECT manifest FROM run)"
                " AND manifest NOT IN (SELECT coalesce(json_extract(spec, '$.config.base.tree'), '') FROM run)"
                " AND manifest NOT IN (SELECT coalesce(json_extract(spec, '$.config.network.parent_tree'), '') FROM run)"
            )
            self.revision += 1

    def last_seq(self, job: str) -> int:
        """The newest event kept, 0 before the first. Raises KeyError."""
        return self.run(job).last_seq

    def apply(self, job: str, events: Sequence[Event]) -> list[Event]:
        """Keep events and the last `seq` in one transaction; returns those that were new.

        An attempt that started again at a step drops the points, samples and checkpoints behind it, so that a curve
        never folds back. Raises KeyError, SequenceGap.
        """
        with self._database.writing() as db:
            row = db.execute("SELECT id, last_seq FROM run WHERE job = ?", (job,)).fetchone()
            if row is None:
                raise KeyError(job)
            run, last = row
            new = [event for event in events if event.seq > last]
            for event in new:
                if event.seq != last + 1:
                    raise SequenceGap(f"{job}: {event.seq} after {last}")
                last = event.seq
                _keep(db, run, event)
            db.execute("UPDATE run SET last_seq = ? WHERE id = ?", (last, run))
            if any(isinstance(event, Step) and event.step % step_rates.EVERY == 0 for event in new):
                step_rates.learn(db, run)
        return new

    def curve(self, job: str, after_seq: int = 0) -> Curve:
        """The steps of a run as columns, those after the event `after_seq`."""
        with self._database.reading() as db:
            return steps.read(db, job, after_seq)

    def events(self, job: str, types: Sequence[str] = (), after_seq: int = 0) -> list[Event]:
        """All events but steps after the event `after_seq`, in order, or only those of some types."""
        chosen = f" AND type IN ({','.join('?' * len(types))})" if types else ""
        with self._database.reading() as db:
            rows = db.execute(
                f"SELECT json FROM event JOIN run ON run.id = event.run WHERE job = ? AND seq > ?{chosen} ORDER BY seq",
                (job, after_seq, *types),
            )
            return [parse_event(text) for (text,) in rows]

    def set_pulled(self, job: str, name: str, path: Path, sha256: str = "") -> None:
        """Remember where the verified copy of an artifact lies, and the hash it was announced with."""
        with self._database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO pulled (run, name, path, sha256) SELECT id, ?, ?, ? FROM run WHERE job = ?",
                (name, str(path), sha256, job),
            )
            db.execute("DELETE FROM gone WHERE name = ? AND run = (SELECT id FROM run WHERE job = ?)", (name, job))

    def pulled(self, job: str) -> dict[str, Path]:
        """Artifact name to the verified copy, for all that were pulled and are still there."""
        return {name: copy.path for name, copy in self.copies(job).items()}

    def copies(self, job: str) -> dict[str, Copy]:
        """Artifact name to the verified copy and what is known of it, for all that are still there."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT name, path, pulled.sha256, acknowledged"
                " FROM pulled JOIN run ON run.id = pulled.run WHERE job = ?",
                (job,),
            ).fetchall()
        copies = {name: Copy(Path(path), sha256, bool(told)) for name, path, sha256, told in rows}
        return {name: copy for name, copy in copies.items() if copy.path.is_file()}

    def forget_copy(self, job: str, name: str) -> None:
        """A copy was removed here."""
        with self._database.writing() as db:
            db.execute("DELETE FROM pulled WHERE name = ? AND run = (SELECT id FROM run WHERE job = ?)", (name, job))

    def set_acknowledged(self, job: str, artifact: Artifact) -> None:
        """The machine of a run knows that this copy is here."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE pulled SET acknowledged = 1"
                " WHERE name = ? AND sha256 = ? AND run = (SELECT id FROM run WHERE job = ?)",
                (artifact.name, artifact.sha256, job),
            )

    def set_gone(self, job: str, artifact: Artifact) -> None:
        """The machine has an announced file no longer, so that it need not be asked for again."""
        with self._database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO gone SELECT id, ?, ? FROM run WHERE job = ?",
                (artifact.name, artifact.sha256, job),
            )

    def gone(self, job: str) -> dict[str, str]:
        """Name to hash of the files that were announced and are there no longer."""
        with self._database.reading() as db:
            return dict(db.execute("SELECT name, sha256 FROM gone JOIN run ON run.id = gone.run WHERE job = ?", (job,)))

    def _set(self, job: str, columns: str, *values: str) -> None:
        with self._database.writing() as db:
            db.execute(f"UPDATE run SET {columns} WHERE job = ?", (*values, job))
            self.revision += 1


def _keep(db: sqlite3.Connection, run: int, event: Event) -> None:
    if isinstance(event, Step):
        steps.keep(db, run, event)
        return
    if isinstance(event, AttemptStarted):
        steps.drop_after(db, run, event.resume_step)
        db.execute("DELETE FROM event WHERE run = ? AND step > ?", (run, event.resume_step))
    step = event.step if isinstance(event, SampleMade | CheckpointSaved | Validated) else None
    if isinstance(event, Validated):  # an attempt that begins anew measures the same again
        db.execute("DELETE FROM event WHERE run = ? AND type = ? AND step = ?", (run, event.type, step))
    db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", (run, event.seq, event.type, step, event.model_dump_json()))


def _run(row: tuple[str, str, str, str, int, int, Unsent, str]) -> Run:
    spec, status, host, folder, images, last_seq, unsent, wants = row
    return Run(
        JobSpec.model_validate_json(spec), JobStatus.model_validate_json(status), host, folder, images, last_seq, unsent,
        Wants.model_validate_json(wants) if wants else None,
    )  # fmt: skip


def is_over(run: Run) -> bool:
    """Whether nothing more will come by itself. A lost run that goes on by itself is not over."""
    if run.status.state is JobState.LOST:
        return not run.spec.resume_when_lost
    return run.status.state in ENDED
