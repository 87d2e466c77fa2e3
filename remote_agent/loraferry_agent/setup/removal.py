"""Takes away what this agent has put on a machine, and nothing else: old versions, or all of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loraferry_agent.layout import HOME_VARIABLE, Layout, layout_of
from loraferry_agent.setup.claim import claimed
from loraferry_agent.setup.places import MARK, known_places
from loraferry_agent.setup.tools import Desk, Failure, private

UNUSED_SECONDS = 3600.0
"""A version that another desktop has asked for within this time stays."""
BUSY = ("held", "queued", "preparing", "running", "paused", "stopping")
"""Job states that an uninstallation would end."""
IN_CACHES = ("captions", "latents", "packages", "huggingface", "torch")
"""What lies in the folder of the caches."""
END_SECONDS = 20.0
LOOK_SECONDS = 0.1


def tidy(home: Path, keep: list[str], unused: float = UNUSED_SECONDS) -> list[str]:
    """Remove code and environments but those in `keep`, where nobody has asked for them lately and no process is of
    them. What was removed."""
    layout = layout_of(home)
    layout.used.mkdir(parents=True, exist_ok=True)
    for name in keep:
        (layout.used / name).touch()
    if processes() is None and is_busy(layout):
        return []
    candidates = [path for folder in (layout.code, layout.venvs) for path in _entries(folder)]
    old = [path for path in candidates if path.name not in keep and _age(layout.used / path.name) > unused]
    removed = []
    running = list((processes() or {}).values()) if old else []
    for path in old:
        if not any(_names(str(path), process) for process in running):
            _remove(path)
            with contextlib.suppress(FileNotFoundError):
                (layout.used / path.name).unlink()
            removed.append(str(path))
    return removed


def is_busy(layout: Layout) -> bool:
    """Whether a supervisor may be at work or a job waits or runs, by what the files say."""
    return _age(layout.heartbeat) < UNUSED_SECONDS or bool(busy_jobs([layout.work]))


def busy_jobs(works: list[Path]) -> list[tuple[str, str]]:
    """Jobs that wait or run, with their states."""
    found = []
    for work in works:
        for folder in _entries(work / "jobs"):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                state = json.loads((folder / "state.json").read_bytes()).get("state")
                if state in BUSY:
                    found.append((folder.name, str(state)))
    return found


def uninstall(home: Path, force: bool, desk: Desk) -> dict[str, Any]:
    """End the agent's processes, remove what is ours from all folders it ever had, and look again.

    Gives `removed`, and `left`: what lies in those folders and is not ours. Raises Failure: `job_state` while a job
    waits or runs, unless forced; `uninstall_incomplete`.
    """
    if not home.exists():
        return {"removed": [], "left": []}
    if not (home / MARK).exists() and not (home / "agent_id").exists():
        raise Failure("folder_foreign", path=str(home))
    private(home / "locks")
    with claimed(home / "locks" / "deploy", "", desk):
        return _uninstall(home, force, desk)


def _uninstall(home: Path, force: bool, desk: Desk) -> dict[str, Any]:
    places, made = known_places(home)
    works = [layout_of(home).work, *places]
    busy = busy_jobs(works)
    if busy and not (force and processes() is not None):
        raise Failure("job_state", job=busy[0][0], state=busy[0][1], action="uninstall")
    end_processes(home, desk)
    names = {*own_names(home), MARK}
    removed: list[str] = []
    folders = [Path(place) for place in dict.fromkeys([*map(str, places), str(home)])]
    for folder in folders:
        for entry in _entries(folder, hidden=True):
            if entry.name in names or entry.name.startswith(tuple("." + name for name in names)):
                _remove(entry)
                removed.append(str(entry))
    for folder in [*folders, *map(Path, reversed(made))]:
        if str(folder) in made:
            with contextlib.suppress(OSError):  # it holds something else, or is gone already
                folder.rmdir()
                removed.append(str(folder))
    _verify(home, folders, names)
    return {"removed": removed, "left": [str(path) for folder in folders for path in _entries(folder, hidden=True)]}


def _verify(home: Path, folders: list[Path], names: set[str]) -> None:
    still = [str(path) for folder in folders for path in _entries(folder, hidden=True) if path.name in names]
    if still:
        raise Failure("uninstall_incomplete", what=", ".join(still[:20]))
    alive = [str(pid) for pid in agent_processes(home)]
    if alive:
        raise Failure("uninstall_incomplete", what="pid " + ", ".join(alive[:20]))


def own_names(home: Path) -> set[str]:
    """What may lie in home, work and caches and is ours: the places that the layout names, and parts of them."""
    here = Layout(home, home)
    paths = [getattr(here, name) for name, kind in vars(Layout).items() if isinstance(kind, property)]
    names = {path.name for path in paths if isinstance(path, Path) and path.parent == home}
    stems = {name.rpartition(".")[0] + ".old.log" for name in names if name.endswith(".log")}
    return {*names, *stems, "work", *IN_CACHES}


# ---- processes ------------------------------------------------------------------------------------------------------


def end_processes(home: Path, desk: Desk) -> None:
    """End all processes of this agent. They start one another, so until none is left."""
    shutil.rmtree(str(layout_of(home).locks), ignore_errors=True)  # a supervisor without it ends by itself
    give_up_at = time.monotonic() + END_SECONDS
    asked: set[int] = set()
    while True:
        alive = agent_processes(home)
        if not alive:
            return
        if time.monotonic() > give_up_at:
            raise Failure("uninstall_incomplete", what="pid " + ", ".join(map(str, alive[:20])))
        for pid in alive:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL if pid in asked else signal.SIGTERM)
        asked.update(alive)
        desk.wait(LOOK_SECONDS)


def agent_processes(home: Path) -> list[int]:
    """Processes that carry this home in their environment or arguments, without this one and those above it."""
    found = processes()
    if found is None:
        return []
    above = _ancestors()
    tag, told = f"{HOME_VARIABLE}={home}".encode(), str(home).encode()
    mine = []
    for pid, (environ, arguments) in found.items():
        after = arguments[arguments.index(b"--home") + 1 :] if b"--home" in arguments else []
        if pid not in above and (tag in environ or b"--home=" + told in arguments or after[:1] == [told]):
            mine.append(pid)
    return mine


def processes() -> dict[int, tuple[list[bytes], list[bytes]]] | None:
    """Environment and arguments of every living process that may be read; None where that cannot be told."""
    if not Path("/proc/self/environ").exists():
        return None
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if arguments != [b""]:  # else it has ended, or is the kernel's
                found[int(folder.name)] = ((folder / "environ").read_bytes().split(b"\0"), arguments)
    return found


def _names(path: str, process: tuple[list[bytes], list[bytes]]) -> bool:
    """Whether a process was started from below a folder."""
    told = os.fsencode(path)
    return any(told in word for words in process for word in words)


def _ancestors() -> set[int]:
    found, pid = set(), os.getpid()
    while pid > 1:
        found.add(pid)
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            break
        pid = int(fields[1])
    return found


# ---- files ----------------------------------------------------------------------------------------------------------


def _entries(folder: Path, hidden: bool = False) -> list[Path]:
    def seen() -> Iterator[Path]:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                if hidden or not path.name.startswith("."):
                    yield path

    return sorted(seen())


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _remove(path: Path) -> None:
    """Remove a file or a folder; a link, not what it leads to. A folder gets another name first, so that what is half
    removed does not look complete."""
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        return
    aside = path.with_name("." + path.name + ".old-" + uuid.uuid4().hex[:8])
    try:
        path.rename(aside)
    except OSError:  # in use on Windows, or a mount
        aside = path
    shutil.rmtree(str(aside), ignore_errors=True)
