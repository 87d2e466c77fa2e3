"""What happens to a job, in order: one JSON line an event, with a gapless `seq` from 1."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator

from loraferry_core.bounds import Count, Ordinal, Seconds, Shown
from loraferry_core.config.param import Config
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import Problem

Phase = Literal[
    "prepare",
    "fetch_base",
    "load_text_encoder",
    "cache_captions",
    "load_vae",
    "cache_latents",
    "load_denoiser",
    "draw_known",
    "train",
    "sample",
    "validate",
    "save",
]
PHASES: tuple[Phase, ...] = Phase.__args__  # type: ignore[attr-defined]
Rung = Literal[
    "retry",
    "split_batch",
    "checkpointing",
    "offload",
    "quantise",
    "processor",
    "sample_apart",
    "sample_in_tiles",
    "skip_sample",
    "halve_rate",
]
"""What a run can change, or put up with, to go on."""


class Artifact(Config):
    """A finished file of a job: its name inside the job's folder, its size in bytes and its hash."""

    name: str
    size: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def _safe(cls, name: str) -> str:
        if not is_safe_relative(name):
            raise ValueError(f"unsafe name {name!r}")
        return name


class _Event(Config):
    seq: Ordinal
    time: Seconds = Field(description="seconds since 1970 on the training machine")
    attempt: Ordinal


class AttemptStarted(_Event):
    """A training process began. `resume_step` steps were made before; whoever keeps points of later ones drops them."""

    type: Literal["attempt_started"] = "attempt_started"
    resume_step: Count
    total_steps: Ordinal
    device: Shown
    precision: Shown
    images: Ordinal


class PhaseChanged(_Event):
    """A phase began, or went on: `done` of `total` units (0 of 0 where it cannot be counted)."""

    type: Literal["phase"] = "phase"
    phase: Phase
    done: Count = 0
    total: Count = 0


class PhaseEnded(_Event):
    """A phase is over, or interrupted by another. `peak_mb` is the most memory that was in use at once meanwhile: of the
    graphics card, or of the process where the processor calculates; None where the system does not tell."""

    type: Literal["phase_ended"] = "phase_ended"
    phase: Phase
    peak_mb: float | None = Field(None, ge=0)


class Step(_Event):
    """One optimizer step. `step` counts from 1; `loss` is None where it was not finite and the step was skipped."""

    type: Literal["step"] = "step"
    step: Ordinal
    loss: float | None
    lr: float = Field(ge=0)
    grad_norm: float | None = None
    images_per_s: float = Field(ge=0)
    memory_mb: float = Field(0, ge=0)


class SampleMade(_Event):
    """A test picture."""

    type: Literal["sample"] = "sample"
    step: Count
    index: Count
    prompt: Shown
    seed: Count
    file: Artifact


class Validated(_Event):
    """The mean square error on held-out pictures after `step` steps: of all, and at each of the fixed timesteps.

    None where it was not finite.
    """

    type: Literal["validated"] = "validated"
    step: Count
    loss: float | None
    timesteps: tuple[Count, ...] = Field(max_length=100)
    losses: tuple[float | None, ...] = Field(max_length=100)


class CheckpointSaved(_Event):
    """A committed checkpoint. `file` is the LoRA in it; `files` are all that another machine needs to go on from it."""

    type: Literal["checkpoint"] = "checkpoint"
    step: Count
    file: Artifact
    files: tuple[Artifact, ...] = Field((), max_length=64)


class Logged(_Event):
    """A line for the log: words of a library, or a warning of ours."""

    type: Literal["log"] = "log"
    level: Literal["info", "warning", "error"]
    text: Shown = ""
    problem: Problem | None = None


class Adapted(_Event):
    """The run changed itself to go on, such as a smaller micro-batch after running out of memory. `detail` is what it is
    now: of `split_batch` the pictures in one pass, of `halve_rate` the factor, of the others empty."""

    type: Literal["adapted"] = "adapted"
    step: Count
    rung: Rung
    detail: Shown = ""


class Finished(_Event):
    """The run is complete; `file` is the self-checked LoRA."""

    type: Literal["finished"] = "finished"
    step: Count
    file: Artifact


class Stopped(_Event):
    """The run stopped on request, with a checkpoint; `file` is the LoRA as far as it got."""

    type: Literal["stopped"] = "stopped"
    step: Count
    file: Artifact | None = None


class Failed(_Event):
    """The run ended with a problem."""

    type: Literal["failed"] = "failed"
    problem: Problem


Event = Annotated[
    AttemptStarted
    | PhaseChanged
    | PhaseEnded
    | Step
    | SampleMade
    | Validated
    | CheckpointSaved
    | Logged
    | Adapted
    | Finished
    | Stopped
    | Failed,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
TERMINAL = (Finished, Stopped, Failed)


def parse_event(line: str | bytes) -> Event:
    """One line of `events.jsonl`. Raises pydantic's ValidationError."""
    return EVENT.validate_json(line)
