"""One installation at a time on a machine, whichever laptop it comes from; one that died holds nobody up."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from loraferry_agent.setup.tools import Desk

BEAT_SECONDS = 5.0
STALE_SECONDS = 120.0
"""A claim whose holder has not shown itself for this long was left behind."""
LOOK_SECONDS = 0.5
TELL_SECONDS = 5.0


@contextlib.contextmanager
def claimed(path: Path, owner: str, desk: Desk) -> Iterator[None]:
    """Hold the claim while the body runs. Waits for another holder and says whom it waits for. Raises CalledOff."""
    told = -TELL_SECONDS
    own = {**identity(os.getpid()), "owner": owner, "id": uuid.uuid4().hex}
    while not _take(path, own):
        holder = _read(path)
        if holder is not None and time.monotonic() - told >= TELL_SECONDS:
            desk.tell(waiting=str(holder.get("owner", "")))
            told = time.monotonic()
        desk.wait(LOOK_SECONDS)
    beat = Beat(path)
    try:
        yield
    finally:
        beat.stop()
        holder = _read(path)
        if holder is None or holder.get("id") == own["id"]:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def _take(path: Path, own: dict[str, object]) -> bool:
    holder = _read(path)
    if holder is not None and not is_left_behind(path, holder):
        return False
    if holder is not None:
        _clear(path, holder)
    part = path.with_name("." + str(own["id"]))
    part.write_text(json.dumps(own), encoding="utf-8")
    try:
        # Exclusive like a link, but known to every disk: the name is made by whoever is first, the words follow.
        os.close(os.open(str(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.replace(path)
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return True


def _clear(path: Path, holder: dict[str, object]) -> None:
    """Take away what was left behind, and only that: another may have taken the claim meanwhile."""
    aside = path.with_name(".left-" + uuid.uuid4().hex)
    with contextlib.suppress(FileNotFoundError):
        path.rename(aside)
        if _read(aside) != holder and not path.exists():
            aside.rename(path)
        else:
            aside.unlink()


def _read(path: Path) -> dict[str, object] | None:
    """Who holds the claim; an empty record where it is just being written, None where nobody does."""
    try:
        value = json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def is_left_behind(path: Path, holder: dict[str, object]) -> bool:
    """Whether a claim's holder is gone: its process has ended, or it has not shown itself for long."""
    try:
        silent = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return False
    if silent > STALE_SECONDS:
        return True
    known = identity(int(str(holder.get("pid", 0))))
    started, here = holder.get("start"), holder.get("boot")
    return bool(started) and here == known["boot"] and known["start"] != started


def identity(pid: int) -> dict[str, object]:
    """A process by its number, when it began and in which boot; the latter two are empty where that cannot be told."""
    boot = started = ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        started = "" if fields[0] in (b"Z", b"X") else fields[19].decode("ascii")
    return {"pid": pid, "start": started, "boot": boot}


class Beat:
    """Touches a file while something goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def _go(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            with contextlib.suppress(OSError):
                os.utime(str(self._path))

    def stop(self) -> None:
        """Touch it no more."""
        self._stop.set()
        self._thread.join()
