"""A folder of small tensor files named by what decides their content, so a stale one cannot exist."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from loraferry_agent.data import tensor_file


class TensorCache:
    """Named tensors by key. Files are written aside and renamed, so a reader sees whole ones or none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> dict[str, Tensor] | None:
        """The tensors under `key`; None where there are none, or where a dying disk left half a file."""
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            return load_file(path)
        except (SafetensorError, OSError):
            return None

    def write(self, key: str, tensors: dict[str, Tensor]) -> None:
        """Keep tensors under `key`. Raises OSError."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        tensor_file.save(tensors, part)
        part.replace(path)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key[2:]}.safetensors"


def key_of(**parts: Any) -> str:
    """SHA-256 in hex of everything that decides the content, as canonical JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
