"""The steps of runs in the mirror: the newest as rows, all older ones packed into blocks, so that a million open at once.

A block holds columns of doubles, one after the other in the order of `Curve`.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import nan

from loraferry_core.events import Step

BLOCK = 4096
"""Steps in a block."""
_COLUMNS = "seq, step, time, loss, lr, grad_norm, images_per_s, memory_mb"


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

    def __len__(self) -> int:
        return len(self.seq)

    def extend(self, rows: Iterable[Sequence[float | None]]) -> None:
        """Add rows of (seq, step, time, loss, lr, grad_norm, images_per_s, memory_mb)."""
        columns = vars(self).values()
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                column.append(nan if value is None else value)

    def append(self, other: "Curve") -> None:
        """Add the steps of another curve behind these."""
        for column, more in zip(vars(self).values(), vars(other).values(), strict=True):
            column.extend(more)

    def part(self, start: int, stop: int | None = None) -> "Curve":
        """The steps from the `start`th to before the `stop`th."""
        return Curve(*(column[start:stop] for column in vars(self).values()))

    def packed(self) -> bytes:
        """All columns as bytes."""
        return b"".join(column.tobytes() for column in vars(self).values())

    @classmethod
    def unpacked(cls, data: bytes) -> "Curve":
        """The inverse of `packed`."""
        columns = len(cls.__dataclass_fields__)
        size = len(data) // columns
        return cls(*(array("d", data[at : at + size]) for at in range(0, size * columns, max(1, size))))


def keep(db: sqlite3.Connection, run: int, event: Step) -> None:
    """Add one step. Each BLOCK steps, the older half of the rows becomes a block."""
    db.execute(
        "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run, event.seq, event.step, event.time, event.loss, event.lr, event.grad_norm, event.images_per_s,
            event.memory_mb,
        ),
    )  # fmt: skip
    if event.step % BLOCK == 0:
        _pack(db, run)


def _pack(db: sqlite3.Connection, run: int) -> None:
    (count,) = db.execute("SELECT count(*) FROM step WHERE run = ?", (run,)).fetchone()
    while count >= 2 * BLOCK:
        curve = Curve()
        curve.extend(db.execute(f"SELECT {_COLUMNS} FROM step WHERE run = ? ORDER BY seq LIMIT ?", (run, BLOCK)))
        _put(db, run, curve)
        db.execute("DELETE FROM step WHERE run = ? AND seq <= ?", (run, int(curve.seq[-1])))
        count -= BLOCK


def _put(db: sqlite3.Connection, run: int, curve: Curve) -> None:
    db.execute(
        "INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?)",
        (run, int(curve.seq[0]), int(curve.seq[-1]), int(max(curve.step)), curve.packed()),
    )


def drop_after(db: sqlite3.Connection, run: int, step: int) -> None:
    """Forget all steps behind the `step`th: an attempt began anew there."""
    db.execute("DELETE FROM step WHERE run = ? AND step > ?", (run, step))
    rows = db.execute("SELECT first_seq, columns FROM block WHERE run = ? AND last_step > ?", (run, step)).fetchall()
    for first_seq, data in rows:
        db.execute("DELETE FROM block WHERE run = ? AND first_seq = ?", (run, first_seq))
        curve = Curve.unpacked(data)
        kept = sum(1 for value in curve.step if value <= step)
        if kept:
            _put(db, run, curve.part(0, kept))


def read(db: sqlite3.Connection, job: str, after_seq: int) -> Curve:
    """The steps of a run after the event `after_seq`."""
    curve = Curve()
    blocks = db.execute(
        "SELECT columns FROM block JOIN run ON run.id = block.run WHERE job = ? AND block.last_seq > ? ORDER BY first_seq",
        (job, after_seq),
    )
    for (data,) in blocks:
        block = Curve.unpacked(data)
        curve.append(block.part(sum(1 for seq in block.seq if seq <= after_seq) if block.seq[0] <= after_seq else 0))
    curve.extend(
        db.execute(
            f"SELECT {_COLUMNS} FROM step JOIN run ON run.id = step.run WHERE job = ? AND seq > ? ORDER BY seq",
            (job, after_seq),
        )
    )
    return curve
