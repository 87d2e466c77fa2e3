"""Reading a base model's folder in the layout of diffusers: settings, weights, identity."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError

from loraferry_agent.engine.exhaustion import is_out_of_memory
from loraferry_agent.families.protocol import Base
from loraferry_core.problems import fail

M = TypeVar("M")


def read_settings(base: Base, name: str) -> dict[str, Any]:
    """A settings file of the folder, as a table. Raises ProblemError `base_unreadable` naming the file."""
    try:
        table = json.loads((base.folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise fail("base_unreadable", source=base.source, detail=f"{name}: {error}") from error
    if not isinstance(table, dict):
        raise fail("base_unreadable", source=base.source, detail=f"{name}: not a table")
    return table


def hash_files(base: Base, names: Iterable[str]) -> str:
    """SHA-256 over the sorted files of the sub-folders `names`. Raises ProblemError `base_unreadable`."""
    digest = hashlib.sha256()
    try:
        for path in sorted(p for name in names for p in (base.folder / name).rglob("*") if p.is_file()):
            digest.update(f"{path.relative_to(base.folder).as_posix()}\0{path.stat().st_size}\0".encode())
            with path.open("rb") as file:
                while block := file.read(2**20):
                    digest.update(block)
    except OSError as error:
        raise fail("base_unreadable", source=base.source, detail=error) from error
    return digest.hexdigest()


def load_part(base: Base, name: str, load: Callable[..., M], stem: str, **arguments: Any) -> M:
    """Load the sub-folder `name` by a library's `from_pretrained`, never from pickled weights.

    `stem` is the weights' file name without its ending, by which a folder that holds fp16 weights only is known.
    """
    folder = base.folder / name
    half_only = not _plain(folder, stem)
    variant = "fp16" if half_only and any(folder.glob(f"{stem}.fp16*.safetensors")) else None
    try:
        return load(folder, local_files_only=True, use_safetensors=True, variant=variant, **arguments)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if is_out_of_memory(error):
            raise
        raise fail("base_unreadable", source=base.source, detail=f"{name}: {_first_line(error)}") from error


def _plain(folder: Path, stem: str) -> bool:
    return any(folder.glob(f"{stem}.safetensors*")) or any(folder.glob(f"{stem}-0*.safetensors"))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
