"""Starting and ending orders for captions; each is a process of its own that outlives whoever asked."""

import shutil
import subprocess
import time

from loraferry_agent import platform
from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.captioning.folder import CaptioningFolder, captioning_folder, captioning_folders
from loraferry_agent.jobs.launch import Settings, environment, python_module
from loraferry_agent.jobs.log_tail import log_tail
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import Layout
from loraferry_core.captioning import CaptioningState, CaptionOrder, Described
from loraferry_core.jobs import ACTIVE
from loraferry_core.problems import fail

START_SECONDS = 60.0
"""How long a process may take until it has written its record."""
CANCEL_SECONDS = 5.0
"""After this long a process that loads a model or hangs on a silent server is ended."""
POLL_SECONDS = 0.05
KEPT = 20
"""Orders that have ended of which the answers are kept, for whoever lost the line."""
_children: list["subprocess.Popen[bytes]"] = []
"""Processes that this one has started and not yet seen end."""


def start(settings: Settings, order: CaptionOrder, beside_training: bool) -> CaptioningState:
    """See to it that the order is being carried out or is done; one that is under way is left alone.

    Returns when the process has written its record. Raises ProblemError: manifest_unknown; captioner_busy while a
    training runs, unless it may go on beside it; captioner_failed. OSError.
    """
    layout = settings.layout
    folder = captioning_folder(layout, order.id)
    now = folder.state()
    if now is not None and now.state in ("running", "done"):
        return now
    if not BlobStore(layout).is_committed(order.manifest):
        raise fail("manifest_unknown", manifest=order.manifest)
    if not beside_training:
        refuse_beside_training(layout)
    forget_oldest(layout)
    folder.write_order(order)
    folder.cancel_request.unlink(missing_ok=True)
    beside = ["--beside-training"] if beside_training else []
    module = "loraferry_agent.captioners.describe"
    command = python_module(module, f"--home={settings.home}", f"--order={order.id}", *beside)
    process = platform.spawn_detached(command, environment(settings), folder.path, folder.log)
    _children[:] = [process, *(child for child in _children if child.poll() is None)]
    return _begun(folder, order, process)


def _begun(folder: CaptioningFolder, order: CaptionOrder, process: "subprocess.Popen[bytes]") -> CaptioningState:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        ended = process.poll() is not None
        recorded = folder.process()
        if recorded is not None and recorded.pid == process.pid:
            state = folder.state()
            assert state is not None
            return state
        if ended or time.monotonic() > give_up_at:
            raise fail("captioner_failed", name=order.model.name, detail=log_tail(folder.log, 1))
        time.sleep(POLL_SECONDS)


def refuse_beside_training(layout: Layout) -> None:
    """Raise ProblemError captioner_busy while a training runs on this machine."""
    for status in JobStore(layout).list():
        if status.state in ACTIVE:
            raise fail("captioner_busy", name=status.name)


def forget_oldest(layout: Layout) -> None:
    """Remove the answers to all orders that have ended but the newest ones. Raises OSError."""
    ended = [folder for folder in captioning_folders(layout) if not folder.is_running()]
    for folder in ended[: max(0, len(ended) - KEPT)]:
        shutil.rmtree(folder.path)


def cancel(layout: Layout, order: str) -> CaptioningState:
    """End an order; what was found is kept. One that is not under way is left as it is. Raises ProblemError
    captioning_unknown, OSError."""
    folder = captioning_folder(layout, order)
    if folder.is_running():
        folder.cancel_request.touch()
        process = folder.process()
        if not _ends_within(folder, CANCEL_SECONDS) and process is not None and process.is_alive():
            platform.terminate(process.pid)
            _ends_within(folder, CANCEL_SECONDS)
    return state_of(layout, order)


def _ends_within(folder: CaptioningFolder, seconds: float) -> bool:
    give_up_at = time.monotonic() + seconds
    while folder.is_running():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(POLL_SECONDS)
    return True


def state_of(layout: Layout, order: str) -> CaptioningState:
    """How an order stands. Raises ProblemError captioning_unknown."""
    state = captioning_folder(layout, order).state()
    if state is None:
        raise fail("captioning_unknown")
    return state


def found_after(
    layout: Layout, order: str, place: int, seconds: float
) -> tuple[CaptioningState, tuple[Described, ...], int]:
    """How an order stands, the next of what was found behind a place, and the place behind that. While there is none,
    and there will be more, waits for so many seconds. Raises ProblemError captioning_unknown, OSError."""
    folder = captioning_folder(layout, order)
    give_up_at = time.monotonic() + seconds
    before: CaptioningState | None = None
    while True:
        # The state first: when it says "done", all that was found is read right after.
        state = state_of(layout, order)
        found, after = folder.found_after(place)
        moved = before is not None and (state.stage, state.state) != (before.stage, before.state)
        if found or moved or state.state != "running" or time.monotonic() >= give_up_at:
            return state, found, after
        before = state
        time.sleep(POLL_SECONDS)


def manifests_in_use(layout: Layout) -> frozenset[str]:
    """The lists of the pictures that are being described now."""
    return frozenset(order.manifest for order in _running(layout))


def models_in_use(layout: Layout) -> frozenset[str]:
    """The orders of the models that describe now."""
    return frozenset(order.model.id for order in _running(layout))


def _running(layout: Layout) -> list[CaptionOrder]:
    return [folder.order() for folder in captioning_folders(layout) if folder.is_running()]
