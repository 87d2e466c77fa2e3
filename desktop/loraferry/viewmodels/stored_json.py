"""Small JSON files of the app's own: read with care, replaced atomically."""

import contextlib
import json
import logging
from pathlib import Path
from typing import Any

from loraferry.platform import write_atomically

log = logging.getLogger(__name__)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in the file, or None where there is none.

    A damaged file is set aside as `NAME.unreadable`, never overwritten: it may hold what somebody wants back.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", path.name, error)
        set_aside(path)
        return None
    if not isinstance(content, dict):
        set_aside(path)
        return None
    return content


def set_aside(path: Path) -> None:
    """Rename a file that cannot be used, so that the next write does not destroy it."""
    with contextlib.suppress(OSError):
        path.replace(path.with_name(path.name + ".unreadable"))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=2).encode())
