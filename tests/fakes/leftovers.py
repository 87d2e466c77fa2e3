"""Ends the agent's processes of a test's own home or user, which are meant to outlive whoever started them."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

ENDED_S = 60.0


def end_processes_of(folder: Path) -> None:
    """Kill every process whose command line names a path in `folder`. Does nothing where there is no /proc."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"{folder}/" in entry.read_bytes().decode("utf-8", "replace"):
                os.kill(int(entry.parent.name), signal.SIGKILL)
        except OSError:
            continue  # it ended meanwhile


def processes_of_user(uid: int) -> list[int]:
    """Pids of all that runs under a user's name. Empty where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.stat().st_uid == uid:
                found.append(int(entry.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def end_processes_of_user(uid: int) -> None:
    """Kill all of them, and wait for their end."""
    give_up_at = time.monotonic() + ENDED_S
    while pids := processes_of_user(uid):
        assert time.monotonic() < give_up_at, f"still running: {pids}"
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
