"""Reading what a job has made, and nothing else on this machine."""

from pathlib import Path
from typing import BinaryIO

from loraferry_agent.layout import JobFolder
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import fail

READABLE = ("checkpoints", "samples", "output")


def open_artifact(folder: JobFolder, name: str) -> BinaryIO:
    """Open an artifact by its name inside the job's folder.

    Raises ProblemError: name_unsafe for a name that leads elsewhere, also by a link; artifact_unknown. Raises OSError.
    """
    if not is_safe_relative(name) or name.split("/")[0] not in READABLE:
        raise fail("name_unsafe", name=name)
    path = folder.path / name
    if _passes_a_link(folder.path, path):
        raise fail("name_unsafe", name=name)
    if not path.is_file():
        raise fail("artifact_unknown", name=name)
    return path.open("rb")


def _passes_a_link(root: Path, path: Path) -> bool:
    while path != root:
        if path.is_symlink():
            return True
        path = path.parent
    return False
