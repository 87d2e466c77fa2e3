"""The folders an agent lives in: which are ours, which we made, and which belong to somebody else."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from loraferry_agent.layout import layout_of, read_setup
from loraferry_agent.setup.tools import Failure, private, write

MARK = ".loraferry"
"""An empty file in every folder that is ours alone."""
SUBFOLDER = "loraferry"


def settle_home(home: Path) -> None:
    """Make the home, or find it. Raises Failure `folder_foreign` where it is somebody else's folder, `home_unwritable`
    where it is a file."""
    if home.exists() and not home.is_dir():
        raise Failure("home_unwritable", path=str(home))
    if not _is_ours(home):
        raise Failure("folder_foreign", path=str(home))
    _mark(home, home)


def settle(home: Path, work: str, setup: dict[str, object] | None) -> str:
    """Write down where work and caches go and what else was decided; gives the folder of the work.

    Without a word about one of the two it stays as it is. A folder that holds other things gets a subfolder of ours. Raises Failure `work_in_use` where jobs lie elsewhere.
    """
    now = layout_of(home).work
    wanted = _own_folder(work) if work else now
    if setup is None:
        setup = read_setup(home)
    if wanted != now and _has_jobs(now):
        raise Failure("work_in_use", path=str(now), wanted=str(wanted))
    caches = _own_folder(str(setup["caches"])) if setup.get("caches") else None
    if caches is not None:
        _mark(home, caches)
    if wanted != home:
        _mark(home, wanted)
    text = json.dumps({**setup, "caches": str(caches or "")}, ensure_ascii=False)
    if read_setup(home) != json.loads(text):
        write(home / "host.json", text)
    pointer = home / "work"
    if wanted == home:
        with contextlib.suppress(FileNotFoundError):
            pointer.unlink()
    elif wanted != now:
        write(pointer, str(wanted))
    return str(wanted)


def known_places(home: Path) -> tuple[list[Path], list[str]]:
    """All folders besides the home that were ever ours, and the folders that had to be made, outermost first."""
    record = _read(home)
    now = layout_of(home)
    listed = [Path(text) for text in record["ours"]] + [now.work, *([now.elsewhere] if now.elsewhere else [])]
    places = [path for path in dict.fromkeys(listed) if path != home and (path / MARK).exists()]
    return places, record["made"]


def _own_folder(told: str) -> Path:
    folder = Path(told).expanduser()
    if not folder.is_absolute():
        raise Failure("home_unwritable", path=told)
    return folder if _is_ours(folder) else folder / SUBFOLDER


def _is_ours(folder: Path) -> bool:
    """Whether a folder is free to be taken, or taken by us."""
    if (folder / MARK).exists() or (folder / "agent_id").exists():
        return True
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _mark(home: Path, folder: Path) -> None:
    made = private(folder)
    (folder / MARK).touch()
    record = _read(home)
    ours = [*record["ours"], *([str(folder)] if str(folder) not in record["ours"] else [])]
    new = {"ours": ours, "made": [*record["made"], *(path for path in made if path not in record["made"])]}
    if new != record:
        write(home / "places.json", json.dumps(new, ensure_ascii=False))


def _has_jobs(work: Path) -> bool:
    jobs = work / "jobs"
    return jobs.is_dir() and any(not path.name.startswith(".") for path in jobs.iterdir())


def _read(home: Path) -> dict[str, list[str]]:
    try:
        record = json.loads((home / "places.json").read_bytes())
        return {"ours": [str(path) for path in record["ours"]], "made": [str(path) for path in record["made"]]}
    except (OSError, ValueError, KeyError, TypeError):
        return {"ours": [], "made": []}
