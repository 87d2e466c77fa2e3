"""One instance of everything the two ends can say and of every event."""

from typing import Any, get_args

from loraferry_core import captioning, events, guards, host, jobs, models, storage
from loraferry_core.config import TrainConfig
from loraferry_core.problems import problem
from loraferry_core.protocol import messages as m
from tests.unit.core.test_host import FACTS

SHA = "0123456789abcdef" * 4
JOB = "01234567-89ab-cdef-0123-456789abcdef"
FILE = events.Artifact(name="output/星.safetensors", size=2**40, sha256=SHA)
FETCH = models.FetchOrder(
    id="base-1",
    name="a",
    sources=(models.FetchSource(kind="hub", place="someone/模型"), models.FetchSource(kind="url", place="https://x/y")),
    sha256=SHA,
    size=2**31,
    secret="huggingface",
)
CAPTIONING = captioning.caption_order(SHA, "florence", FETCH, prompt="<CAPTION>")
CAPTIONED = captioning.CaptioningState(id=CAPTIONING.id, state="running", stage="describe", done=1, total=2)
GUARDS = guards.GuardState(
    settings=guards.GuardSettings(
        armed=True, stop=guards.StopPlan(command=("runpodctl", "stop", "$POD"), keeps=("/workspace",), answer="stopped")
    ),
    started=1_700_000_000.0,
    countdowns=(guards.Countdown(kind="idle", fires_at=1_700_000_900.0, alarm=True, unsafe=("My star 龙",)),),
    fired=guards.Fired(kind="ceiling", time=1_700_000_000.0, word="refused", output="no"),
)
LOAD = host.HostLoad(
    time=1_700_000_000.0,
    gpus=(host.GpuLoad(name="RTX 4090", memory_mb=24564, used_mb=8000, load_percent=97, temperature_c=71),),
    disks=FACTS.disks,
    guards=GUARDS,
)
STORED = storage.StorageItem(
    key=storage.StorageKey(kind="pictures", id=SHA), label="龙", project="龙", bytes=10**9, files=24, in_use=True
)
SPEC = jobs.JobSpec(job=JOB, name="My star 龙", config=TrainConfig(), project="龙", fetch=FETCH)
STATUS = jobs.JobStatus(
    job=JOB, name="s", state=jobs.JobState.FAILED, spec_hash=SHA, attempt=2, created=1.5, changed=2.5,
    reason=problem("out_of_memory", device="cuda:0", needed_mb=9000.5, free_mb=8000),
)  # fmt: skip


def _head(seq: int) -> dict[str, Any]:
    return {"seq": seq, "time": 1_700_000_000.25, "attempt": 1}


EVENTS: list[events.Event] = [
    events.AttemptStarted(**_head(1), resume_step=0, total_steps=100, device="cpu", precision="fp32", images=24),
    events.PhaseChanged(**_head(2), phase="cache_latents", done=3, total=24),
    events.Step(**_head(3), step=1, loss=None, lr=1e-4, grad_norm=None, images_per_s=1.5, memory_mb=7000),
    events.SampleMade(**_head(4), step=0, index=0, prompt="a\n龙", seed=2**32 + 3, file=FILE),
    events.Validated(**_head(5), step=0, loss=0.1, timesteps=(250, 750), losses=(0.2, None)),
    events.CheckpointSaved(**_head(5), step=50, file=FILE, files=(FILE, FILE)),
    events.Logged(
        **_head(6), level="warning", text="line\u2028", problem=problem("step_skipped", step=3, names="a.png")
    ),
    events.Adapted(**_head(7), step=51, rung="split_batch", detail="2"),
    events.PhaseEnded(**_head(11), phase="train", peak_mb=900.5),
    events.Finished(**_head(8), step=100, file=FILE),
    events.Stopped(**_head(9), step=60),
    events.Failed(**_head(10), problem=problem("runner_lost")),
]
REQUESTS: list[Any] = [
    m.Hello(protocol=1, product="0.1.0"),
    m.Ping(),
    m.Have(manifest=SHA),
    m.Put(stream=1, sha256=SHA, size=5, offset=2),
    m.Commit(manifest=SHA, kind="tree"),
    m.Submit(spec=SPEC, restore=jobs.Restore(manifest=SHA, step=50, after_seq=9, attempt=2), held=True),
    m.ListJobs(),
    m.Stop(job=JOB, now=True),
    m.Resume(job=JOB),
    m.Subscribe(job=JOB, after_seq=7),
    m.Unsubscribe(job=JOB),
    m.Read(job=JOB, name="samples/a.png", offset=0, length=2**20, stream=2),
    m.ReadLog(job=JOB, lines=10),
    m.Facts(),
    m.Order(job=JOB, action="pause"),
    m.Reorder(job=JOB, before="other-job"),
    m.Acknowledge(job=JOB, name=FILE.name, sha256=SHA),
    m.Load(),
    m.SetGuards(settings=GUARDS.settings),
    m.SnoozeGuards(seconds=600),
    m.CallOffGuard(kind="idle"),
    m.Storage(),
    m.Free(items=(STORED.key,)),
    m.FindModels(),
    m.FindModels(place="~/models/龙.safetensors"),
    m.Fetch(order=FETCH),
    m.CancelFetch(fetch="base-1"),
    m.Fetches(),
    m.Caption(order=CAPTIONING, beside_training=True),
    m.Captions(captioning=CAPTIONING.id, place=1, wait_s=2.5),
    m.CancelCaptioning(captioning=CAPTIONING.id),
    m.SetSecret(name="huggingface", value="hf_龙"),
]
ANSWERS: list[m.Answer] = [
    m.Welcome(agent_id="host-1", protocol=1, product="0.1.0", schema_number=1, time=5.0),
    m.Pong(time=5.5),
    m.Missing(indexes=(-1, 0, 3), partial={3: 100}),
    m.Stored(sha256=SHA, received=5),
    m.Committed(manifest=SHA, files=24, bytes=9000),
    m.JobIs(status=STATUS),
    m.Jobs(jobs=(STATUS, STATUS.replace(reason=None))),
    m.BlockRead(length=5, sha256=SHA, file_size=5),
    m.LogTail(text='two\nlines "quoted" 龙'),
    m.FactsAre(facts=FACTS),
    m.LoadIs(load=LOAD),
    m.GuardsAre(guards=GUARDS),
    m.StorageIs(items=(STORED,)),
    m.ModelsAre(
        models=(models.FoundModel(path="/root/模型/a.safetensors", form="single_file", family="sd1", size=2**31),)
    ),
    m.FetchesAre(fetches=(models.FetchState(id="base-1", name="a", state="running", done=5, total=2**31),)),
    m.CaptioningIs(state=CAPTIONED),
    m.CaptionsAre(
        state=CAPTIONED,
        captions=(
            captioning.Described(picture=SHA, tags=(captioning.Tag(name="龙_tail", category="general", score=0.5),)),
            captioning.Described(picture=SHA, words="A dragon.\n龙", problem=problem("image_empty", name="a.png")),
        ),
    ),
    m.Done(),
    m.Refused(problem=problem("job_unknown", job=JOB)),
]
PUSHES: list[Any] = [m.Events(job=JOB, events=tuple(EVENTS), last_seq=12), m.JobChanged(status=STATUS)]
MESSAGES: list[Any] = [
    *(request.replace(id=number) for number, request in enumerate(REQUESTS, 1)),
    *(m.Reply(re=number, answer=answer) for number, answer in enumerate(ANSWERS, 1)),
    *PUSHES,
]


def members(union: Any) -> set[type]:
    """The classes of a union, discriminated or not."""
    inner = get_args(union)
    return set(get_args(inner[0]) if get_args(inner[0]) else inner)
