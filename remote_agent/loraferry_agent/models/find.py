"""Base models that lie on this machine already, told by what is in them. Reads, and writes nothing."""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loraferry_agent.layout import Layout
from loraferry_agent.models.folder import ModelFolder
from loraferry_agent.models.places import is_pseudo, roots
from loraferry_core.families.recognise import kind_of_file, kind_of_folder
from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.model_files import INDEX
from loraferry_core.models import FoundModel

MIN_BYTES = 256 * 2**20
"""Smaller files are no base models: the smallest, SD 1.5 in 8 bits, has 1 GB."""
MAX_SETTINGS = 2**20
MAX_FOUND = 1000
_SKIPPED = frozenset(
    ("node_modules", "site-packages", "dist-packages", "__pycache__", "pkgs", "envs", "venv", "blobs", "venvs", "code")
)
_WANTED_PARTS = (("unet", "transformer"), ("vae",), ("text_encoder",))


@dataclass(frozen=True)
class Bounds:
    """How far the search goes. `seconds` counts for all roots together."""

    seconds: float = 5.0
    entries: int = 200_000
    depth: int = 7


def find_models(layout: Layout) -> tuple[FoundModel, ...]:
    """Base models of known kinds, in the order of the places they lie in; never takes longer than some seconds."""
    own = (layout.jobs, layout.blobs, layout.trees, layout.venvs, layout.code)
    return search(roots(layout, os.environ, Path.home()), own, Bounds())


def search(
    places: Iterable[Path], without: Iterable[Path], bounds: Bounds, clock: Callable[[], float] = time.monotonic
) -> tuple[FoundModel, ...]:
    """Base models below `places`, but not below `without`. Links are followed, but no folder is entered twice."""
    walk = _Walk(bounds, clock, skipped=frozenset(map(str, without)))
    found: dict[str, FoundModel] = {}
    for place in places:
        for path in walk.below(place):
            if model := look_at(path):
                # The same file may be reached by several names, as in a cache of the Hub.
                found.setdefault(os.path.realpath(model.path), model)
            if len(found) >= MAX_FOUND:
                return tuple(found.values())
    return tuple(found.values())


@dataclass
class _Walk:
    """Goes through folders breadth first within the bounds; gives what may be a base model."""

    bounds: Bounds
    clock: Callable[[], float]
    skipped: frozenset[str]
    entries: int = 0
    started: float | None = None
    seen: set[tuple[int, int]] = field(default_factory=set)

    def below(self, root: Path) -> Iterator[Path]:
        """Large .safetensors files, and folders in the layout of diffusers, which are not entered."""
        self.started = self.clock() if self.started is None else self.started
        waiting = deque([(root, 0)])
        while waiting and not self._spent():
            folder, depth = waiting.popleft()
            names = self._list(folder)
            if any(entry.name == INDEX for entry in names):
                yield folder
                continue
            for entry in names:
                path = Path(entry.path)
                if self._is_candidate(entry):
                    yield path
                elif depth < self.bounds.depth and self._is_folder(entry, path):
                    waiting.append((path, depth + 1))

    def _spent(self) -> bool:
        assert self.started is not None
        return self.entries >= self.bounds.entries or self.clock() - self.started >= self.bounds.seconds

    def _list(self, folder: Path) -> list["os.DirEntry[str]"]:
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self.seen or str(folder) in self.skipped:
                return []
            self.seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return []
        self.entries += len(names)
        return names

    def _is_candidate(self, entry: "os.DirEntry[str]") -> bool:
        try:
            return entry.name.endswith(".safetensors") and entry.is_file() and entry.stat().st_size >= MIN_BYTES
        except OSError:
            return False

    def _is_folder(self, entry: "os.DirEntry[str]", path: Path) -> bool:
        try:
            if entry.name in _SKIPPED or not entry.is_dir():
                return False
        except OSError:
            return False
        # Hidden folders hold settings and packages; the caches that matter are roots of their own.
        return not entry.name.startswith(".") and not (entry.is_symlink() and is_pseudo(path.resolve()))


def look_at(path: Path) -> FoundModel | None:
    """What lies at a path; None where it is no base model that is known, or cannot be read."""
    return look_at_folder(path) if path.is_dir() else look_at_file(path)


def look_at_file(path: Path) -> FoundModel | None:
    """What a single file is; None where it is no base model or cannot be read."""
    try:
        size = path.stat().st_size
        kind = kind_of_file(read_header(path))
    except (OSError, NotSafetensors):
        return None
    if kind is None:
        return None
    return FoundModel(path=str(path), form="single_file", family=kind, title=path.stem, size=size)


def look_at_folder(path: Path) -> FoundModel | None:
    """What a folder in the layout of diffusers is; None where it is no base model, or its weights are not there."""
    index, unet = settings_in(path / INDEX), settings_in(path / "unet" / "config.json")
    kind = kind_of_folder(index, unet)
    weights = {part: _weights(path / part) for parts in _WANTED_PARTS for part in parts}
    if kind is None or not all(any(weights[part] for part in parts) for parts in _WANTED_PARTS):
        return None
    size = sum(weights.values())
    return FoundModel(path=str(path), form="diffusers", family=kind, title=title_of(path), size=size)


def title_of(folder: Path) -> str:
    """What people know a folder by: the repository where it lies in a cache of the Hub, the order's name where it was
    fetched, else its own name."""
    for parent in folder.parents:
        if parent.name.startswith("models--"):
            return parent.name.removeprefix("models--").replace("--", "/")
    if folder.name == "files":
        try:
            return ModelFolder(folder.parent, folder).order().name
        except (OSError, ValueError):
            pass
    return folder.name


def _weights(part: Path) -> int:
    try:
        return sum(path.stat().st_size for path in part.glob("*.safetensors"))
    except OSError:
        return 0


def settings_in(path: Path) -> dict[str, Any]:
    """A settings file as a table; empty where there is none, or none that can be read."""
    try:
        if path.stat().st_size > MAX_SETTINGS:
            return {}
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}
