"""How far a run is: its phase, rate and remaining time, from events alone."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

from loraferry_core.events import AttemptStarted, Event, Phase, PhaseChanged, Step

_WINDOW = 20


@dataclass(frozen=True)
class Progress:
    """What the window and the terminal show of a running job. Seconds; rates are steps a second."""

    phase: Phase | Literal[""] = ""
    done: int = 0
    total: int = 0
    step: int = 0
    total_steps: int = 0
    loss: float | None = None
    steps_per_s: float = 0.0
    images_per_s: float = 0.0
    device: str = ""

    @property
    def remaining_s(self) -> float | None:
        """Seconds of training left at the present rate, or None before the rate is known."""
        if not self.steps_per_s or not self.total_steps:
            return None
        return (self.total_steps - self.step) / self.steps_per_s


class ProgressMeter:
    """Folds events into a `Progress`; the rate is the mean over the last steps."""

    def __init__(self) -> None:
        self.now = Progress()
        self._recent: deque[tuple[int, float]] = deque(maxlen=_WINDOW)

    def add(self, event: Event) -> Progress:
        """The progress after one more event."""
        if isinstance(event, AttemptStarted):
            self._recent.clear()
            self.now = Progress(step=event.resume_step, total_steps=event.total_steps, device=event.device)
        elif isinstance(event, PhaseChanged):
            if event.phase != self.now.phase:
                self._recent.clear()
            self.now = replace(self.now, phase=event.phase, done=event.done, total=event.total)
        elif isinstance(event, Step):
            self._recent.append((event.step, event.time))
            self.now = replace(
                self.now,
                phase="train",
                step=event.step,
                loss=event.loss if event.loss is not None else self.now.loss,
                steps_per_s=self._rate(),
                images_per_s=event.images_per_s,
            )
        return self.now

    def _rate(self) -> float:
        (first_step, first_time), (last_step, last_time) = self._recent[0], self._recent[-1]
        return (last_step - first_step) / (last_time - first_time) if last_time > first_time else 0.0
