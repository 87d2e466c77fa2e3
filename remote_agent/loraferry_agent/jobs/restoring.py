"""Letting a job go on that began on another machine: its newest checkpoint from a ferried tree, its events behind those
that the desktop has."""

import shutil
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.jobs.acknowledged import Copy, write_copies
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.dataset.manifest import decode
from loraferry_core.events import Logged
from loraferry_core.jobs import Restore
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import fail, problem


def lay_out_checkpoint(layout: Layout, folder: JobFolder, restore: Restore, now: float) -> None:
    """Make the new `folder` of a job one that goes on: `checkpoints/<step>` from the committed tree, whose entries are
    named as in that folder, and a first event with the number after `restore.after_seq`.

    Raises ProblemError manifest_unknown where the tree is not here, name_unsafe; OSError.
    """
    tree, manifest = layout.trees / restore.manifest, layout.blobs / restore.manifest[:2] / restore.manifest[2:]
    if not (layout.committed / restore.manifest).is_file() or not tree.is_dir() or not manifest.is_file():
        raise fail("manifest_unknown", manifest=restore.manifest)
    checkpoint = folder.checkpoints / f"{restore.step:06d}"
    copies = {}
    for entry in decode(manifest.read_bytes()).entries:
        if not is_safe_relative(entry.name):
            raise fail("name_unsafe", name=entry.name)
        place = checkpoint / entry.name
        place.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(tree / entry.name, place)
        # It came from the desktop, so there is a copy.
        copies[place.relative_to(folder.path).as_posix()] = Copy.of(place, entry.sha256)
    platform.sync_folder(checkpoint)
    write_copies(folder, copies)
    log = EventLog(folder.events, restore.attempt + 1, lambda: now, after_seq=restore.after_seq)
    log.append(Logged, level="warning", problem=problem("job_restored", step=restore.step))
    log.sync()
    log.close()


def _link_or_copy(source: Path, target: Path) -> None:
    if not source.is_file():
        shutil.rmtree(target.parent, ignore_errors=True)
        raise fail("manifest_unknown", manifest=source.parent.name)
    platform.link_or_copy(source, target)
