"""Which deaths are followed by another attempt one rung up."""

import pytest

from loraferry_agent.jobs.comeback import comeback
from loraferry_agent.jobs.diagnosis import Exit, Missing, Scene, diagnose, signals_of_ranks
from loraferry_agent.jobs.ladder import PLANNED, Adaptation
from loraferry_agent.jobs.progress import Progress
from loraferry_core.config.loop import Loop
from loraferry_core.events import Failed
from loraferry_core.problems import problem

TOP = Adaptation(at_once=1, checkpointing=True, quantise=True)
KERNEL = Exit(0, 9, oom_kills=1)
TRACE = """Traceback (most recent call last):
  File "/x.py", line 1, in <module>
RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes."""
RANKS = """E1124 12:00:00 api.py:1003] failed (exitcode: {code}) local_rank: 1 (pid: 77) of binary: /usr/bin/python
  rank      : 1 (local_rank: 1)
  exitcode  : {code} (pid: 77)
"""


def rung(
    end: Exit | Missing, tail: str = "", phase: str = "train", given: Adaptation = PLANNED, free: int = 500
) -> str:
    """The rung that follows; nothing where the job has failed."""
    progress = Progress(phase=phase)
    outcome = diagnose(end, progress, Scene(tail, 2048, "/work", free_mb=free), stopping=False, forced=False)
    found = comeback(end, outcome, progress, tail, given, Loop(batch=4))
    return found.rung if found else ""


@pytest.mark.parametrize(
    ("end", "tail"),
    [
        (KERNEL, ""),
        (Exit(137, 0, oom_kills=1), ""),
        (Exit(0, 6), "terminate called after throwing an instance of 'std::bad_alloc'"),
        (Exit(0, 6), ""),
        (Exit(134, 0), "corrupted double-linked list"),
        (Exit(1, 0), TRACE),
        (Exit(1, 0, oom_kills=1), RANKS.format(code=-9)),
        (Exit(1, 0), RANKS.format(code=-6)),
    ],
)
def test_deaths_for_want_of_memory(end: Exit, tail: str) -> None:
    assert rung(end, tail) == "split_batch"
    assert rung(end, tail, given=TOP) == ""
    assert rung(end, tail, phase="prepare") == ""


@pytest.mark.parametrize(
    ("end", "tail"),
    [
        (Exit(0, 9), ""),
        (Exit(1, 0), "ValueError"),
        (Exit(0, 11), ""),
        (Exit(0, 15), ""),
        (Exit(1, 0), RANKS.format(code=-9)),
        (Exit(1, 0), RANKS.format(code=1)),
        (Missing.RUNNER_GONE, ""),
        (Missing.HOST_RESTARTED, ""),
    ],
)
def test_other_ends(end: Exit | Missing, tail: str) -> None:
    assert rung(end, tail) == ""


def test_a_full_disk_is_no_want_of_memory() -> None:
    assert rung(Exit(0, 6), "OSError: [Errno 28] No space left on device", free=0) == ""


def test_the_trainers_own_word_stands() -> None:
    """It has climbed as far as there was to climb."""
    last = Failed(seq=1, time=1.0, attempt=1, problem=problem("out_of_memory", device="x", needed_mb=2, free_mb=1))
    progress = Progress(phase="train", terminal=last)
    outcome = diagnose(KERNEL, progress, Scene(), stopping=False, forced=False)
    assert comeback(KERNEL, outcome, progress, "", PLANNED, Loop(batch=4)) is None


def test_which_signals_ended_single_ranks() -> None:
    assert signals_of_ranks(RANKS.format(code=-9)) == (9, 9)
    assert signals_of_ranks(RANKS.format(code=1)) == ()
