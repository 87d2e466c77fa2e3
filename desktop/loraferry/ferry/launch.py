"""From an approved set and a plan to a queued job: remember the run, sync what is missing, submit it.

Every step may be repeated: blobs that are there are not sent again, and the same identity is the same job. So a launch
that was cut off, by the line or by the end of this program, is taken up again by `resume_unsent`.
"""

import time
import uuid
from functools import partial
from pathlib import Path

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.ferry.cargo import Cargo, LaunchProgress, Way, base_cargo, own_lane, parent_cargo, send
from loraferry.ferry.catalogue import fetch_order, trouble_with
from loraferry.ferry.own_base import name_of, path_of
from loraferry.platform import keep_awake
from loraferry.remote.client import AgentClient
from loraferry.remote.hashes import hash_file
from loraferry.remote.link import PASSING
from loraferry.runs.store import Run, RunStore
from loraferry_core.config import TrainConfig, digest
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import manifest_hash
from loraferry_core.jobs import JobSpec, JobState, JobStatus
from loraferry_core.model_links import is_place
from loraferry_core.models import FetchOrder
from loraferry_core.problems import ProblemError, fail

AWAKE_REASON = "LoRA Ferry sends pictures to a training machine"
"""Shown by the system to whoever asks what keeps the computer awake."""
MAX_PROJECT = 200
HOPELESS = frozenset({"fetch_not_found", "fetch_forbidden", "fetch_no_model"})
"""Why a model will not come, however often it is tried."""


def launch(
    way: AgentClient | Way,
    store: RunStore,
    config: TrainConfig,
    cargo: Cargo,
    *,
    name: str,
    token: CancelToken,
    held: bool = False,
) -> Run:
    """Send what the machine lacks and queue the job, or hold it back there.

    Reports `LaunchProgress` to the token; at its part `done` this computer may sleep, which is kept from it until then.
    Raises ProblemError: with one of `PASSING` the run stays remembered as unsent, with any other, and with Cancelled, it
    is forgotten.
    """
    way = _way(way)
    if not cargo.manifest.entries:
        raise fail("no_images_approved")
    trouble = trouble_with(config.base.source)
    if trouble is not None:
        raise ProblemError(trouble)
    if is_place(config.base.source):
        way.client.look_at_model(config.base.source)  # raises where nothing is there
    with keep_awake(AWAKE_REASON):
        token.report(LaunchProgress("base"))  # to hash a large one takes a while
        hash_of = partial(store.hashes.of, read=partial(hash_file, check=token.check))
        base, parent = base_cargo(config.base.source, hash_of), parent_cargo(config, hash_of)
    config = replace_at(config, "base.tree", manifest_hash(base.manifest) if base else "")
    config = replace_at(config, "dataset.manifest", manifest_hash(cargo.manifest))
    config = replace_at(config, "dataset.concepts", cargo.concepts)
    own = path_of(config.base.source)
    if own is not None and base is not None:
        store.cargoes.keep(base.manifest, base.sources)
        config = replace_at(config, "base.source", name_of(own))
    config = _with_parent(store, config, parent)
    spec = JobSpec(
        job=str(uuid.uuid4()),
        name=name,
        config=config,
        project=Path(cargo.folder).name[:MAX_PROJECT],
        fetch=None if base else fetch_order(config.base.source),
    )
    remember(store, way.client.agent_id, spec, cargo, held=held)
    return cross_or_forget(way, store, store.run(spec.job), cargo, token)


def _with_parent(store: RunStore, config: TrainConfig, parent: Cargo | None) -> TrainConfig:
    """The plan that names the LoRA it begins with as the machine will have it. One that was ferried before for the same
    plan stays, as long as its files are known."""
    tree, own = config.network.parent_tree, path_of(config.network.parent)
    if parent is not None and own is not None:
        store.cargoes.keep(parent.manifest, parent.sources)
        config = replace_at(config, "network.parent", name_of(own))
        tree = manifest_hash(parent.manifest)
    elif not config.network.parent or store.cargoes.get(tree) is None:
        tree = ""
    return replace_at(config, "network.parent_tree", tree)


def remember(store: RunStore, agent: str, spec: JobSpec, cargo: Cargo, *, held: bool = False) -> None:
    """Write down a run that is about to be sent, with all that is needed to send it."""
    unsent = JobStatus(job=spec.job, name=spec.name, state=JobState.HELD, spec_hash=digest(spec), created=time.time())
    store.cargoes.keep(cargo.manifest, cargo.sources)
    store.add(
        spec,
        unsent,
        host=agent,
        folder=cargo.folder,
        images=len(cargo.manifest.entries),
        unsent="held" if held else "queued",
    )


def cross_or_forget(way: Way, store: RunStore, run: Run, cargo: Cargo, token: CancelToken) -> Run:
    """Send a new run, and forget it where that failed for good or was cancelled. Raises ProblemError, Cancelled."""
    try:
        return cross(way, store, run, cargo, token)
    except Cancelled:
        store.remove(run.spec.job)
        raise
    except ProblemError as error:
        if error.problem.code not in PASSING:
            store.remove(run.spec.job)
        raise


def cross(way: Way, store: RunStore, run: Run, cargo: Cargo, token: CancelToken) -> Run:
    """Send a run that is remembered here, and submit it. Raises ProblemError, Cancelled."""
    spec = run.spec
    with keep_awake(AWAKE_REASON):
        if spec.fetch is not None:
            way.client.fetch(spec.fetch)  # goes on over there while the pictures are sent
        with own_lane(way) as lane:
            if spec.config.base.tree:
                send(lane, ferried_base(store, spec.config), "base", token)
            if spec.config.network.parent_tree:
                send(lane, ferried_parent(store, spec.config), "base", token)
            send(lane, cargo, "pictures", token)
        if spec.fetch is not None:
            refuse_hopeless(way.client, spec.fetch)
        token.check()
        token.report(LaunchProgress("submit"))
        run = submit(way.client, store, run)
    token.report(LaunchProgress("done"))
    return run


def ferried_base(store: RunStore, config: TrainConfig) -> Cargo:
    """The files of a ferried base model, from where they lay when the run was launched. Raises ProblemError
    `base_changed` where this program no longer has them as they were then."""
    own = store.cargoes.get(config.base.tree)
    if own is not None:
        return Cargo(*own)
    base = base_cargo(config.base.source)
    if base is None or manifest_hash(base.manifest) != config.base.tree:
        raise fail("base_changed", source=config.base.source)
    return base


def ferried_parent(store: RunStore, config: TrainConfig) -> Cargo:
    """The file of the LoRA that a run begins with, from where it lay when the run was launched. Raises ProblemError
    `file_changed` where that is not known any more."""
    own = store.cargoes.get(config.network.parent_tree)
    if own is None:
        raise fail("file_changed", path=config.network.parent)
    return Cargo(*own)


def refuse_hopeless(client: AgentClient, order: FetchOrder) -> None:
    """Raise the ProblemError by which the fetch of a base model has failed for good already."""
    state = next((state for state in client.fetches() if state.id == order.id), None)
    if state is not None and state.problem is not None and state.problem.code in HOPELESS:
        raise ProblemError(state.problem)


def submit(client: AgentClient, store: RunStore, run: Run) -> Run:
    """Queue a run that is remembered here. Submitting twice is the same as once. Raises ProblemError."""
    store.set_sent(client.submit(run.spec, held=run.unsent == "held"))
    return store.run(run.spec.job)


def unsent_runs(store: RunStore, agent: str) -> list[Run]:
    """Runs whose launch to this machine was cut off, oldest first."""
    return [run for run in reversed(store.runs()) if run.unsent and run.host == agent]


def resume_unsent(way: AgentClient | Way, store: RunStore, token: CancelToken) -> list[Run]:
    """Finish all launches to this machine that were cut off; the runs that are queued there now.

    One that cannot be finished, because a picture is no longer what it was, becomes STOPPED with the reason; the others
    go on. Reports `LaunchProgress`; raises Cancelled, and ProblemError where it is one of `PASSING`: call it again then.
    """
    way = _way(way)
    sent = []
    for run in unsent_runs(store, way.client.agent_id):
        cargo = store.cargoes.get(run.spec.config.dataset.manifest)
        try:
            if cargo is None:
                raise fail("pictures_changed", name=run.spec.name)
            sent.append(cross(way, store, run, Cargo(*cargo, folder=run.folder), token))
        except ProblemError as error:
            if error.problem.code in PASSING:
                raise
            store.set_sent(run.status.moved(JobState.STOPPED, time.time(), error.problem))
    return sent


def _way(way: AgentClient | Way) -> Way:
    return way if isinstance(way, Way) else Way(way)
