"""Carries out one order for captions: `python -m loraferry_agent.captioners.describe --home=… --order=…`.

Fetches the model where it is not here, loads it, describes picture after picture and writes down what it found after
each. Whatever ends it, the next try goes on with the pictures that are left.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.captioners.describing import Describe, Unfit
from loraferry_agent.captioners.pictures import Undecodable, picture_at
from loraferry_agent.captioning.folder import CaptioningFolder, captioning_folder
from loraferry_agent.captioning.orders import refuse_beside_training
from loraferry_agent.layout import Layout, default_home, layout_of
from loraferry_agent.models.fetch import ensure
from loraferry_core.captioning import MAX_WORDS, CaptioningStage, CaptionOrder, Described
from loraferry_core.dataset.manifest import ManifestEntry
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail, problem

LOG = logging.getLogger(__name__)
LOCK = "captioning"
"""Of all orders together: two models at once would only be slower, or not fit."""
POLL_SECONDS = 0.5
LOOK_SECONDS = 2.0
"""Between two looks whether a training has begun, and two notes that this machine is at work."""

Load = Callable[[Path, CaptionOrder], Describe]


def load_family(model: Path, order: CaptionOrder) -> Describe:
    """The function that describes one picture, of the order's family. Raises Unfit, OSError."""
    load: Load = import_module(f"loraferry_agent.captioners.{order.kind}").load
    return load(model, order)


class Describing:
    """One order being carried out by this process."""

    def __init__(
        self, layout: Layout, folder: CaptioningFolder, beside_training: bool, load: Load = load_family
    ) -> None:
        self._layout, self._folder, self._load = layout, folder, load
        self._beside_training = beside_training
        self._order = folder.order()
        self._stage: CaptioningStage = "fetch"
        self._done = self._total = 0
        self._looked = float("-inf")

    def run(self) -> None:
        """Carry it out. Raises ProblemError, which is in the record then; OSError."""
        self._tell("fetch", 0, 0)
        self._layout.locks.mkdir(parents=True, exist_ok=True)
        lock = platform.FileLock(self._layout.locks / LOCK)
        try:
            while not lock.acquire():
                self._check()
                time.sleep(POLL_SECONDS)
            self._describe_all()
        except ProblemError as error:
            self._folder.record("failed", self._stage, self._done, self._total, error.problem)
            raise
        finally:
            lock.release()

    def _describe_all(self) -> None:
        self._folder.mend()
        known = {found.picture for found in self._folder.all_found()}
        entries = {entry.sha256: entry for entry in BlobStore(self._layout).manifest(self._order.manifest).entries}
        left = [entry for entry in entries.values() if entry.sha256 not in known]
        if left:
            describe = self._ready()
            self._describe(left, len(entries) - len(left), len(entries), describe)
        self._folder.record("done", "describe", len(entries), len(entries))

    def _ready(self) -> Describe:
        """The model, fetched and loaded."""
        model = ensure(self._order.model, self._layout, self._fetched, self._cancelled)
        self._tell("load", 0, 0)
        self._check()
        try:
            return self._load(model, self._order)
        except Unfit as error:
            raise fail("captioner_unfit", name=self._order.model.name, detail=error) from error

    def _describe(self, left: list[ManifestEntry], before: int, total: int, describe: Describe) -> None:
        blobs = BlobStore(self._layout)
        with self._folder.found.open("ab", buffering=0) as file:
            for done, entry in enumerate(left, before):
                self._tell("describe", done, total)
                self._check()
                found = _described(entry, blobs.place(entry.sha256), describe)
                file.write(found.model_dump_json().encode() + b"\n")

    def _tell(self, stage: CaptioningStage, done: int, total: int) -> None:
        self._stage, self._done, self._total = stage, done, total
        self._folder.record("running", stage, done, total)

    def _fetched(self, done: int, total: int) -> None:
        if (done, total) != (self._done, self._total):
            self._tell("fetch", done, total)

    def _cancelled(self) -> bool:
        return self._folder.cancel_request.exists()

    def _check(self) -> None:
        """Raise ProblemError where the order shall end, or must give way to a training."""
        if self._cancelled():
            raise fail("captioning_cancelled")
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._layout.activity.touch()  # no guard may take the machine for idle
            if not self._beside_training:
                refuse_beside_training(self._layout)


def _described(entry: ManifestEntry, path: Path, describe: Describe) -> Described:
    """What is found in one picture; one that cannot be opened has a problem instead."""
    try:
        found = describe(picture_at(path))
    except Undecodable as error:
        unreadable = problem("image_unreadable", name=entry.name, detail=error)
        return Described(picture=entry.sha256, problem=unreadable)
    if isinstance(found, str):
        return Described(picture=entry.sha256, words=without_control_characters(found)[:MAX_WORDS])
    return Described(picture=entry.sha256, tags=found)


def main(arguments: list[str]) -> int:
    """Carry out the order that lies in the agent's home; 0 when it is done, 1 when a problem ended it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, default=default_home())
    parser.add_argument("--order", required=True)
    parser.add_argument("--beside-training", action="store_true")
    parsed = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    layout = layout_of(parsed.home.absolute())
    try:
        Describing(layout, captioning_folder(layout, parsed.order), parsed.beside_training).run()
    except ProblemError as error:
        LOG.warning("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
