"""Tokens on this machine: one file in the agent's home that only its user can read. Whoever needs one reads it there,
at the moment it is needed: none goes through an argument, an environment, a log or an event."""

import json
import os
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.blobs.exclusive import exclusive
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.layout import Layout


def read_secret(layout: Layout, name: str) -> str | None:
    """The token of this name; None where there is none, or the file is damaged."""
    value = (read_json(layout.secrets) or {}).get(name)
    return value if isinstance(value, str) else None


def secret_names(layout: Layout) -> list[str]:
    """The names of all tokens."""
    return sorted(read_json(layout.secrets) or {})


def set_secret(layout: Layout, name: str, value: str) -> None:
    """Keep a token; an empty one is removed, and the file with the last one. Raises OSError."""
    with exclusive(layout, "secrets"):
        secrets = read_json(layout.secrets) or {}
        secrets.pop(name, None)
        if value:
            secrets[name] = value
        if secrets:
            _write(layout.secrets, json.dumps(secrets).encode())
        else:
            layout.secrets.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    """Replace the file, which nobody else can read at any moment."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    platform.sync_folder(path.parent)
