"""The last lines of what training processes printed, fit to be shown."""

import os
from pathlib import Path

from loraferry_core.names import without_control_characters

MAX_BYTES = 256 * 1024


def log_tail(path: Path, lines: int, max_bytes: int = MAX_BYTES) -> str:
    """At most the last `lines` lines out of the last `max_bytes` bytes; empty when there is no file.

    A line that was overwritten with carriage returns, such as a progress bar, is given as it stood at last.
    """
    if not path.exists():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - max_bytes))
        data = file.read(max_bytes)
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    shown = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    if size > max_bytes:
        del shown[0]
    while shown and not shown[-1].strip():
        shown.pop()
    return without_control_characters("\n".join(shown[-lines:]))
