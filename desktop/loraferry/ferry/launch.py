"""From an approved set and a plan to a queued job: sync what is missing, remember the run, submit it.

Every step may be repeated: blobs that are there are not sent again, and the same identity is the same job.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraferry.cancellation import CancelToken
from loraferry.ferry.catalogue import entry_of
from loraferry.remote.client import AgentClient
from loraferry.remote.hashes import hash_file
from loraferry.remote.sync import SyncProgress, upload
from loraferry.runs.store import Run, RunStore
from loraferry_core.config import TrainConfig, digest
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_hash, manifest_of
from loraferry_core.jobs import JobSpec, JobState, JobStatus
from loraferry_core.problems import fail
from loraferry_resources import resource_path


@dataclass(frozen=True)
class Cargo:
    """What is ferried: a manifest, and for each of its names the file on this computer."""

    manifest: Manifest
    sources: dict[str, Path]
    folder: str = ""
    """Where the pictures came from, for people."""


@dataclass(frozen=True)
class LaunchProgress:
    """How far a launch is: which part is sent, and how much of it."""

    part: Literal["base", "pictures", "submit"]
    sync: SyncProgress | None = None


Report = Callable[[LaunchProgress], None]


def launch(
    client: AgentClient, store: RunStore, config: TrainConfig, cargo: Cargo, *, name: str, token: CancelToken
) -> Run:
    """Send what the machine lacks and queue the job. Reports `LaunchProgress` to the token; raises ProblemError."""
    if not cargo.manifest.entries:
        raise fail("no_images_approved")
    base = base_cargo(config.base.source)
    if base is not None:
        _send(client, base, "base", token)
        config = replace_at(config, "base.tree", manifest_hash(base.manifest))
    _send(client, cargo, "pictures", token)
    config = replace_at(config, "dataset.manifest", manifest_hash(cargo.manifest))
    spec = JobSpec(job=str(uuid.uuid4()), name=name, config=config)
    unsent = JobStatus(job=spec.job, name=name, state=JobState.HELD, spec_hash=digest(spec), created=time.time())
    store.add(spec, unsent, host=client.agent_id, folder=cargo.folder, images=len(cargo.manifest.entries))
    token.report(LaunchProgress("submit"))
    return submit(client, store, store.run(spec.job))


def submit(client: AgentClient, store: RunStore, run: Run) -> Run:
    """Queue a run that is remembered here. Submitting twice is the same as once. Raises ProblemError."""
    store.set_status(client.submit(run.spec))
    return store.run(run.spec.job)


def base_cargo(source: str) -> Cargo | None:
    """The files of a base model that ships with this program, or None for one the training machine has or fetches."""
    entry = entry_of(source)
    if entry is None or not entry.tree:
        return None
    folder = resource_path(entry.tree)
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    if not files:
        raise fail("base_not_found", source=source)
    entries = [
        ManifestEntry(name=name, size=path.stat().st_size, sha256=hash_file(path)) for name, path in files.items()
    ]
    return Cargo(manifest_of(entries), files)


def _send(client: AgentClient, cargo: Cargo, part: Literal["base", "pictures"], token: CancelToken) -> None:
    def report(progress: SyncProgress) -> None:
        token.report(LaunchProgress(part, progress))

    upload([client], cargo.manifest, cargo.sources, report, token, kind="tree" if part == "base" else "dataset")
