"""One run as it is shown: everything the store holds of it, folded up, and kept up to date in small steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan

from loraferry.runs.progress import Progress, ProgressMeter
from loraferry.runs.steps import Curve
from loraferry.runs.store import Run, RunStore
from loraferry_core.events import (
    Adapted,
    AttemptStarted,
    CheckpointSaved,
    Event,
    Failed,
    Logged,
    PhaseChanged,
    PhaseEnded,
    SampleMade,
    Step,
    Validated,
)
from loraferry_core.problems import Problem

SMOOTHING = 0.9
_LOOKED_BACK = 500
"""Steps that the smoothed loss of now rests on."""
_METERED = 40
"""Steps handed to the meter at once; its rate looks back over fewer."""


@dataclass(frozen=True)
class LogLine:
    """A line for the log: when, and what happened; the words are made where it is shown."""

    time: float
    event: Event


@dataclass(frozen=True)
class Happened:
    """Something that is marked on the axis of steps."""

    step: int
    event: AttemptStarted | CheckpointSaved | Adapted


class Watch:
    """Reads a run once, and then only what is new. `refresh` tells whether anything was."""

    def __init__(self, store: RunStore, job: str) -> None:
        self._store = store
        self._job = job
        self.run: Run = store.run(job)
        self._seq = 0
        self._start_over()
        self.refresh()

    def refresh(self) -> bool:
        """Take in what the store has got since. True when something changed."""
        before = self.run.status
        self.run = self._store.run(self._job)
        if self.run.last_seq == self._seq:
            return self.run.status != before
        events = self._store.events(self._job, after_seq=self._seq)
        if self._seq and any(isinstance(event, AttemptStarted) for event in events):
            self._start_over()
            events = self._store.events(self._job)
        added = self._store.curve(self._job, after_seq=self._seq)
        self._seq = self.run.last_seq
        self.curve.append(added)
        for event in _merged(events, added):
            self._take(event)
        return True

    def _start_over(self) -> None:
        self._seq = 0
        self._meter = ProgressMeter()
        self.curve = Curve()
        self.samples: list[SampleMade] = []
        self.checkpoints: list[CheckpointSaved] = []
        self.validations: list[Validated] = []
        self.happened: list[Happened] = []
        self.log: list[LogLine] = []
        self.problem: Problem | None = None
        self.disk: Problem | None = None
        """The disk has no room for the next saves, as far as was told."""

    @property
    def loss(self) -> float | None:
        """The smoothed loss of the newest step; None before the first."""
        # Not at the start of the program, which shows no run yet.
        import numpy as np

        from loraferry.runs.smoothing import smoothed

        newest = np.frombuffer(self.curve.loss)[-_LOOKED_BACK:]
        value = float(smoothed(newest, SMOOTHING)[-1]) if len(newest) else nan
        return None if isnan(value) else value

    @property
    def progress(self) -> Progress:
        """How far the run is."""
        return self._meter.now

    def _take(self, event: Event) -> None:
        self._meter.add(event)
        if isinstance(event, AttemptStarted):
            self.problem = self.disk = None
            self.happened.append(Happened(event.resume_step, event))
        elif isinstance(event, Adapted):
            self.happened.append(Happened(event.step, event))
        elif isinstance(event, Validated):
            self.validations.append(event)
        elif isinstance(event, SampleMade):
            self.samples.append(event)
        elif isinstance(event, CheckpointSaved):
            self.checkpoints.append(event)
            self.happened.append(Happened(event.step, event))
        elif isinstance(event, Failed):
            self.problem = event.problem
        elif isinstance(event, Logged) and (news := disk_news([event])) is not None:
            self.disk = news if news.code == "disk_low" else None
        if isinstance(event, PhaseChanged):
            last = self.log[-1].event if self.log else None
            if isinstance(last, PhaseChanged) and last.phase == event.phase:
                self.log[-1] = LogLine(event.time, event)
                return
        if isinstance(event, PhaseEnded) and event.peak_mb is None:
            return
        if not isinstance(event, Step):
            self.log.append(LogLine(event.time, event))


def disk_news(events: Iterable[Event]) -> Problem | None:
    """The last that was told of the disk in these events: `disk_low`, or `disk_has_room`; None where nothing was."""
    told = [event.problem for event in events if isinstance(event, Logged) and event.problem is not None]
    return next((found for found in reversed(told) if found.code in ("disk_low", "disk_has_room")), None)


def _merged(events: list[Event], added: Curve) -> list[Event]:
    """Events and the newest steps in the order in which they happened, as far as the meter needs them."""
    newest = (column[-_METERED:] for column in (added.seq, added.step, added.time, added.loss, added.images_per_s))
    steps = [
        Step(
            seq=int(seq), time=time, attempt=1, step=int(step),
            loss=None if isnan(loss) else loss, lr=0, images_per_s=images_per_s,
        )
        for seq, step, time, loss, images_per_s in zip(*newest, strict=True)
    ]  # fmt: skip
    return sorted([*events, *steps], key=lambda event: event.seq)
