"""Reading a base model's folder in the layout of diffusers: settings, weights, identity."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open

from loraferry_agent.engine.exhaustion import is_out_of_memory
from loraferry_agent.families.protocol import Base
from loraferry_core.problems import fail

M = TypeVar("M")
N = TypeVar("N", bound=torch.nn.Module)


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


def read_tensor(base: Base, name: str, key: str) -> torch.Tensor:
    """One tensor of the weights in the sub-folder `name`. Raises ProblemError `base_unreadable`."""
    detail: object = f"{name}: {key}"
    try:
        for path in sorted((base.folder / name).glob("*.safetensors")):
            with safe_open(path, "pt") as weights:
                if key in weights.keys():  # noqa: SIM118 (this is no mapping)
                    return weights.get_tensor(key)
    except (OSError, SafetensorError) as error:
        detail = f"{name}: {_first_line(error)}"
    raise fail("base_unreadable", source=base.source, detail=detail)


def finite(base: Base, name: str, model: N) -> N:
    """The model of the sub-folder `name`, loaded, where all its weights are numbers; looks where they lie, and waits
    for the device once. Raises ProblemError `base_not_finite` naming the first one that is not."""
    tensors = [(key, tensor) for key, tensor in model.named_parameters() if tensor.numel()]
    # Least and greatest show a NaN as well, and need no second copy as `isfinite` would.
    ends = torch.stack([torch.stack(tensor.detach().aminmax()).float() for _, tensor in tensors]).cpu()
    for (key, _), fine in zip(tensors, ends.isfinite().all(dim=1).tolist(), strict=True):
        if not fine:
            raise fail("base_not_finite", source=base.source, part=name, key=key)
    return model


def _plain(folder: Path, stem: str) -> bool:
    return any(folder.glob(f"{stem}.safetensors*")) or any(folder.glob(f"{stem}-0*.safetensors"))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
