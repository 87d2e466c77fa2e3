"""Files that are whole or absent: written aside, forced onto the disk, renamed."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loraferry_agent.platform import sync_folder
from loraferry_core.events import Artifact


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A path to write to beside `path`; on leaving it is synced and takes the place of `path`.

    Raises OSError; then nothing of it is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def clear_up(folder: Path) -> None:
    """Remove what processes that died have left half written in a folder."""
    for part in folder.glob(".*.part"):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Force a file's bytes onto the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def artifact(path: Path, job_folder: Path) -> Artifact:
    """The name, size and hash by which a file is announced."""
    return Artifact(name=path.relative_to(job_folder).as_posix(), size=path.stat().st_size, sha256=hash_file(path))
