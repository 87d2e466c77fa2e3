"""One fetched model on the disk: its order, how far it is, what has come, and the whole model.

models/<order>/
    order.json      the order
    progress.json   state, bytes, problem, and the process that fetches
    cancel          exists while the fetch shall end
    part/           what has come; a file that is not whole ends with `.part`
    files/          the model; there only when it is whole
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json, write_atomically, write_json
from loraferry_agent.jobs.process import ProcessIdentity, identify_self
from loraferry_agent.layout import FROM_NEWER, JOB_VARIABLE, Layout
from loraferry_core.model_files import INDEX, SETTINGS, TAGS
from loraferry_core.models import FetchOrder, FetchState
from loraferry_core.problems import Problem, problem


@dataclass(frozen=True)
class ModelFolder:
    """The folder of one order."""

    path: Path
    lock: Path
    """Held by the process that fetches."""

    @property
    def id(self) -> str:
        """The order's identity."""
        return self.path.name

    @property
    def order_file(self) -> Path:
        """The `FetchOrder`."""
        return self.path / "order.json"

    @property
    def progress(self) -> Path:
        """How far it is."""
        return self.path / "progress.json"

    @property
    def cancel_request(self) -> Path:
        """Exists while the fetch shall end."""
        return self.path / "cancel"

    @property
    def log(self) -> Path:
        """What the fetching process prints."""
        return self.path / "fetch.log"

    @property
    def part(self) -> Path:
        """What has come."""
        return self.path / "part"

    @property
    def files(self) -> Path:
        """The whole model."""
        return self.path / "files"

    def whole(self) -> Path | None:
        """The model: a folder in the layout of diffusers or a single file; None while it is not whole."""
        return model_in(self.files) if self.files.is_dir() else None

    def order(self) -> FetchOrder:
        """The order. Raises OSError, and ValueError where the file is damaged."""
        return FetchOrder.model_validate_json(self.order_file.read_bytes(), extra=FROM_NEWER)

    def write_order(self, order: FetchOrder) -> None:
        """Make the folder and keep the order. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(self.order_file, order.model_dump_json(indent=1).encode())

    def commit(self) -> None:
        """What has come is all: make it the model. Raises OSError."""
        self.part.replace(self.files)
        platform.sync_folder(self.path)

    def record(
        self, state: Literal["running", "done", "failed"], done: int, total: int, why: Problem | None = None
    ) -> None:
        """Write down how far it is, in bytes, and that this process fetches it. Raises OSError."""
        write_json(
            self.progress,
            {
                "state": state,
                "done": done,
                "total": total,
                "problem": why.model_dump() if why else None,
                "process": identify_self().as_json(),
                "job": os.environ.get(JOB_VARIABLE, ""),
            },
            durable=state != "running",
        )

    def fetcher(self) -> ProcessIdentity | None:
        """The process that last wrote the record."""
        record = read_json(self.progress)
        return None if record is None else ProcessIdentity(**record["process"])

    def is_of_a_job(self) -> bool:
        """Whether it is a trainer that fetches."""
        return bool((read_json(self.progress) or {}).get("job"))

    def state(self) -> FetchState | None:
        """How far it is; None where there is no order. A record that says `running` counts while its process lives."""
        try:
            order = self.order()
        except (OSError, ValueError):
            return None
        record = read_json(self.progress)
        if record is None:
            return FetchState(id=self.id, name=order.name, state="failed", problem=self._cut_off(order))
        state, why = record["state"], record["problem"]
        if state == "running" and not ProcessIdentity(**record["process"]).is_alive():
            state, why = "failed", self._cut_off(order)
        return FetchState(
            id=self.id, name=order.name, state=state, done=record["done"], total=record["total"], problem=why
        )

    def _cut_off(self, order: FetchOrder) -> Problem:
        cancelled = self.cancel_request.exists()
        return problem("fetch_cancelled" if cancelled else "fetch_interrupted", name=order.name)


def model_in(folder: Path) -> Path | None:
    """The model that a folder holds: the folder itself where it is in the layout of diffusers or transformers, or a
    tagger, else its one file."""
    if any((folder / mark).is_file() for mark in (INDEX, SETTINGS, TAGS)):
        return folder
    return next((path for path in sorted(folder.iterdir()) if path.is_file()), None)


def model_folder(layout: Layout, order: str) -> ModelFolder:
    """The folder of an order, by its identity."""
    return ModelFolder(layout.models / order, layout.locks / f"fetch-{order}")


def model_folders(layout: Layout) -> list[ModelFolder]:
    """Those of all orders, by identity."""
    if not layout.models.is_dir():
        return []
    names = sorted(path.name for path in layout.models.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [model_folder(layout, name) for name in names]
