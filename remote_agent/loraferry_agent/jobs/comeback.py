"""Which deaths of a trainer are followed by another attempt one rung up, from the last checkpoint. Pure."""

import signal
from dataclasses import dataclass

from loraferry_agent.jobs.diagnosis import SHELL, Exit, Missing, Outcome, signals_of_ranks
from loraferry_agent.jobs.ladder import Adaptation, climb_after_death
from loraferry_agent.jobs.progress import Progress
from loraferry_core.config.loop import Loop
from loraferry_core.events import Rung
from loraferry_core.jobs import JobState

OF_MEMORY = frozenset({"trainer_oom_killed", "out_of_memory"})
UNEXPLAINED = frozenset({"trainer_killed", "trainer_crashed"})


@dataclass(frozen=True)
class Comeback:
    """The rung that the next attempt begins on."""

    rung: Rung
    adaptation: Adaptation


def comeback(
    end: Exit | Missing, outcome: Outcome, progress: Progress, tail: str, adaptation: Adaptation, loop: Loop
) -> Comeback | None:
    """What follows the end of an attempt; None where that was no death for want of memory, or where nothing is left to
    give up. The trainer's own word that it failed stands: it has climbed as far as there was to climb."""
    if outcome.state is not JobState.FAILED or outcome.announced or outcome.problem is None:
        return None
    code = outcome.problem.code
    if not isinstance(end, Exit) or not (code in OF_MEMORY or (code in UNEXPLAINED and _aborted(end, tail))):
        return None
    found = climb_after_death(adaptation, progress.phase, loop.batch, loop.gradient_checkpointing)
    return Comeback(*found) if found is not None else None


def _aborted(end: Exit, tail: str) -> bool:
    """Whether the trainer, or one of several, ended itself. Libraries do so when they are refused memory."""
    return signal.SIGABRT in (end.signal, end.code - SHELL, *signals_of_ranks(tail))
