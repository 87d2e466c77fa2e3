"""Fetching a base model: `python -m loraferry_agent.models.fetch --home=… --order=…`, or inside the trainer.

One process an order, whoever asks: a second one waits for the first. What came is kept whatever happens.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.blobs.store import disk_full, free_bytes
from loraferry_agent.layout import Layout, default_home, layout_of
from loraferry_agent.models.download import Pause, download
from loraferry_agent.models.folder import ModelFolder, model_folder
from loraferry_agent.models.sources import Endpoints, Offer, RemoteFile, offer_of, places, this_machine, token_for
from loraferry_agent.models.web import Interrupted, Web
from loraferry_agent.storage.secrets import read_secret
from loraferry_core.models import FetchOrder, FetchSource
from loraferry_core.problems import ProblemError, fail

LOG = logging.getLogger(__name__)
RECORD_INTERVAL = 0.5
LOOKS = 3
"""Tries to learn what a source has."""
POLL_INTERVAL = 0.5
_TELLING = ("fetch_forbidden", "fetch_corrupt", "fetch_no_model", "fetch_not_found", "fetch_failed")
"""Of several sources' problems the one that says most is told."""
_FINAL = ("fetch_cancelled", "disk_full")

Progress = Callable[[int, int], None]
"""Takes bytes that are there and all bytes, 0 where that is not known."""
Cancelled = Callable[[], bool]


def ensure(
    order: FetchOrder,
    layout: Layout,
    progress: Progress,
    cancelled: Cancelled,
    *,
    sites: Endpoints | None = None,
    pause: Pause = time.sleep,
) -> Path:
    """The whole model on this machine, fetched if need be: a folder in the layout of diffusers, or a single file.

    Raises ProblemError: fetch_cancelled, disk_full, or what the most telling source said, with all as notes. OSError.
    """
    folder = model_folder(layout, order.id)
    layout.locks.mkdir(parents=True, exist_ok=True)
    lock = platform.FileLock(folder.lock)
    while (path := folder.whole()) is None:
        if lock.acquire():
            try:
                # Whoever had the lock may have brought it to its end.
                return folder.whole() or _fetch(
                    order, folder, layout, progress, cancelled, sites or this_machine(), pause
                )
            finally:
                lock.release()
        _follow(order, folder, progress, cancelled)
        pause(POLL_INTERVAL)
    return path


def _follow(order: FetchOrder, folder: ModelFolder, progress: Progress, cancelled: Cancelled) -> None:
    """Tell how far the process is that fetches it."""
    if cancelled():
        raise fail("fetch_cancelled", name=order.name)
    state = folder.state()
    if state is not None:
        progress(state.done, state.total)


def _fetch(
    order: FetchOrder,
    folder: ModelFolder,
    layout: Layout,
    progress: Progress,
    cancelled: Cancelled,
    sites: Endpoints,
    pause: Pause,
) -> Path:
    folder.write_order(order)
    folder.cancel_request.unlink(missing_ok=True)
    teller = _Teller(order, folder, progress, cancelled)
    teller.record()
    web = Web(order.name, token_for(order, read_secret(layout, order.secret), sites))
    try:
        _from_any(order, folder, web, teller, sites, pause)
        folder.commit()
    except ProblemError as error:
        folder.record("failed", teller.done, teller.total, error.problem)
        raise
    path = folder.whole()
    assert path is not None
    folder.record("done", teller.done, teller.done)
    progress(teller.done, teller.done)
    return path


def _from_any(
    order: FetchOrder, folder: ModelFolder, web: Web, teller: "_Teller", sites: Endpoints, pause: Pause
) -> None:
    """Have the model from the first source that gives it."""
    failures: list[ProblemError] = []
    for source, base in places(order, sites):
        try:
            offer = _look(order, source, base, web, sites, pause)
            _take(order, offer, folder, web, teller, pause)
        except ProblemError as error:
            if error.problem.code in _FINAL:
                raise
            LOG.warning("%s", error)
            failures.append(error)
        else:
            return
    telling = min(failures, key=lambda error: _TELLING.index(error.problem.code))
    raise ProblemError(telling.problem, tuple(error.problem for error in failures))


def _look(order: FetchOrder, source: FetchSource, base: str, web: Web, sites: Endpoints, pause: Pause) -> Offer:
    for tried in range(LOOKS):
        try:
            return offer_of(order, source, base, sites, web)
        except Interrupted as error:
            reason = error
            if tried < LOOKS - 1:
                pause(2.0**tried)
    raise fail("fetch_failed", name=order.name, detail=reason)


def _take(order: FetchOrder, offer: Offer, folder: ModelFolder, web: Web, teller: "_Teller", pause: Pause) -> None:
    """All files of one place. Raises ProblemError, OSError."""
    teller.begin(sum(file.size for file in offer.files))
    remove_strangers(folder.part, offer.files)
    missing = teller.total - _there(folder.part)
    if free_bytes(folder.path) < missing:
        raise disk_full(folder.path, missing)
    for file in offer.files:
        target = folder.part / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        download(web, file, target, order.name, teller.tell, pause)
        teller.next(target.stat().st_size)


def remove_strangers(part: Path, files: Iterable[RemoteFile]) -> None:
    """What another source began and this one does not have: it would become part of the model."""
    own = {part / f"{file.path}{ending}" for file in files for ending in ("", ".part", ".version")}
    for path in part.rglob("*"):
        if path.is_file() and path not in own:
            path.unlink()


def _there(part: Path) -> int:
    return sum(path.stat().st_size for path in part.rglob("*") if path.is_file())


class _Teller:
    """Counts the bytes of all files, writes the record now and then, and ends the fetch when that is asked for."""

    def __init__(self, order: FetchOrder, folder: ModelFolder, progress: Progress, cancelled: Cancelled) -> None:
        self.done = self.total = 0
        self._order = order
        self._folder = folder
        self._progress = progress
        self._cancelled = cancelled
        self._whole = 0
        self._recorded = 0.0

    def begin(self, total: int) -> None:
        """A source offers so many bytes, 0 where it does not say."""
        self.total, self.done, self._whole = total, 0, 0
        self.record()

    def tell(self, size: int) -> None:
        """So many bytes of the present file are there. Raises ProblemError fetch_cancelled."""
        self.done = self._whole + size
        if self._cancelled() or self._folder.cancel_request.exists():
            raise fail("fetch_cancelled", name=self._order.name)
        if time.monotonic() - self._recorded >= RECORD_INTERVAL:
            self.record()

    def next(self, size: int) -> None:
        """The present file is whole."""
        self._whole += size
        self.tell(0)

    def record(self) -> None:
        """Write the record, and tell whoever waits."""
        self._recorded = time.monotonic()
        # A site that listed a file smaller than it is must not make a bar run past its end.
        total = self.total and max(self.total, self.done)
        self._folder.record("running", self.done, total)
        self._progress(self.done, total)


def main(arguments: list[str]) -> int:
    """Fetch the order that lies in the agent's home; 0 when it is there, 1 when a problem ended it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, default=default_home())
    parser.add_argument("--order", required=True)
    parsed = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    layout = layout_of(parsed.home.absolute())
    order = model_folder(layout, parsed.order).order()
    try:
        ensure(order, layout, progress=lambda done, total: None, cancelled=lambda: False)
    except ProblemError as error:
        LOG.warning("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
