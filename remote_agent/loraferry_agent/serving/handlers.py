"""What is done for each request. To add one: its function here, and its line in `TABLE`."""

import time
from collections.abc import Callable
from functools import partial
from itertools import accumulate, islice
from typing import Any

from loraferry_agent.jobs.log_tail import log_tail
from loraferry_agent.layout import SCHEMA
from loraferry_agent.serving import captioning, fetching, guarding, storing
from loraferry_agent.serving.agent import open_agent
from loraferry_agent.serving.connection import SEAL_BYTES, Connection, Table, named
from loraferry_agent.serving.follower import Follower
from loraferry_agent.serving.lanes import Lane
from loraferry_core import __version__
from loraferry_core.host import HostFacts
from loraferry_core.jobs import JobStatus
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import MAX_LINE, Bulk
from loraferry_core.protocol.session import speaks
from loraferry_core.protocol.version import PROTOCOL

LOG_BYTES = 2**20
MARGIN = 1024
"""Bytes of a message around its list."""
MAX_MISSING = 100_000
"""So many positions, with sizes, fit into one message."""


def hello(connection: Connection, request: m.Hello) -> m.Answer:
    """Introduce this host."""
    if not speaks(request.protocol):
        raise fail("agent_incompatible", theirs=PROTOCOL, ours=request.protocol)
    agent = open_agent(connection.settings)
    connection.open(agent)
    # After a restart of the host somebody must notice what was lost, even when nothing is asked for.
    agent.ensure_supervisor()
    return m.Welcome(agent_id=agent.id, protocol=PROTOCOL, product=__version__, schema_number=SCHEMA, time=time.time())


def ping(connection: Connection, request: m.Ping) -> m.Answer:
    """Live."""
    return m.Pong(time=time.time(), unwritten=connection.unwritten)


# ---- blobs ----------------------------------------------------------------------------------------------------------


def have(connection: Connection, request: m.Have) -> m.Answer | None:
    """Compare a manifest with the store. To read all blobs again takes long, so that happens beside other requests."""
    if request.verify:
        connection.answer_in(Lane.CHECKS, request, verified)
        return None
    return missing(connection, request.manifest)


def verified(connection: Connection, request: m.Have) -> m.Answer:
    """Compare a manifest with the store, once what is damaged there is gone."""
    connection.agent.blobs.verify(request.manifest)
    return missing(connection, request.manifest)


def missing(connection: Connection, manifest: str) -> m.Missing:
    """What of a manifest is not there. Of very many missing blobs the first ones: the desktop asks again."""
    blobs = connection.agent.blobs
    if not blobs.place(manifest).is_file():
        return m.Missing(indexes=(-1,), partial=_begun({-1: blobs.partial(manifest)}))
    listed = dict(islice(blobs.missing(blobs.manifest(manifest)).items(), MAX_MISSING))
    return m.Missing(indexes=tuple(listed), partial=_begun(listed))


def _begun(missing: dict[int, int]) -> dict[int, int]:
    return {index: size for index, size in missing.items() if size}


def put(connection: Connection, request: m.Put) -> m.Answer | None:
    """Expect a blob; answered when it is complete."""
    connection.puts.pop(request.stream, None)
    if connection.receiver.announce(request.stream, request.sha256, request.size, request.offset):
        return m.Stored(sha256=request.sha256, received=connection.receiver.received)
    connection.puts[request.stream] = request.id
    return None


def take_bulk(connection: Connection, frame: Bulk) -> None:
    """A piece of a blob that `put` expects. Bytes of no announced blob end the conversation."""
    connection.note_transfer()
    try:
        done = connection.receiver.take(frame.stream, frame.offset, frame.data)
    except (ProblemError, OSError) as error:
        request = connection.puts.pop(frame.stream, None)
        if request is None:
            connection.hang_up(str(error))
            return
        connection.answer(request, m.Refused(problem=named(error)))
        return
    if done is not None:
        stored = m.Stored(sha256=done, received=connection.receiver.received)
        connection.answer(connection.puts.pop(frame.stream), stored)
        unsealed = connection.receiver.take_unsealed(SEAL_BYTES)
        if unsealed:
            connection.run_later(Lane.SEALS, partial(connection.agent.blobs.seal, unsealed))


def commit(connection: Connection, request: m.Commit) -> m.Answer:
    """Make a manifest usable."""
    manifest = connection.agent.blobs.commit(request.manifest, request.kind == "tree")
    return m.Committed(manifest=request.manifest, files=len(manifest.entries), bytes=manifest.total_bytes)


# ---- jobs -----------------------------------------------------------------------------------------------------------


def submit(connection: Connection, request: m.Submit) -> m.Answer:
    """Queue a job."""
    return m.JobIs(status=connection.agent.submit(request.spec, request.restore, request.held))


def list_jobs(connection: Connection, request: m.ListJobs) -> m.Answer:
    """All jobs, or the newest that fit into one message."""
    return m.Jobs(jobs=newest_fitting(connection.agent.jobs.list(), MAX_LINE - MARGIN))


def newest_fitting(jobs: list[JobStatus], room: int) -> tuple[JobStatus, ...]:
    """The end of the list, as much of it as has room (in bytes)."""
    sizes = accumulate(len(status.model_dump_json().encode()) + 1 for status in reversed(jobs))
    count = sum(size <= room for size in sizes)
    return tuple(jobs[len(jobs) - count :])


def stop(connection: Connection, request: m.Stop) -> m.Answer:
    """End a job."""
    return m.JobIs(status=connection.agent.order(request.job, "kill" if request.now else "stop"))


def resume(connection: Connection, request: m.Resume) -> m.Answer:
    """Queue an ended job again."""
    return m.JobIs(status=connection.agent.order(request.job, "resume"))


def subscribe(connection: Connection, request: m.Subscribe) -> None:
    """Follow a job; a second subscription takes the place of the first."""
    jobs = connection.agent.jobs
    status = jobs.status(request.job)
    follower = Follower(jobs, status, request.after_seq, connection.push)
    unsubscribe(connection, m.Unsubscribe(job=request.job))
    connection.followers[request.job] = follower
    connection.answer(request.id, m.JobIs(status=status))
    follower.start()


def unsubscribe(connection: Connection, request: m.Unsubscribe) -> m.Answer:
    """Follow a job no more."""
    follower = connection.followers.pop(request.job, None)
    if follower is not None:
        follower.end()
    return m.Done()


def read(connection: Connection, request: m.Read) -> None:
    """Send a block of an artifact, in turn with those of other files, then its hash."""
    connection.read(request)


def read_log(connection: Connection, request: m.ReadLog) -> m.Answer:
    """The end of what a job's processes printed."""
    folder = connection.agent.jobs.folder(request.job)
    return m.LogTail(text=log_tail(folder.log, request.lines, LOG_BYTES))


def facts(connection: Connection, request: m.Facts) -> m.Answer:
    """Look at the machine."""
    from loraferry_agent import probe

    # The probe has no annotations: it runs on Pythons that are older than the rest.
    collect: Callable[[str], dict[str, Any]] = probe.collect
    return m.FactsAre(facts=HostFacts.model_validate(collect(str(connection.settings.home))))


TABLE: Table = {
    m.Hello: (Lane.NOW, hello),
    m.Ping: (Lane.NOW, ping),
    m.Have: (Lane.MANIFESTS, have),
    m.Put: (Lane.BLOBS, put),
    m.Commit: (Lane.MANIFESTS, commit),
    m.Submit: (Lane.JOBS, submit),
    m.ListJobs: (Lane.JOBS, list_jobs),
    m.Stop: (Lane.ORDERS, stop),
    m.Resume: (Lane.ORDERS, resume),
    m.Order: (Lane.ORDERS, guarding.order),
    m.Reorder: (Lane.ORDERS, guarding.reorder),
    m.Acknowledge: (Lane.COPIES, guarding.acknowledge),
    m.Load: (Lane.LOAD, guarding.load),
    m.SetGuards: (Lane.GUARDS, guarding.set_guards),
    m.SnoozeGuards: (Lane.GUARDS, guarding.snooze_guards),
    m.CallOffGuard: (Lane.GUARDS, guarding.call_off_guard),
    m.Subscribe: (Lane.JOBS, subscribe),
    m.Unsubscribe: (Lane.JOBS, unsubscribe),
    m.Read: (Lane.NOW, read),
    m.ReadLog: (Lane.JOBS, read_log),
    m.Facts: (Lane.FACTS, facts),
    m.Storage: (Lane.STORAGE, storing.storage),
    m.Free: (Lane.STORAGE, storing.free),
    m.SetSecret: (Lane.SECRETS, storing.set_secret),
    m.FindModels: (Lane.FINDING, fetching.find_models),
    m.Fetch: (Lane.FETCHING, fetching.fetch),
    m.CancelFetch: (Lane.FETCHING, fetching.cancel_fetch),
    m.Fetches: (Lane.FETCHES, fetching.fetches),
    m.Caption: (Lane.CAPTIONING, captioning.caption),
    m.CancelCaptioning: (Lane.CAPTIONING, captioning.cancel_captioning),
    m.Captions: (Lane.CAPTIONS, captioning.captions),
}
