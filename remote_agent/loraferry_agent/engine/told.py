"""What a run's log says already of the state that it goes on from: a death may have come between a file and the word of
it, and nothing shall be told twice or never."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loraferry_agent.layout import FROM_NEWER
from loraferry_core.events import EVENT, AttemptStarted, CheckpointSaved, Event, Logged, SampleMade, Validated
from loraferry_core.problems import problem

_KINDS = tuple(
    f'"type":"{kind.model_fields["type"].default}"'.encode()
    for kind in (AttemptStarted, SampleMade, Validated, CheckpointSaved, Logged)
)


@dataclass
class Told:
    """What was told of one step."""

    saved: bool = False
    """Its checkpoint, or that the run was taken here with it."""
    validated: bool = False
    samples: set[int] = field(default_factory=set)
    """Which of its test pictures."""


def told_of(log: Path, step: int) -> Told:
    """Read a whole log. What came before an attempt that went on from an earlier step was dropped with it.

    Raises OSError.
    """
    told = Told()
    for event in _events(log):
        if isinstance(event, AttemptStarted):
            told = told if event.resume_step >= step else Told()
        elif isinstance(event, Logged):
            told.saved |= event.problem == problem("job_restored", step=step)
        elif isinstance(event, CheckpointSaved):
            told.saved |= event.step == step
        elif isinstance(event, Validated):
            told.validated |= event.step == step
        elif isinstance(event, SampleMade) and event.step == step:
            told.samples.add(event.index)
    return told


def _events(log: Path) -> Iterator[Event]:
    """Those that may say something; most lines of a log are steps."""
    with log.open("rb") as file:
        for line in file:
            if any(kind in line for kind in _KINDS):
                try:
                    yield EVENT.validate_json(line, extra=FROM_NEWER)
                except ValueError:
                    continue  # damaged; the log's own readers say so
