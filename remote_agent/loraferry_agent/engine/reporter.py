"""The run's only way out: everything the outside learns is said here, as events."""

import math
import time
from collections.abc import Callable
from pathlib import Path

from loraferry_agent.engine.durable import artifact
from loraferry_agent.engine.peak import Peak
from loraferry_agent.jobs.event_log import EventLog
from loraferry_core.events import (
    Adapted,
    Artifact,
    AttemptStarted,
    CheckpointSaved,
    Failed,
    Finished,
    Logged,
    Phase,
    PhaseChanged,
    PhaseEnded,
    Rung,
    SampleMade,
    Step,
    Stopped,
    Validated,
)
from loraferry_core.problems import Problem

PHASE_INTERVAL = 0.2
"""Seconds between two reports of progress in one phase."""


class Reporter:
    """Writes a job's events. Files are announced by their place in the job's folder."""

    def __init__(self, log: EventLog, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._folder = folder
        self._peak = Peak()
        self._clock = clock
        self._phase: Phase | None = None
        self._phase_time = 0.0

    def attempt_started(self, *, resume_step: int, total_steps: int, device: str, precision: str, images: int) -> None:
        """Training begins, after `resume_step` steps that were made before. Comes again where it goes back to them."""
        self._end_phase()
        self._log.append(
            AttemptStarted,
            resume_step=resume_step,
            total_steps=total_steps,
            device=device,
            precision=precision,
            images=images,
        )

    @property
    def phase_now(self) -> Phase | None:
        """The phase that the run is in."""
        return self._phase

    def phase(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Where the run is. Of many calls in one phase a few a second are written, the first and the last always."""
        now = self._clock()
        news = phase != self._phase or (total and done == total) or now - self._phase_time >= PHASE_INTERVAL
        if phase != self._phase:
            self._end_phase()
        if news:
            self._phase, self._phase_time = phase, now
            self._log.append(PhaseChanged, phase=phase, done=done, total=total)

    def step(
        self,
        step: int,
        *,
        loss: float | None,
        lr: float,
        grad_norm: float | None,
        images_per_s: float,
        memory_mb: float,
    ) -> None:
        """One optimizer step, counted from 1."""
        self._log.append(
            Step, step=step, loss=loss, lr=lr, grad_norm=grad_norm, images_per_s=images_per_s, memory_mb=memory_mb
        )

    def sample(self, step: int, index: int, prompt: str, seed: int, path: Path) -> None:
        """A test picture."""
        self._log.append(SampleMade, step=step, index=index, prompt=prompt, seed=seed, file=self._artifact(path))

    def validated(self, step: int, losses: dict[int, float]) -> None:
        """The error on held-out pictures by timestep."""
        each = [loss if math.isfinite(loss) else None for loss in losses.values()]
        mean = sum(losses.values()) / len(losses)
        self._log.append(
            Validated,
            step=step,
            loss=mean if math.isfinite(mean) else None,
            timesteps=tuple(losses),
            losses=tuple(each),
        )

    def checkpoint(self, step: int, files: tuple[Artifact, ...], lora: Path) -> None:
        """A committed checkpoint, its files, and which of them is the LoRA."""
        name = lora.relative_to(self._folder).as_posix()
        file = next(file for file in files if file.name == name)
        self._log.append(CheckpointSaved, step=step, file=file, files=files)
        self._log.sync()

    def adapted(self, step: int, rung: Rung, detail: str) -> None:
        """The run changed itself to go on, after so many steps."""
        self._log.append(Adapted, step=step, rung=rung, detail=detail)

    def warn(self, problem: Problem) -> None:
        """Something that does not end the run."""
        level = "warning" if problem.severity == "warning" else "error"
        self._log.append(Logged, level=level, problem=problem)

    def finished(self, step: int, lora: Path) -> None:
        """The run is complete."""
        self._end_phase()
        self._log.append(Finished, step=step, file=self._artifact(lora))
        self._log.sync()

    def stopped(self, step: int, lora: Path | None) -> None:
        """The run ended on request."""
        self._end_phase()
        self._log.append(Stopped, step=step, file=self._artifact(lora) if lora else None)
        self._log.sync()

    def failed(self, problem: Problem) -> None:
        """The run ended with a problem."""
        self._end_phase()
        self._log.append(Failed, problem=problem)
        self._log.sync()

    def _end_phase(self) -> None:
        peak = self._peak.take()
        if self._phase is not None:
            self._log.append(PhaseEnded, phase=self._phase, peak_mb=None if peak is None else round(peak, 1))
            self._phase = None

    def _artifact(self, path: Path) -> Artifact:
        return artifact(path, self._folder)
