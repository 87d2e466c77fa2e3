"""Counting what is kept, item by item, each byte once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from loraferry_agent.blobs.store import is_being_written
from loraferry_agent.captioning.orders import manifests_in_use, models_in_use
from loraferry_agent.layout import Layout
from loraferry_agent.models.folder import model_folders
from loraferry_agent.models.orders import is_running
from loraferry_agent.storage.kept import (
    GONE,
    NEW,
    Blobs,
    KeptJob,
    kept_blobs,
    kept_jobs,
    listings,
    measure,
    orphans,
    unfinished_folders,
)
from loraferry_agent.storage.secrets import secret_names
from loraferry_core.storage import StorageItem, StorageKey, StorageKind

PARTS, ORPHANS, FOLDERS = "parts", "blobs", "folders"
"""Leftovers: blobs that are not whole, blobs that no committed manifest has, folders that were being made or removed."""
MAX_NAMES = 3
Listed = Mapping[str, tuple[str, ...]]
"""For each committed manifest the hashes it refers to."""
_NAME = re.compile(r"[0-9A-Za-z._-]{1,128}")


def count(layout: Layout) -> tuple[StorageItem, ...]:
    """Everything that can be freed, and what cannot because a job that has not ended needs it."""
    jobs, blobs, listed = kept_jobs(layout), kept_blobs(layout), listings(layout)
    items = [
        *_of_jobs(layout, jobs),
        *_of_manifests(layout, jobs, blobs, listed),
        *_models(layout, jobs),
        *_caches(layout, jobs),
    ]
    items += [_item("token", name, label=name, size=(0, 1)) for name in secret_names(layout)]
    return (*items, *_leftovers(layout, blobs, listed))


def _item(
    kind: StorageKind, id: str, *, size: tuple[int, int], label: str = "", project: str = "", in_use: bool = False
) -> StorageItem:
    key = StorageKey(kind=kind, id=id)
    return StorageItem(key=key, label=label, project=project, bytes=size[0], files=size[1], in_use=in_use)


def _of_jobs(layout: Layout, jobs: list[KeptJob]) -> Iterator[StorageItem]:
    for job in jobs:
        folder = layout.job(job.id)
        size, files = measure(folder.path)
        in_checkpoints = measure(folder.checkpoints)
        rest = (max(0, size - in_checkpoints[0]), max(0, files - in_checkpoints[1]))
        if in_checkpoints[1]:
            yield _of_job("checkpoints", job, in_checkpoints)
        yield _of_job("job", job, rest)


def _of_job(kind: StorageKind, job: KeptJob, size: tuple[int, int]) -> StorageItem:
    return _item(kind, job.id, size=size, label=job.name, project=job.project, in_use=not job.ended)


def _of_manifests(layout: Layout, jobs: list[KeptJob], blobs: Blobs, listed: Listed) -> Iterator[StorageItem]:
    """Sets of pictures and ferried models. A blob that several share is counted with the one that had it first."""
    claimed: set[str] = set()
    described = manifests_in_use(layout)
    trees = [path.name for path in sorted(layout.trees.iterdir())] if layout.trees.is_dir() else []
    for manifest in dict.fromkeys([*listed, *(name for name in trees if not name.startswith((GONE, NEW)))]):
        own = [sha256 for sha256 in listed.get(manifest, ()) if sha256 not in claimed and sha256 in blobs.sizes]
        claimed.update(own)
        size = (sum(blobs.sizes[sha256] for sha256 in set(own)), len(set(own)))
        users = [job for job in jobs if manifest in job.manifests]
        projects = {job.project for job in users}
        is_tree = (layout.trees / manifest).is_dir()
        if is_tree:
            copies = _copies(layout.trees / manifest)
            size = (size[0] + copies[0], size[1] + copies[1])
        yield _item(
            "tree" if is_tree else "pictures",
            manifest,
            size=size,
            label=_names(_sources(users) if is_tree else (job.name for job in users)),
            project=projects.pop() if len(projects) == 1 else "",
            in_use=any(not job.ended for job in users) or manifest in described,
        )


def _sources(users: Iterable[KeptJob]) -> Iterator[str]:
    return (job.spec.config.base.source for job in users if job.spec)


def _names(names: Iterable[str]) -> str:
    several = list(dict.fromkeys(names))
    return ", ".join(several[:MAX_NAMES]) + (", …" if len(several) > MAX_NAMES else "")


def _copies(tree: Path) -> tuple[int, int]:
    """Bytes and files of a tree that are no second names of blobs, as on disks without hard links."""
    sizes = [path.stat() for path in tree.rglob("*") if path.is_file()]
    copied = [status.st_size for status in sizes if status.st_nlink == 1]
    return sum(copied), len(copied)


def _models(layout: Layout, jobs: list[KeptJob]) -> Iterator[StorageItem]:
    describing = models_in_use(layout)
    for folder in model_folders(layout):
        users = [job for job in jobs if job.fetch == folder.id]
        projects = {job.project for job in users}
        state = folder.state()
        if _NAME.fullmatch(folder.id):
            yield _item(
                "model",
                folder.id,
                size=measure(folder.path),
                label=state.name if state else folder.id,
                project=projects.pop() if len(projects) == 1 else "",
                in_use=any(not job.ended for job in users) or is_running(folder) or folder.id in describing,
            )


def _caches(layout: Layout, jobs: list[KeptJob]) -> Iterator[StorageItem]:
    if not layout.caches.is_dir():
        return
    in_use = any(job.active for job in jobs)
    for path in sorted(layout.caches.iterdir()):
        if _NAME.fullmatch(path.name) and path.is_dir() and not path.name.startswith((GONE, NEW)):
            yield _item("cache", path.name, size=measure(path), label=path.name, in_use=in_use)


def _leftovers(layout: Layout, blobs: Blobs, listed: Listed) -> Iterator[StorageItem]:
    written = any(is_being_written(part) for part in blobs.parts)
    parts = [_size(part) for part in blobs.parts]
    if parts:
        yield _item("leftovers", PARTS, size=(sum(parts), len(parts)), in_use=written)
    lost = orphans(blobs, listed)
    if lost:
        # While blobs come in, some wait for their manifest to be committed.
        yield _item("leftovers", ORPHANS, size=(sum(blobs.sizes[sha] for sha in lost), len(lost)), in_use=written)
    sizes = [measure(path) for path in unfinished_folders(layout)]
    if sizes:
        yield _item("leftovers", FOLDERS, size=(sum(size for size, _ in sizes), sum(files for _, files in sizes)))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
