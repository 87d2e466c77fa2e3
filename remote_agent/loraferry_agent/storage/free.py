"""Removing what is kept, so that a crash at any moment leaves less or the same, but nothing half.

Folders are renamed first, then emptied: half of one can never be taken for a whole. Of a manifest the mark that it is
committed goes first, then the blobs that only it had, then itself.
"""

import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.blobs.exclusive import exclusive
from loraferry_agent.blobs.store import BlobStore, is_being_written
from loraferry_agent.layout import Layout
from loraferry_agent.models.folder import model_folder
from loraferry_agent.storage.count import FOLDERS, ORPHANS, PARTS, count
from loraferry_agent.storage.kept import (
    GONE,
    NEW,
    blobs_of,
    kept_blobs,
    kept_job,
    listings,
    orphans,
    unfinished_folders,
)
from loraferry_agent.storage.secrets import set_secret
from loraferry_core.storage import StorageKey

MAKING_SECONDS = 60.0
"""A folder that has been in the making for longer was left by a process that died."""


def free(layout: Layout, keys: Iterable[StorageKey]) -> None:
    """Remove these items, but none that is in use or not there; with a job's folder its checkpoints. Raises OSError."""
    wanted = set(keys)
    keys_by_kind: dict[str, list[str]] = {}
    for item in count(layout):
        if item.key in wanted and not item.in_use:
            keys_by_kind.setdefault(item.key.kind, []).append(item.key.id)
    for job in keys_by_kind.get("checkpoints", []):
        _free_of_job(layout, job, layout.job(job).checkpoints)
    for job in keys_by_kind.get("job", []):
        _free_of_job(layout, job, layout.job(job).path)
    _free_manifests(layout, [*keys_by_kind.get("pictures", []), *keys_by_kind.get("tree", [])])
    for order in keys_by_kind.get("model", []):
        _free_model(layout, order)
    for name in keys_by_kind.get("cache", []):
        _remove_folder(layout.caches / name, layout.caches)
    for name in keys_by_kind.get("token", []):
        set_secret(layout, name, "")
    _free_leftovers(layout, keys_by_kind.get("leftovers", []))


def _free_of_job(layout: Layout, job: str, path: Path) -> None:
    # It may have been queued again since it was counted.
    if kept_job(layout, job).ended:
        _remove_folder(path, layout.jobs)


def _remove_folder(path: Path, parent: Path) -> None:
    """Take a folder away at once, then empty it. `parent` is on the same disk."""
    if not path.exists():
        return
    gone = parent / f"{GONE}{uuid.uuid4().hex}"
    path.replace(gone)
    platform.sync_folder(path.parent)
    shutil.rmtree(gone)


def _free_manifests(layout: Layout, manifests: list[str]) -> None:
    if not manifests:
        return
    with exclusive(layout, "store"):
        for manifest in manifests:
            (layout.committed / manifest).unlink(missing_ok=True)
        if layout.committed.is_dir():
            platform.sync_folder(layout.committed)
        for manifest in manifests:
            _remove_folder(layout.trees / manifest, layout.trees)
        kept = {sha256 for hashes in listings(layout).values() for sha256 in hashes}
        for manifest in manifests:
            # The manifest itself, first of its blobs, goes last: until then it tells what belongs to it.
            for sha256 in reversed(blobs_of(layout, manifest)):
                if sha256 not in kept:
                    _remove_blob(layout, sha256)


def _remove_blob(layout: Layout, sha256: str) -> None:
    BlobStore(layout).place(sha256).unlink(missing_ok=True)


def _free_model(layout: Layout, order: str) -> None:
    folder = model_folder(layout, order)
    layout.locks.mkdir(parents=True, exist_ok=True)
    lock = platform.FileLock(folder.lock)
    if lock.acquire():
        try:
            _remove_folder(folder.path, layout.models)
        finally:
            lock.release()


def _free_leftovers(layout: Layout, names: list[str]) -> None:
    if PARTS in names:
        for part in kept_blobs(layout).parts:
            if not is_being_written(part):
                part.unlink(missing_ok=True)
    if ORPHANS in names:
        with exclusive(layout, "store"):
            for sha256 in orphans(kept_blobs(layout), listings(layout)):
                _remove_blob(layout, sha256)
    if FOLDERS in names:
        for path in unfinished_folders(layout):
            if not (path.name.startswith(NEW) and time.time() - path.stat().st_mtime < MAKING_SECONDS):
                shutil.rmtree(path, ignore_errors=True)
