"""What a job has left behind that somebody could miss, picked out of its events without reading each of them."""

from dataclasses import dataclass
from pathlib import Path

from loraferry_core.events import Artifact, CheckpointSaved, Event, Failed, Finished, Stopped, parse_event

MARKS = tuple(f'"type":"{name}"'.encode() for name in ("checkpoint", "finished", "stopped", "failed"))


@dataclass(frozen=True)
class Milestones:
    """`outcome` is the LoRA of the last end that left one, `losses` how often the machine was restarted under the job
    since its newest checkpoint."""

    checkpoint: CheckpointSaved | None = None
    outcome: Artifact | None = None
    losses: int = 0

    def after(self, event: Event) -> "Milestones":
        """The milestones once `event` has happened."""
        if isinstance(event, CheckpointSaved):
            return Milestones(event, self.outcome, 0)
        if isinstance(event, Finished | Stopped) and event.file is not None:
            return Milestones(self.checkpoint, event.file, self.losses)
        if isinstance(event, Failed) and event.problem.code == "host_restarted":
            return Milestones(self.checkpoint, self.outcome, self.losses + 1)
        return self


def read_milestones(path: Path) -> Milestones:
    """The milestones of a job's events; damaged lines are passed over. Raises OSError."""
    found = Milestones()
    if not path.exists():
        return found
    with path.open("rb") as file:
        for line in file:
            if any(mark in line for mark in MARKS):
                try:
                    found = found.after(parse_event(line))
                except ValueError:
                    continue  # torn or damaged; what readers of events see instead is no milestone
    return found
