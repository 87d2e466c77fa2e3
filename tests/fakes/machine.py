"""What a connected machine answers, from memory: load, guards, storage, models; for view-models, pages and pictures."""

from collections.abc import Iterable

from loraferry_core.guards import Countdown, GuardKind, GuardSettings, GuardState
from loraferry_core.host import Disk, GpuLoad, HostLoad
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.models import FetchOrder, FetchState, FoundModel
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol.messages import JobAction
from loraferry_core.storage import StorageItem, StorageKey, StorageKind

TIME = 1_790_000_000.0
STARTED = TIME - 11_520.0
GUARDS = GuardState(started=STARTED)
LOAD = HostLoad(
    time=TIME,
    gpus=(GpuLoad(name="NVIDIA A10G", memory_mb=23_028, used_mb=17_400, load_percent=87, temperature_c=71),),
    disks=(
        Disk(path="/workspace", total_mb=100_000, free_mb=81_300, inodes_free=6_000_000),
        Disk(path="/", total_mb=20_000, free_mb=1_400, inodes_free=900_000),
        Disk(path="/root/autodl-fs", total_mb=200_000, free_mb=150_000, inodes_free=812),
    ),
    memory_used_mb=21_000,
    memory_mb=62_000,
    guards=GUARDS,
)
MODELS = (
    FoundModel(path="/root/autodl-pub/models/v1-5-pruned-emaonly.safetensors", form="single_file", family="sd1",
               title="Stable Diffusion 1.5", size=4_265_146_304),
    FoundModel(path="/root/ComfyUI/models/checkpoints/meinamix_v11.safetensors", form="single_file", family="sd1",
               size=2_132_626_102),
    FoundModel(path="/root/.cache/huggingface/hub/unknown", form="diffusers", size=2_900_000_000),
)  # fmt: skip


def item(
    kind: StorageKind, id: str, label: str, project: str, mb: int, files: int = 1, in_use: bool = False
) -> StorageItem:
    """One item that a machine keeps."""
    key = StorageKey(kind=kind, id=id)
    return StorageItem(key=key, label=label, project=project, bytes=mb * 10**6, files=files, in_use=in_use)


ITEMS = (
    item("checkpoints", "job-1", "zorblax", "zorblax", 412, 18),
    item("job", "job-1", "zorblax", "zorblax", 96, 41),
    item("pictures", "manifest-1", "", "zorblax", 178, 511, in_use=True),
    item("checkpoints", "job-2", "ink style", "ink", 205, 9),
    item("model", "sd15", "Stable Diffusion 1.5", "", 4_265),
    item("cache", "latents", "", "", 640, 1_022),
    item("leftovers", "parts", "", "", 87, 3),
    item("token", "huggingface", "huggingface", "", 0),
)


class Machine:
    """The part of an `AgentClient` that asks about a machine. Everything that was wanted is in `wanted`."""

    def __init__(self) -> None:
        self.load_now = LOAD
        self.items: tuple[StorageItem, ...] = ITEMS
        self.stubborn: set[StorageKey] = set()
        """What does not go away, whatever one does."""
        self.models = MODELS
        self.states: tuple[FetchState, ...] = ()
        self.wanted: list[object] = []
        self.jobs: dict[str, JobStatus] = {}
        self.ended: ProblemError | None = None
        self.refuse: ProblemError | None = None
        """Raised instead of the next answer."""

    def _want(self, *what: object) -> None:
        self.wanted.append(what)
        refusal, self.refuse = self.refuse, None
        if refusal is not None:
            raise refusal

    def load(self) -> HostLoad:
        self._want("load")
        return self.load_now

    def set_guards(self, settings: GuardSettings) -> GuardState:
        self._want("set_guards", settings)
        return self._guards(settings=settings)

    def snooze_guards(self, seconds: float) -> GuardState:
        self._want("snooze_guards", seconds)
        return self._guards(snoozed_until=self.load_now.time + seconds)

    def call_off_guard(self, kind: GuardKind, off: bool) -> GuardState:
        self._want("call_off_guard", kind, off)
        guards = self.load_now.guards
        return self._guards(
            called_off=(kind,) if off else (),
            countdowns=tuple(each for each in guards.countdowns if not off or each.kind != kind),
        )

    def storage(self) -> tuple[StorageItem, ...]:
        self._want("storage")
        return self.items

    def free(self, keys: Iterable[StorageKey]) -> tuple[StorageItem, ...]:
        gone = set(keys)
        self._want("free", gone)
        self.items = tuple(
            each for each in self.items if each.key not in gone or each.key in self.stubborn or each.in_use
        )
        return self.items

    def find_models(self) -> tuple[FoundModel, ...]:
        self._want("find_models")
        return self.models

    def look_at_model(self, place: str) -> FoundModel | None:
        self._want("look_at_model", place)
        return next((model for model in self.models if model.path == place), None)

    def fetch(self, order: FetchOrder) -> tuple[FetchState, ...]:
        self._want("fetch", order)
        self.states = (FetchState(id=order.id, name=order.name, state="running", done=1, total=order.size),)
        return self.states

    def cancel_fetch(self, fetch: str) -> tuple[FetchState, ...]:
        self._want("cancel_fetch", fetch)
        self.states = ()
        return self.states

    def fetches(self) -> tuple[FetchState, ...]:
        self._want("fetches")
        return self.states

    def set_secret(self, name: str, value: str) -> None:
        self._want("set_secret", name, value)

    # ---- jobs -------------------------------------------------------------------------------------------------------

    def list_jobs(self) -> tuple[JobStatus, ...]:
        return tuple(self.jobs.values())

    def subscribe(self, job: str, after_seq: int, listener: object) -> JobStatus:
        return self._job(job)

    def unsubscribe(self, job: str) -> None:
        """Nothing is ever told by itself here."""

    def order(self, job: str, action: JobAction) -> JobStatus:
        self._want("order", job, action)
        states = {"hold": JobState.HELD, "release": JobState.QUEUED, "pause": JobState.PAUSED}
        return self._move(job, states.get(action))

    def stop(self, job: str, now: bool = False) -> JobStatus:
        self._want("stop", job, now)
        return self._move(job, JobState.STOPPED)

    def resume(self, job: str) -> JobStatus:
        self._want("resume", job)
        return self._move(job, JobState.QUEUED)

    def reorder(self, job: str, before: str = "") -> tuple[JobStatus, ...]:
        self._want("reorder", job, before)
        others = [each for each in sorted(self.jobs.values(), key=lambda each: each.turn) if each.job != job]
        place = next((at for at, each in enumerate(others) if each.job == before), len(others))
        others.insert(place, self._job(job))
        self.jobs = {each.job: each.replace(turn=float(turn)) for turn, each in enumerate(others)}
        return tuple(self.jobs.values())

    def _job(self, job: str) -> JobStatus:
        if job not in self.jobs:
            raise fail("job_unknown", job=job)
        return self.jobs[job]

    def _move(self, job: str, state: JobState | None) -> JobStatus:
        self.jobs[job] = self._job(job).replace(state=state) if state else self._job(job)
        return self.jobs[job]

    def count_down(self, *countdowns: Countdown) -> None:
        """Guards will act."""
        self._guards(countdowns=countdowns)

    def _guards(self, **changes: object) -> GuardState:
        guards = self.load_now.guards.replace(**changes)
        self.load_now = self.load_now.replace(guards=guards)
        return guards
