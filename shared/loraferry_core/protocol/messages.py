"""Everything the two ends can say. One class a message; `type` tells them apart.

Requests carry an `id` and get exactly one `Reply` with the same number in `re`: the declared answer, or `Refused`.
Pushes come unasked from the agent after a `Subscribe`.

To add a message: its class here, its place in `_Requests`, `Answer` or `Push`, its handler in the agent's `serve`.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from loraferry_core.bounds import Count, Identity, Ordinal, Seconds, Shown
from loraferry_core.captioning import MAX_BATCH, MAX_WAIT_S, CaptioningState, CaptionOrder, Described
from loraferry_core.config.param import Config
from loraferry_core.events import Event
from loraferry_core.guards import GuardKind, GuardSettings, GuardState
from loraferry_core.host import HostFacts, HostLoad
from loraferry_core.jobs import JobSpec, JobStatus, Restore
from loraferry_core.model_links import MAX_PLACE
from loraferry_core.models import FetchOrder, FetchState, FoundModel
from loraferry_core.problems import Problem
from loraferry_core.storage import StorageItem, StorageKey

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
JobId = Identity
StreamId = Annotated[int, Field(ge=1, lt=2**32)]


class _Request(Config):
    id: Count = 0


# ---- requests -------------------------------------------------------------------------------------------------------


class Hello(_Request):
    """The first request. Answered by `Welcome`."""

    type: Literal["hello"] = "hello"
    protocol: Count
    product: str


class Ping(_Request):
    """Answered by `Pong` at once, whatever else goes on."""

    type: Literal["ping"] = "ping"


class Have(_Request):
    """Which blobs of this manifest are missing? The manifest's own bytes are a blob and must be there already,
    else the answer lists it alone as index -1. `verify`: read them all again, and drop those that were damaged on the
    disk. Answered by `Missing`."""

    type: Literal["have"] = "have"
    manifest: Sha256
    verify: bool = False


class Put(_Request):
    """Announces a blob whose bytes follow in bulk frames on `stream`, from `offset` on. Answered by `Stored`, when the
    last byte is in and the hash is right."""

    type: Literal["put"] = "put"
    stream: StreamId
    sha256: Sha256
    size: Count
    offset: Count = 0


class Commit(_Request):
    """Make a manifest usable: every blob there, with its size. A `tree` is also laid out as files (a base model).
    Answered by `Committed`."""

    type: Literal["commit"] = "commit"
    manifest: Sha256
    kind: Literal["dataset", "tree"] = "dataset"


class Submit(_Request):
    """Queue a job. The same identity and plan again gives the same job; another plan is refused. Answered by `JobIs`.

    `restore` lets a job that began elsewhere go on here; it counts only where the job is new. `held`: do not start it.
    """

    type: Literal["submit"] = "submit"
    spec: JobSpec
    restore: Restore | None = None
    held: bool = False


class ListJobs(_Request):
    """Answered by `Jobs`, oldest first."""

    type: Literal["list_jobs"] = "list_jobs"


class Stop(_Request):
    """Finish the step, write a checkpoint, end. `now` kills at once. Answered by `JobIs` when the order is taken."""

    type: Literal["stop"] = "stop"
    job: JobId
    now: bool = False


class Resume(_Request):
    """Queue an ended job again, to go on from its last checkpoint. Answered by `JobIs`."""

    type: Literal["resume"] = "resume"
    job: JobId


JobAction = Literal["hold", "release", "pause", "save", "sample"]


class Order(_Request):
    """Answered by `JobIs` when the order is taken.

    `hold` keeps a queued job from starting, `release` undoes that. `pause` writes a checkpoint and gives the card free,
    until `Resume`. `save` and `sample` write a checkpoint, or the test pictures, after the step that runs.
    """

    type: Literal["order"] = "order"
    job: JobId
    action: JobAction


class Reorder(_Request):
    """Have a queued job start before another one, or last of all where `before` is empty. Answered by `Jobs`: the queue,
    in order."""

    type: Literal["reorder"] = "reorder"
    job: JobId
    before: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{0,64}$")] = ""


class Acknowledge(_Request):
    """The desktop holds a verified copy of this artifact, so that stopping the machine does not lose it. Answered by
    `Done`."""

    type: Literal["acknowledge"] = "acknowledge"
    job: JobId
    name: str
    sha256: Sha256


class Subscribe(_Request):
    """Replay the events after `after_seq`, then follow. Answered by `JobIs`; then `Events` and `JobChanged` are pushed."""

    type: Literal["subscribe"] = "subscribe"
    job: JobId
    after_seq: Count = 0


class Unsubscribe(_Request):
    """Answered by `Done`."""

    type: Literal["unsubscribe"] = "unsubscribe"
    job: JobId


class Read(_Request):
    """A block of a job's artifact. The bytes come in bulk frames on `stream`, then `BlockRead`."""

    type: Literal["read"] = "read"
    job: JobId
    name: str
    offset: Count
    length: int = Field(ge=1, le=64 * 2**20)
    stream: StreamId


class ReadLog(_Request):
    """The last `lines` lines of the job's `train.log`. Answered by `LogTail`."""

    type: Literal["read_log"] = "read_log"
    job: JobId
    lines: int = Field(200, ge=1, le=10_000)


class Facts(_Request):
    """Look at the machine again. Answered by `FactsAre`."""

    type: Literal["facts"] = "facts"


class Load(_Request):
    """What the machine is doing now, and its guards. Answered by `LoadIs`."""

    type: Literal["load"] = "load"


class SetGuards(_Request):
    """Answered by `GuardsAre`."""

    type: Literal["set_guards"] = "set_guards"
    settings: GuardSettings


class SnoozeGuards(_Request):
    """Let no guard act for so many seconds from now; 0 ends an earlier snooze. Answered by `GuardsAre`."""

    type: Literal["snooze_guards"] = "snooze_guards"
    seconds: float = Field(ge=0, le=30 * 86_400)


class CallOffGuard(_Request):
    """End the countdown of one guard until something goes on again, or let it count once more. Answered by `GuardsAre`."""

    type: Literal["call_off_guard"] = "call_off_guard"
    kind: GuardKind
    off: bool = True


class Storage(_Request):
    """What is kept on the machine. Answered by `StorageIs`."""

    type: Literal["storage"] = "storage"


class Free(_Request):
    """Remove these items, but none that is in use. Answered by `StorageIs`, looked at anew."""

    type: Literal["free"] = "free"
    items: tuple[StorageKey, ...] = Field(max_length=100_000)


class FindModels(_Request):
    """Look for base models on the machine's disks, or at the one path `place` alone, which is refused where nothing is
    there that could be one. Answered by `ModelsAre`."""

    type: Literal["find_models"] = "find_models"
    place: str = Field("", max_length=MAX_PLACE)


class Fetch(_Request):
    """Begin, or go on, to fetch a model, whatever becomes of this connection. Answered by `FetchesAre`."""

    type: Literal["fetch"] = "fetch"
    order: FetchOrder


class CancelFetch(_Request):
    """End a fetch; what came so far is kept. Answered by `FetchesAre`."""

    type: Literal["cancel_fetch"] = "cancel_fetch"
    fetch: Identity


class Fetches(_Request):
    """How the fetches stand. Answered by `FetchesAre`."""

    type: Literal["fetches"] = "fetches"


class Caption(_Request):
    """Begin, or go on, to describe pictures, whatever becomes of this connection. Refused while a training runs there,
    unless `beside_training`. Answered by `CaptioningIs`."""

    type: Literal["caption"] = "caption"
    order: CaptionOrder
    beside_training: bool = False


class Captions(_Request):
    """What was found behind `place`, which the answer before this one gave; where there is no more yet, waits for so
    long. Answered by `CaptionsAre`."""

    type: Literal["captions"] = "captions"
    captioning: Identity
    place: Count = 0
    wait_s: float = Field(0, ge=0, le=MAX_WAIT_S)


class CancelCaptioning(_Request):
    """End an order; what was found so far is kept. Answered by `CaptioningIs`."""

    type: Literal["cancel_captioning"] = "cancel_captioning"
    captioning: Identity


class SetSecret(_Request):
    """Keep a token on the machine, in a file only its user can read; an empty value removes it. Answered by `Done`."""

    type: Literal["set_secret"] = "set_secret"
    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    value: str = Field(max_length=4000, repr=False)


# ---- answers --------------------------------------------------------------------------------------------------------


class Welcome(Config):
    """Answer to `Hello`. `agent_id` is the identity of the host, whatever its address."""

    type: Literal["welcome"] = "welcome"
    agent_id: Identity
    protocol: Count
    product: Shown
    schema_number: Count
    time: Seconds


class Pong(Config):
    """Answer to `Ping`. `unwritten`: bytes of blobs that were heard on this connection and are not on the disk yet."""

    type: Literal["pong"] = "pong"
    time: Seconds
    unwritten: Count = 0


class Missing(Config):
    """Answer to `Have`: positions in the manifest whose blobs are not there, and how many bytes of each already are.
    Index -1 is the manifest itself."""

    type: Literal["missing"] = "missing"
    indexes: tuple[Annotated[int, Field(ge=-1, lt=2**31)], ...]
    partial: dict[Annotated[int, Field(ge=-1, lt=2**31)], Count] = {}


class Stored(Config):
    """Answer to `Put`. `received` is the sum of all blob bytes taken on this connection."""

    type: Literal["stored"] = "stored"
    sha256: Sha256
    received: Count


class Committed(Config):
    """Answer to `Commit`."""

    type: Literal["committed"] = "committed"
    manifest: Sha256
    files: Count
    bytes: Count


class JobIs(Config):
    """Answer to whatever concerns one job."""

    type: Literal["job"] = "job"
    status: JobStatus


class Jobs(Config):
    """Answer to `ListJobs`."""

    type: Literal["jobs"] = "jobs"
    jobs: tuple[JobStatus, ...]


class BlockRead(Config):
    """Answer to `Read`, after the bytes: how many they were and their hash, and how large the file is."""

    type: Literal["block_read"] = "block_read"
    length: Count
    sha256: Sha256
    file_size: Count


class LogTail(Config):
    """Answer to `ReadLog`."""

    type: Literal["log_tail"] = "log_tail"
    text: Shown


class FactsAre(Config):
    """Answer to `Facts`."""

    type: Literal["facts_are"] = "facts_are"
    facts: HostFacts


class LoadIs(Config):
    """Answer to `Load`."""

    type: Literal["load_is"] = "load_is"
    load: HostLoad


class GuardsAre(Config):
    """Answer to whatever concerns the guards."""

    type: Literal["guards_are"] = "guards_are"
    guards: GuardState


class StorageIs(Config):
    """Answer to `Storage` and `Free`."""

    type: Literal["storage_is"] = "storage_is"
    items: tuple[StorageItem, ...] = Field(max_length=20_000)


class ModelsAre(Config):
    """Answer to `FindModels`."""

    type: Literal["models_are"] = "models_are"
    models: tuple[FoundModel, ...] = Field(max_length=5_000)


class FetchesAre(Config):
    """Answer to whatever concerns fetches."""

    type: Literal["fetches_are"] = "fetches_are"
    fetches: tuple[FetchState, ...] = Field(max_length=1_000)


class CaptioningIs(Config):
    """Answer to `Caption` and `CancelCaptioning`."""

    type: Literal["captioning_is"] = "captioning_is"
    state: CaptioningState


class CaptionsAre(Config):
    """Answer to `Captions`: the next ones, as many as one message has room for, and the place behind them. Where the
    state says that it has ended, none means that there are no more."""

    type: Literal["captions_are"] = "captions_are"
    state: CaptioningState
    captions: tuple[Described, ...] = Field((), max_length=MAX_BATCH)
    place: Count = 0


class Done(Config):
    """Answer where nothing is to be said."""

    type: Literal["done"] = "done"


class Refused(Config):
    """Answer to any request that could not be done."""

    type: Literal["refused"] = "refused"
    problem: Problem


# ---- pushes ---------------------------------------------------------------------------------------------------------


class Events(Config):
    """Events of a subscribed job, in order. `last_seq` is the newest the job has, so a replay knows how far it is."""

    type: Literal["events"] = "events"
    job: JobId
    events: tuple[Event, ...]
    last_seq: Count


class JobChanged(Config):
    """A subscribed job moved to another state."""

    type: Literal["job_changed"] = "job_changed"
    status: JobStatus


_Requests = (
    Hello
    | Ping
    | Have
    | Put
    | Commit
    | Submit
    | ListJobs
    | Stop
    | Resume
    | Subscribe
    | Unsubscribe
    | Read
    | ReadLog
    | Facts
    | Order
    | Reorder
    | Acknowledge
    | Load
    | SetGuards
    | SnoozeGuards
    | CallOffGuard
    | Storage
    | Free
    | FindModels
    | Fetch
    | CancelFetch
    | Fetches
    | Caption
    | Captions
    | CancelCaptioning
    | SetSecret
)
Request = Annotated[_Requests, Field(discriminator="type")]
Answer = Annotated[
    Welcome
    | Pong
    | Missing
    | Stored
    | Committed
    | JobIs
    | Jobs
    | BlockRead
    | LogTail
    | FactsAre
    | LoadIs
    | GuardsAre
    | StorageIs
    | ModelsAre
    | FetchesAre
    | CaptioningIs
    | CaptionsAre
    | Done
    | Refused,
    Field(discriminator="type"),
]


class Reply(Config):
    """The answer to the request with the number `re`."""

    type: Literal["reply"] = "reply"
    re: Ordinal
    answer: Answer


Push = Events | JobChanged
Message = Annotated[_Requests | Reply | Push, Field(discriminator="type")]
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
