"""One order for captions on the disk: what was asked, how far it is, and what was found.

captionings/<order>/
    order.json        the order
    progress.json     state, stage, how far, problem, and the process that describes
    found.jsonl       a line for each picture that was described, in the order in which that was done
    cancel            exists while the order shall end
    describe.log      what the process prints
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraferry_agent.jobs.atomic import read_json, write_atomically, write_json
from loraferry_agent.jobs.log_tail import log_tail
from loraferry_agent.jobs.process import ProcessIdentity, identify_self
from loraferry_agent.layout import FROM_NEWER, Layout
from loraferry_core.captioning import MAX_BATCH, CaptioningStage, CaptioningState, CaptionOrder, Described
from loraferry_core.problems import Problem, problem

BATCH_BYTES = 256 * 1024
"""Of what was found that is told at once."""


@dataclass(frozen=True)
class CaptioningFolder:
    """The folder of one order."""

    path: Path

    @property
    def id(self) -> str:
        """The order's identity."""
        return self.path.name

    @property
    def order_file(self) -> Path:
        """The `CaptionOrder`."""
        return self.path / "order.json"

    @property
    def progress(self) -> Path:
        """How far it is."""
        return self.path / "progress.json"

    @property
    def found(self) -> Path:
        """A `Described` a line."""
        return self.path / "found.jsonl"

    @property
    def cancel_request(self) -> Path:
        """Exists while the order shall end."""
        return self.path / "cancel"

    @property
    def log(self) -> Path:
        """What the process prints."""
        return self.path / "describe.log"

    def order(self) -> CaptionOrder:
        """The order. Raises OSError, and ValueError where the file is damaged."""
        return CaptionOrder.model_validate_json(self.order_file.read_bytes(), extra=FROM_NEWER)

    def write_order(self, order: CaptionOrder) -> None:
        """Make the folder and keep the order. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(self.order_file, order.model_dump_json(indent=1).encode())

    # ---- how far it is ----

    def record(
        self,
        state: Literal["running", "done", "failed"],
        stage: CaptioningStage,
        done: int = 0,
        total: int = 0,
        why: Problem | None = None,
    ) -> None:
        """Write down how far it is, and that this process describes. Raises OSError."""
        write_json(
            self.progress,
            {
                "state": state,
                "stage": stage,
                "done": done,
                "total": total,
                "problem": why.model_dump() if why else None,
                "process": identify_self().as_json(),
            },
            durable=state != "running",
        )

    def process(self) -> ProcessIdentity | None:
        """The process that last wrote the record."""
        record = read_json(self.progress)
        return None if record is None else ProcessIdentity(**record["process"])

    def state(self) -> CaptioningState | None:
        """How far it is; None where there is no order. A record that says `running` counts while its process lives."""
        try:
            order = self.order()
        except (OSError, ValueError):
            return None
        record = read_json(self.progress)
        if record is None:
            return CaptioningState(id=self.id, state="failed", problem=self._died(order))
        state, why = record["state"], record["problem"]
        if state == "running" and not ProcessIdentity(**record["process"]).is_alive():
            state, why = "failed", self._died(order)
        return CaptioningState(
            id=self.id,
            state=state,
            stage=record["stage"],
            done=record["done"],
            total=record["total"],
            problem=why,
        )

    def is_running(self) -> bool:
        """Whether a living process describes."""
        state = self.state()
        return state is not None and state.state == "running"

    def _died(self, order: CaptionOrder) -> Problem:
        if self.cancel_request.exists():
            return problem("captioning_cancelled")
        return problem("captioner_failed", name=order.model.name, detail=log_tail(self.log, 1))

    # ---- what was found ----

    def all_found(self) -> Iterator[Described]:
        """What was found so far. Lines that a full disk or a death left damaged are passed over."""
        if self.found.exists():
            with self.found.open("rb") as file:
                yield from (found for line in file if (found := _parsed(line)) is not None)

    def found_after(self, place: int) -> tuple[tuple[Described, ...], int]:
        """The next ones behind a place in the file that an earlier call gave, 0 for the first, and the place behind
        them. A place that the file does not reach any more is its beginning."""
        if not self.found.exists():
            return (), 0
        with self.found.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            place = place if place <= size else 0
            file.seek(place)
            read: list[Described] = []
            start = place
            while len(read) < MAX_BATCH and place - start < BATCH_BYTES and (line := file.readline()).endswith(b"\n"):
                place += len(line)
                found = _parsed(line)
                if found is not None:
                    read.append(found)
        return tuple(read), place

    def mend(self) -> None:
        """Cut off a line that a dying writer left unfinished. Raises OSError."""
        if self.found.exists():
            with self.found.open("r+b") as file:
                data = file.read()
                file.truncate(data.rfind(b"\n") + 1)


def _parsed(line: bytes) -> Described | None:
    try:
        return Described.model_validate_json(line, extra=FROM_NEWER)
    except ValueError:
        return None


def captioning_folder(layout: Layout, order: str) -> CaptioningFolder:
    """The folder of an order, by its identity."""
    return CaptioningFolder(layout.captionings / order)


def captioning_folders(layout: Layout) -> list[CaptioningFolder]:
    """Those of all orders, the oldest record first."""
    if not layout.captionings.is_dir():
        return []
    found = [CaptioningFolder(path) for path in layout.captionings.iterdir() if path.is_dir()]
    return sorted(found, key=lambda folder: (_time_of(folder.progress), folder.id))


def _time_of(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0
