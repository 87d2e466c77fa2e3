"""Starting, ending and watching fetches; each is a process of its own that outlives whoever asked."""

import subprocess
import time
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.jobs.launch import Settings, environment, python_module
from loraferry_agent.layout import Layout
from loraferry_agent.models.folder import ModelFolder, model_folder, model_folders
from loraferry_core.models import FetchOrder, FetchState
from loraferry_core.problems import fail

START_SECONDS = 30.0
"""How long a fetching process may take until it has written its record."""
CANCEL_SECONDS = 3.0
"""After this long a process that hangs on a silent server is ended."""
POLL_SECONDS = 0.05
MAX_TOLD = 1000
_children: list["subprocess.Popen[bytes]"] = []
"""Fetching processes that this one has started and not yet seen end."""


def start(settings: Settings, order: FetchOrder) -> None:
    """See to it that the order is being fetched or is done; one that is under way is left alone.

    Returns when the fetching process has written its record. Raises ProblemError fetch_failed, OSError.
    """
    folder = model_folder(settings.layout, order.id)
    if folder.whole() is not None or is_running(folder):
        return
    folder.write_order(order)
    folder.cancel_request.unlink(missing_ok=True)
    command = python_module("loraferry_agent.models.fetch", f"--home={settings.home}", f"--order={order.id}")
    process = platform.spawn_detached(command, environment(settings), folder.path, folder.log)
    _children[:] = [process, *(child for child in _children if child.poll() is None)]
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        ended = process.poll() is not None
        fetcher = folder.fetcher()
        # Another one may have had the lock first; then this one only waits for it.
        if folder.whole() is not None or (fetcher is not None and (fetcher.pid == process.pid or fetcher.is_alive())):
            return
        if ended or time.monotonic() > give_up_at:
            raise fail("fetch_failed", name=order.name, detail=_last_line(folder.log))
        time.sleep(POLL_SECONDS)


def cancel(layout: Layout, order: str) -> None:
    """End a fetch; what came is kept. One that is not under way is left as it is. Raises OSError."""
    folder = model_folder(layout, order)
    if not is_running(folder):
        return
    folder.cancel_request.touch()
    if not _ends_within(folder, CANCEL_SECONDS) and not folder.is_of_a_job():
        fetcher = folder.fetcher()
        if fetcher is not None and fetcher.is_alive():
            platform.terminate(fetcher.pid)
        _ends_within(folder, CANCEL_SECONDS)


def _ends_within(folder: ModelFolder, seconds: float) -> bool:
    give_up_at = time.monotonic() + seconds
    while is_running(folder):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(POLL_SECONDS)
    return True


def is_running(folder: ModelFolder) -> bool:
    """Whether a living process fetches it."""
    state = folder.state()
    return state is not None and state.state == "running"


def states(layout: Layout) -> tuple[FetchState, ...]:
    """How all orders stand."""
    found = (folder.state() for folder in model_folders(layout))
    return tuple(state for state in found if state is not None)[:MAX_TOLD]


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "the process ended without a word"
