"""Lets a run go on whose machine is gone or was wiped: from its newest mirrored checkpoint, there or elsewhere.

It stays the same run: same identity, same plan, same pictures, and its events go on where the last one was.
"""

import time
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from loraferry.cancellation import CancelToken
from loraferry.ferry.cargo import Cargo, LaunchProgress, Way, absent, own_lane, send
from loraferry.ferry.launch import AWAKE_REASON, cross_or_forget, ferried_base, ferried_parent, remember
from loraferry.platform import keep_awake
from loraferry.remote.client import AgentClient
from loraferry.remote.hashes import hash_file
from loraferry.runs.store import Run, RunStore
from loraferry_core.dataset.manifest import ManifestEntry, manifest_hash, manifest_of
from loraferry_core.events import CheckpointSaved
from loraferry_core.jobs import TRANSITIONS, JobState, JobStatus, Restore
from loraferry_core.problems import fail

_SETTLED = frozenset({JobState.FINISHED, JobState.FAILED, JobState.STOPPED})


@dataclass(frozen=True)
class Mirror:
    """A checkpoint that is here as a whole: the step, and its files, named as inside its folder."""

    step: int
    cargo: Cargo


def lost_runs(store: RunStore, agent: str, jobs: tuple[JobStatus, ...]) -> list[Run]:
    """Runs that were going on at this agent as far as is known here, and are not among the jobs there; newest first."""
    there = {status.job for status in jobs}
    return [
        run for run in store.runs()
        if run.host == agent and not run.unsent and run.status.state not in _SETTLED and run.spec.job not in there
    ]  # fmt: skip


def rejoin(store: RunStore, before: str, client: AgentClient) -> list[Run]:
    """A host answers with another identity than `before`: its system disk was wiped. Runs that it still has, on a disk
    that lasts, belong to the new identity from now on; returns those that are lost. Raises ProblemError."""
    jobs = client.list_jobs()
    there = {status.job: status for status in jobs}
    for run in store.runs():
        if run.host != before:
            continue
        if run.unsent:
            store.move_unsent(run.spec.job, client.agent_id)
        elif run.spec.job in there:
            store.move(there[run.spec.job], client.agent_id)
    return lost_runs(store, before, jobs)


def newest_mirror(store: RunStore, folder: Path, job: str) -> Mirror | None:
    """The newest checkpoint of a run that is here as a whole, every file with its right hash; `folder` is where files
    of runs are kept. None where there is none."""
    checkpoints = [event for event in store.events(job, ["checkpoint"]) if isinstance(event, CheckpointSaved)]
    for event in sorted(checkpoints, key=lambda event: -event.step):
        parent = PurePosixPath(event.file.name).parent
        names = [PurePosixPath(file.name) for file in event.files]
        if not names or not all(name.is_relative_to(parent) for name in names):
            continue
        entries = [
            ManifestEntry(name=str(name.relative_to(parent)), size=file.size, sha256=file.sha256)
            for name, file in zip(names, event.files, strict=True)
        ]
        sources = {entry.name: folder / job / parent / entry.name for entry in entries}
        if all(_is_whole(sources[entry.name], entry.sha256) for entry in entries):
            return Mirror(event.step, Cargo(manifest_of(entries), sources))
    return None


def restore(
    way: AgentClient | Way, store: RunStore, folder: Path, run: Run, token: CancelToken, *, cargo: Cargo | None = None
) -> Run:
    """Have a run go on at a machine from its newest mirrored checkpoint in `folder`.

    Pictures that the machine lacks are taken from `cargo`, or from where they lay when the run was launched. Reports
    `LaunchProgress`. Raises ProblemError: `checkpoint_missing` (see `start_over`), `pictures_changed` where one that is
    needed is no longer as it was approved, `base_changed`, `job_state` for a finished run, those of sending; Cancelled.
    """
    way = way if isinstance(way, Way) else Way(way)
    job, config = run.spec.job, run.spec.config
    if run.status.state is JobState.FINISHED:
        raise fail("job_state", job=job, state=run.status.state.value, action="restore")
    mirror = newest_mirror(store, folder, job)
    if mirror is None:
        raise fail("checkpoint_missing", name=run.spec.name)
    with keep_awake(AWAKE_REASON):
        pictures = original_pictures(way.client, store, run, cargo)
        if run.spec.fetch is not None:
            way.client.fetch(run.spec.fetch)
        with own_lane(way) as lane:
            send(lane, mirror.cargo, "checkpoint", token)
            if config.base.tree:
                send(lane, ferried_base(store, config), "base", token)
            if config.network.parent_tree:
                send(lane, ferried_parent(store, config), "base", token)
            send(lane, pictures, "pictures", token)
        token.check()
        token.report(LaunchProgress("submit"))
        point = Restore(
            manifest=manifest_hash(mirror.cargo.manifest),
            step=mirror.step,
            after_seq=store.last_seq(job),
            attempt=max(run.status.attempt, _last_attempt(store, job)),
        )
        store.move(way.client.submit(run.spec, restore=point), way.client.agent_id)
    token.report(LaunchProgress("done"))
    return store.run(job)


def start_over(
    way: AgentClient | Way, store: RunStore, run: Run, token: CancelToken, *, cargo: Cargo | None = None
) -> Run:
    """Train a lost run from its beginning as a new job, where no checkpoint of it is here; the old one is over then.
    Raises ProblemError as `restore` does, Cancelled."""
    way = way if isinstance(way, Way) else Way(way)
    pictures = original_pictures(way.client, store, run, cargo)
    spec = run.spec.replace(job=str(uuid.uuid4()))
    remember(store, way.client.agent_id, spec, pictures)
    begun = cross_or_forget(way, store, store.run(spec.job), pictures, token)
    if JobState.STOPPED in TRANSITIONS[run.status.state]:
        store.set_status(run.status.moved(JobState.STOPPED, time.time(), run.status.reason))
    return begun


def original_pictures(client: AgentClient, store: RunStore, run: Run, cargo: Cargo | None) -> Cargo:
    """The pictures of a run exactly as they were approved, with files for all that the machine lacks.

    Raises ProblemError `pictures_changed` naming the first of those that is nowhere as it was.
    """
    kept = store.cargoes.get(run.spec.config.dataset.manifest)
    if kept is None and (cargo is None or manifest_hash(cargo.manifest) != run.spec.config.dataset.manifest):
        raise fail("pictures_changed", name=run.spec.name)
    manifest, places = kept or (cargo.manifest, cargo.sources)  # type: ignore[union-attr]
    now = _by_hash(cargo) if cargo else {}
    sources = {}
    for entry in absent(client, manifest):
        candidates = [path for path in (now.get(entry.sha256), places.get(entry.name)) if path is not None]
        found = next((path for path in candidates if _is_whole(path, entry.sha256)), None)
        if found is None:
            raise fail("pictures_changed", name=entry.name)
        sources[entry.name] = found
    return Cargo(manifest, sources, run.folder)


def _by_hash(cargo: Cargo) -> dict[str, Path]:
    return {e.sha256: cargo.sources[e.name] for e in cargo.manifest.entries if e.name in cargo.sources}


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return hash_file(path) == sha256
    except OSError:
        return False


def _last_attempt(store: RunStore, job: str) -> int:
    """The newest attempt of which anything was heard."""
    return max((event.attempt for event in store.events(job)), default=0)
