"""Guards that every test runs under: no display needed, and nothing may be left behind."""

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before any import of Qt: with a display at hand, the tests would otherwise flash windows on it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before any import of torch: on a busy machine its threads would spin while they wait, a hundred times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

PATIENCE_S = 5.0
"""How long a test's threads and processes may take to end after it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every Qt warning fails a test, except that a screen which is none cannot keep windows from being too small, nor put
    popups in front and give them the keyboard."""
    missing = "This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)"
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore(missing, extend=True))


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    """Fails a test that leaves a thread running which would keep the program from ending."""
    before = set(threading.enumerate())
    yield
    left = _wait_until_gone(lambda: [t for t in threading.enumerate() if t not in before and not t.daemon])
    assert not left, f"threads left running: {[thread.name for thread in left]}"


@pytest.fixture(autouse=True)
def _no_leaked_processes() -> Iterator[None]:
    """Fails a test that leaves a child process, running or not waited for. Looks only where there is /proc."""
    before = _children()
    yield
    left = _wait_until_gone(lambda: sorted(_children() - before))
    assert not left, f"child processes left: {[_command(pid) for pid in left]}"


@pytest.fixture(autouse=True)
def _no_leaked_windows() -> Iterator[None]:
    """Fails a test that leaves a top-level widget. Costs nothing where no test has imported widgets."""
    before = _windows()
    yield
    if not (_windows() - before):
        return
    gc.collect()
    application = sys.modules["PySide6.QtWidgets"].QApplication.instance()
    application.sendPostedEvents(None, _deferred_delete())
    left = _windows() - before
    assert not left, f"windows left: {left}"


def _wait_until_gone(look):  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + PATIENCE_S
    while (left := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def _children() -> set[int]:
    """Pids of this process's children, those of other threads included."""
    found: set[int] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(int(pid) for pid in listing.read_text(encoding="ascii").split())
        except OSError:
            continue  # the thread has just ended
    return found


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        words = "ended"
    return f"{pid} ({words.strip() or 'not waited for'})"


def _windows() -> set[str]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return set()
    # Qt itself keeps a few unparented helpers, such as the list of a combo box; they are hidden and nameless.
    return {
        f"{type(window).__name__} {window.objectName()!r} at {id(window):#x}"
        for window in widgets.QApplication.topLevelWidgets()
        if type(window).__module__.startswith("loraferry") or window.isVisible()
    }


def _deferred_delete() -> int:
    from PySide6.QtCore import QEvent

    return QEvent.Type.DeferredDelete.value
