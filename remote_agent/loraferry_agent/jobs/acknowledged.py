"""Which artifacts of a job the desktop holds a verified copy of, so that losing this machine does not lose them."""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import ConfigDict

from loraferry_agent import platform
from loraferry_agent.jobs.artifacts import open_artifact
from loraferry_agent.jobs.atomic import read_json, write_json
from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.bounds import Count
from loraferry_core.config.param import Config
from loraferry_core.problems import fail

BLOCK = 2**20
POLL_SECONDS = 0.02


class Copy(Config):
    """What a file was when its copy was acknowledged; written anew it is another file."""

    # A newer agent may write more.
    model_config = ConfigDict(extra="ignore")

    sha256: str
    size: Count
    mtime_ns: Count

    @classmethod
    def of(cls, path: Path, sha256: str) -> "Copy":
        """The file at `path` now, whose hash is known. Raises OSError."""
        stat = path.stat()
        return cls(sha256=sha256, size=stat.st_size, mtime_ns=stat.st_mtime_ns)


def acknowledge(layout: Layout, folder: JobFolder, name: str, sha256: str) -> None:
    """Note that there is a copy with this hash, checked against the file as it lies here.

    Raises ProblemError: name_unsafe, artifact_unknown, artifact_corrupt where the hash is another. Raises OSError.
    """
    path = folder.path / name
    digest = hashlib.sha256()
    with open_artifact(folder, name) as file:
        known = read_copies(folder).get(name)
        if known is not None and known == Copy.of(path, sha256):
            return
        before = Copy.of(path, sha256)
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != sha256 or Copy.of(path, sha256) != before:
        raise fail("artifact_corrupt", name=name)
    lock = platform.FileLock(layout.locks / "acknowledged")
    while not lock.acquire():
        time.sleep(POLL_SECONDS)
    try:
        write_copies(folder, {**read_copies(folder), name: before})
    finally:
        lock.release()


def is_acknowledged(folder: JobFolder, copies: Mapping[str, Copy], name: str) -> bool:
    """Whether an artifact, as it lies here, has a copy on the desktop, or is here no more."""
    path = folder.path / name
    if not path.is_file():
        return True
    copy = copies.get(name)
    return copy is not None and copy == Copy.of(path, copy.sha256)


def read_copies(folder: JobFolder) -> dict[str, Copy]:
    """All copies by the artifact's name. What cannot be read counts as none: the desktop acknowledges again."""
    try:
        return {name: Copy.model_validate(value) for name, value in (read_json(folder.acknowledged) or {}).items()}
    except ValueError:
        return {}


def write_copies(folder: JobFolder, copies: Mapping[str, Copy]) -> None:
    """Replace the record. Raises OSError."""
    write_json(folder.acknowledged, {name: copy.model_dump() for name, copy in copies.items()})
