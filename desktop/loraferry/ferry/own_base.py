"""A base model on this computer that is sent to a training machine: what it is, and which of its files go.

A plan names it by a `file:` address, because a bare path is one on the training machine.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit
from urllib.request import url2pathname

from loraferry_core.config.pretrained import PredictionKind, Pretrained
from loraferry_core.families import FAMILIES
from loraferry_core.families.recognise import kind_of_file, kind_of_folder, name_of_kind, prediction_of_file
from loraferry_core.lora_file.header import CutShort, NotSafetensors, read_header
from loraferry_core.model_files import INDEX, needed
from loraferry_core.model_links import is_pickled
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import Problem, fail, problem

MAX_SETTINGS = 2**20
_WANTED_PARTS = (("unet", "transformer"), ("vae",), ("text_encoder",))
"""Folders of which one each must hold weights."""
ODD_NAME = "model.safetensors"
"""For a file whose name cannot be one on every system."""


@dataclass(frozen=True)
class OwnBase:
    """A base model on this computer: a `.safetensors` file, or a folder in the layout of diffusers."""

    path: Path
    family: str
    files: Mapping[str, Path]
    """What is sent, by the names that the files have on the machine."""
    size: int
    """Bytes of it."""
    prediction: PredictionKind | None = None
    """What it says itself that it predicts; None where it does not say."""

    def trouble_with(self, wanted: Pretrained) -> Problem | None:
        """Why a plan cannot be trained on it that names it, as far as is known."""
        if wanted.prediction == "auto" or self.prediction in (None, wanted.prediction):
            return None
        return problem("base_other_prediction", source=self.path, prediction=self.prediction, wanted=wanted.prediction)


def address_of(path: Path) -> str:
    """How a plan names a model that lies here."""
    return path.absolute().as_uri()


def path_of(source: str) -> Path | None:
    """Where on this computer the model lies that a plan names; None for one that is named otherwise."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return None
    if parts.scheme != "file":
        return None
    # Windows puts the name of a network drive where others put that of a computer.
    drive = "" if parts.netloc in ("", "localhost") else f"//{parts.netloc}"
    return Path(url2pathname(drive + parts.path))


def found_here(text: str) -> Path | None:
    """The file or folder on this computer that somebody typed or pasted the path of; None where there is none."""
    text = text.strip().strip("\"'")
    if not text:
        return None
    try:
        path = path_of(text) or Path(text).expanduser()
        return path if path.is_absolute() and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long for a path, of odd characters, or of an unknown user
        return None


def in_place(source: str) -> str:
    """How a plan names the same model for a trainer that runs on this computer: it reads the model where it lies."""
    path = path_of(source)
    return source if path is None else str(path)


def name_of(path: Path) -> str:
    """What people know a model by. Where it lies stays on this computer."""
    return path.name.encode("utf-8", "backslashreplace").decode() or str(path)


def look_at(path: Path) -> OwnBase:
    """What lies at `path`; reads headers alone.

    Raises ProblemError: base_not_here, base_pickled, base_cut_short, base_unreadable, base_unknown where it is no base
    model that is known, base_untrainable where it is one of another kind than those that are trained.
    """
    files = _files_of(path)
    try:
        kind, prediction = _kind_of(path), _prediction_of(path)
        size = sum(file.stat().st_size for file in files.values())
    except (OSError, ValueError) as error:
        raise fail("base_unreadable", source=path, detail=error) from error
    if kind is None:
        raise fail("base_unknown", source=path)
    if kind not in FAMILIES:
        raise fail("base_untrainable", source=path, kind=name_of_kind(kind))
    return OwnBase(path, kind, files, size, prediction)


def _files_of(path: Path) -> dict[str, Path]:
    """The one file, or those of the folder that training needs, none of them cut short."""
    if is_pickled(path.name):
        raise fail("base_pickled", source=path)
    try:
        if path.is_dir():
            files = _files_in(path)
        elif path.exists():
            files = {path.name if is_safe_relative(path.name) else ODD_NAME: path}
        else:
            raise fail("base_not_here", path=path)
        for file in files.values():
            if file.suffix == ".safetensors" or file == path:
                read_header(file)
    except CutShort as error:
        raise fail("base_cut_short", source=file) from error
    except (OSError, NotSafetensors) as error:
        raise fail("base_unreadable", source=path, detail=error) from error
    return files


def _files_in(folder: Path) -> dict[str, Path]:
    """Raises ProblemError base_pickled or base_unknown where weights are missing; OSError."""
    names = [path.relative_to(folder).as_posix() for path in folder.glob("*/*") if path.is_file()]
    chosen = needed([INDEX, *names]) if (folder / INDEX).is_file() else ()
    for parts in _WANTED_PARTS if chosen else ():
        begins = tuple(f"{part}/" for part in parts)
        if not any(name.startswith(begins) and name.endswith(".safetensors") for name in chosen):
            pickled = next((name for name in names if name.startswith(begins) and is_pickled(name)), None)
            raise fail("base_pickled", source=folder / pickled) if pickled else fail("base_unknown", source=folder)
    return {name: folder / name for name in chosen}


def _kind_of(path: Path) -> str | None:
    if path.is_file():
        return kind_of_file(read_header(path))
    if not (path / INDEX).is_file():
        return None
    unet = path / "unet" / "config.json"
    return kind_of_folder(_settings(path / INDEX), _settings(unet) if unet.is_file() else {})


def _prediction_of(path: Path) -> PredictionKind | None:
    if path.is_file():
        return prediction_of_file(read_header(path))
    scheduler = path / "scheduler" / "scheduler_config.json"
    said = _settings(scheduler).get("prediction_type") if scheduler.is_file() else None
    return next((kind for kind in get_args(PredictionKind) if kind == said), None)


def _settings(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        table = json.loads(file.read(MAX_SETTINGS))
    if not isinstance(table, dict):
        raise ValueError(f"{path.name}: not a table")
    return table
