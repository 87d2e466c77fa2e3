"""What lies on the disks and who needs it: jobs with their plans, blobs by hash, committed manifests with their entries."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from loraferry_agent.blobs.store import PART_SUFFIX, BlobStore
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import Layout
from loraferry_core.jobs import ACTIVE, ENDED, JobSpec, JobStatus
from loraferry_core.problems import ProblemError

T = TypeVar("T")
GONE, NEW = ".gone-", ".new-"
"""What the names of folders begin with that are being removed, or made."""


@dataclass(frozen=True)
class KeptJob:
    """A job; without a state or a plan where these files are damaged."""

    id: str
    status: JobStatus | None
    spec: JobSpec | None

    @property
    def ended(self) -> bool:
        """Whether nothing is needed for it any more. Nobody knows that of a job without a state."""
        return self.status is not None and self.status.state in ENDED

    @property
    def active(self) -> bool:
        """Whether its processes run."""
        return self.status is not None and self.status.state in ACTIVE

    @property
    def name(self) -> str:
        """What people call it."""
        return self.status.name if self.status else self.id

    @property
    def project(self) -> str:
        """What its pictures are called by."""
        return self.spec.project if self.spec else ""

    @property
    def manifests(self) -> frozenset[str]:
        """The committed manifests that its plan names."""
        if self.spec is None:
            return frozenset()
        config = self.spec.config
        return frozenset({config.dataset.manifest, config.base.tree, config.network.parent_tree} - {""})

    @property
    def fetch(self) -> str:
        """The order of its base model; empty where it has none."""
        return self.spec.fetch.id if self.spec and self.spec.fetch else ""


@dataclass(frozen=True)
class Blobs:
    """All files of the content store: sizes of the whole ones by hash, and the parts."""

    sizes: dict[str, int]
    parts: tuple[Path, ...]


def kept_jobs(layout: Layout) -> list[KeptJob]:
    """All jobs, by identity."""
    return [kept_job(layout, name) for name in sorted(JobStore(layout).names())]


def kept_job(layout: Layout, name: str) -> KeptJob:
    """One job, as it is now."""
    store = JobStore(layout)
    return KeptJob(name, _read(store.status, name), _read(store.spec, name))


def _read(read: Callable[[str], T], name: str) -> T | None:
    try:
        return read(name)
    except (OSError, ValidationError, ProblemError):
        return None


def kept_blobs(layout: Layout) -> Blobs:
    """One look at the content store."""
    sizes: dict[str, int] = {}
    parts = []
    for folder in _folders(layout.blobs):
        for entry in os.scandir(folder):
            if entry.name.endswith(PART_SUFFIX):
                parts.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                sizes[folder.name + entry.name] = entry.stat().st_size
    return Blobs(sizes, tuple(parts))


def _folders(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (entry for entry in sorted(path.iterdir()) if entry.is_dir())


def committed(layout: Layout) -> list[str]:
    """The hashes of committed manifests, oldest commit first."""
    if not layout.committed.is_dir():
        return []
    marks = [(entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(layout.committed) if entry.is_file()]
    return [name for _, name in sorted(marks)]


def blobs_of(layout: Layout, manifest: str) -> tuple[str, ...]:
    """The hashes a manifest refers to, its own among them. Of one that cannot be read only its own."""
    try:
        entries = BlobStore(layout).manifest(manifest).entries
    except ProblemError:
        return (manifest,)
    return (manifest, *(entry.sha256 for entry in entries))


def listings(layout: Layout) -> dict[str, tuple[str, ...]]:
    """What each committed manifest refers to, oldest commit first."""
    return {manifest: blobs_of(layout, manifest) for manifest in committed(layout)}


def orphans(blobs: Blobs, listed: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Blobs that no committed manifest refers to."""
    needed = {sha256 for hashes in listed.values() for sha256 in hashes}
    return [sha256 for sha256 in blobs.sizes if sha256 not in needed]


def unfinished_folders(layout: Layout) -> list[Path]:
    """Folders that a process which has died was making or removing."""
    found = []
    for parent in (layout.jobs, layout.trees, layout.models, layout.caches):
        found += [path for path in _folders(parent) if path.name.startswith((GONE, NEW))]
    return found


def measure(path: Path) -> tuple[int, int]:
    """Bytes and files below a folder, links not followed. What vanishes meanwhile counts nothing."""
    size = count = 0
    waiting = [path]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
                continue
            try:
                size += entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue
            count += 1
    return size, count
