"""Writing small files so that a reader sees the old one or the new one, never a part."""

import json
import os
from pathlib import Path
from typing import Any

from loraferry_agent import platform


def write_atomically(path: Path, data: bytes, durable: bool = True) -> None:
    """Replace `path` by `data`. `durable` also survives a power cut. Raises OSError and leaves `path` as it was then."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        platform.sync_folder(path.parent)


def write_json(path: Path, value: dict[str, Any], durable: bool = True) -> None:
    """Replace `path` by one JSON object."""
    write_atomically(path, json.dumps(value).encode(), durable)


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in `path`; None when there is no file, or it holds none."""
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None
