"""What the events of a job say about its latest attempt."""

from dataclasses import dataclass
from pathlib import Path

from loraferry_agent.jobs.event_log import EventTail
from loraferry_core.events import TERMINAL, Event, Failed, Finished, PhaseChanged, Step, Stopped

Terminal = Finished | Stopped | Failed


@dataclass(frozen=True)
class Progress:
    """How far a job is. `training` and `terminal` are about the attempt whose events come after `after_seq`."""

    after_seq: int = 0
    last_seq: int = 0
    last_step: int = 0
    training: bool = False
    terminal: Terminal | None = None
    attempt: int = 0
    """Of the last event."""
    phase: str = ""
    """The latest that began in this attempt."""

    def after(self, event: Event) -> "Progress":
        """The progress once `event` has happened."""
        step, training, terminal, phase = self.last_step, self.training, self.terminal, self.phase
        if isinstance(event, Step):
            step = event.step
        if event.seq > self.after_seq:
            training = (
                training or isinstance(event, Step) or (isinstance(event, PhaseChanged) and event.phase == "train")
            )
            terminal = event if isinstance(event, TERMINAL) else terminal
            phase = event.phase if isinstance(event, PhaseChanged) else phase
        return Progress(self.after_seq, event.seq, step, training, terminal, event.attempt, phase)


NOTHING_YET = Progress()


class ProgressReader:
    """Follows the events of one attempt."""

    def __init__(self, path: Path, after_seq: int) -> None:
        self._tail = EventTail(path)
        self._progress = Progress(after_seq)

    def read(self) -> Progress:
        """The progress as of now. Raises OSError."""
        while events := self._tail.new():
            for event in events:
                self._progress = self._progress.after(event)
        return self._progress
