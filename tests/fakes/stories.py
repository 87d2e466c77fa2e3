"""Runs as the mirror would hold them: specs, statuses and whole event stories, for tests, benches and pictures."""

import hashlib
import math
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

from loraferry.runs.store import RunStore, Unsent
from loraferry_core.config import TrainConfig, digest
from loraferry_core.events import (
    Artifact,
    AttemptStarted,
    CheckpointSaved,
    Event,
    Finished,
    PhaseChanged,
    SampleMade,
    Step,
)
from loraferry_core.jobs import JobSpec, JobState, JobStatus

NIL = "0" * 64
START = 1_790_000_000.0


def spec_of(name: str = "zorblax", config: TrainConfig | None = None) -> JobSpec:
    """A job with a new identity."""
    return JobSpec(job=str(uuid.uuid4()), name=name, config=config or TrainConfig())


def status_of(spec: JobSpec, state: JobState, attempt: int = 1) -> JobStatus:
    """The job's state of record."""
    return JobStatus(
        job=spec.job, name=spec.name, state=state, spec_hash=digest(spec), attempt=attempt, created=START, changed=START
    )


def story(steps: int, *, finished: bool = True, sample_every: int = 0, prompts: int = 2) -> Iterator[Event]:
    """The events of a run of `steps` steps whose loss falls noisily from 0.2 to 0.04."""
    chance = random.Random(1)
    seq = 0

    def number() -> dict[str, float | int]:
        nonlocal seq
        seq += 1
        return {"seq": seq, "time": START + seq * 0.25, "attempt": 1}

    yield AttemptStarted(
        **number(), resume_step=0, total_steps=steps, device="NVIDIA GeForce RTX 3060", precision="bf16", images=24
    )
    for phase in ("prepare", "cache_captions", "cache_latents", "load_denoiser"):
        yield PhaseChanged(**number(), phase=phase, done=24, total=24)
    for step in range(1, steps + 1):
        loss = (0.04 + 0.16 * math.exp(-3 * step / steps)) * (0.6 + 0.8 * chance.random())
        yield Step(**number(), step=step, loss=loss, lr=1e-3, grad_norm=0.3, images_per_s=31.5, memory_mb=1800)
        if sample_every and step % sample_every == 0:
            yield CheckpointSaved(
                **number(), step=step, file=Artifact(name=f"checkpoints/{step}/a", size=1, sha256=NIL)
            )
            for index in range(prompts):
                yield SampleMade(
                    **number(), step=step, index=index, prompt=f"zorblax {index}", seed=index,
                    file=Artifact(name=f"samples/{step:06d}-{index}.png", size=1, sha256=NIL),
                )  # fmt: skip
    if finished:
        yield Finished(**number(), step=steps, file=Artifact(name="output/zorblax.safetensors", size=1, sha256=NIL))


def add_run(
    store: RunStore,
    state: JobState = JobState.RUNNING,
    *,
    host: str = "agent-1",
    name: str = "zorblax",
    resume_when_lost: bool = True,
    unsent: Unsent = "",
) -> str:
    """Put a run without events into the mirror; its job."""
    spec = spec_of(name).replace(resume_when_lost=resume_when_lost)
    store.add(spec, status_of(spec, state), host=host, folder="/pictures/zorblax", images=24, unsent=unsent)
    return spec.job


def hashed(data: bytes, name: str) -> Artifact:
    """The artifact that announces `data`."""
    return Artifact(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def write(folder: Path, artifact: Artifact, data: bytes) -> Path:
    """The artifact's file, as a pull would leave it."""
    path = folder / artifact.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
