"""Why an attempt ended."""

import pytest

from loraferry_agent.jobs.diagnosis import Exit, Missing, Outcome, diagnose
from loraferry_agent.jobs.progress import Progress, Terminal
from loraferry_core.events import Artifact, Failed, Finished, Stopped
from loraferry_core.jobs import JobState
from loraferry_core.problems import problem

FILE = Artifact(name="output/a.safetensors", size=1, sha256="0" * 64)
COMMON = {"seq": 5, "time": 1.0, "attempt": 1}
FINISHED = Finished(step=9, file=FILE, **COMMON)
STOPPED = Stopped(step=9, **COMMON)
NAN = problem("loss_not_finite", step=3)
FAILED = Failed(problem=NAN, **COMMON)
LOST = Failed(problem=problem("host_restarted"), **COMMON)


def found(end: Exit | Missing, last: Terminal | None = None, stopping: bool = False, forced: bool = False) -> Outcome:
    return diagnose(end, Progress(terminal=last), stopping, forced, "the tail", 2048)


@pytest.mark.parametrize("end", [Exit(0, 0), Exit(1, 0), Exit(0, 9), *Missing])
def test_the_trainers_last_word_counts_most(end: Exit | Missing) -> None:
    assert found(end, FINISHED) == Outcome(JobState.FINISHED, announced=True)
    assert found(end, STOPPED) == Outcome(JobState.STOPPED, announced=True)
    assert found(end, FAILED) == Outcome(JobState.FAILED, NAN, announced=True)
    assert found(end, LOST).state is JobState.LOST


def test_a_silent_end_is_told_by_exit_code_or_signal() -> None:
    assert found(Exit(3, 0)).problem == problem("trainer_crashed", exit_code=3, tail="the tail")
    assert found(Exit(0, 0)).problem == problem("trainer_crashed", exit_code=0, tail="the tail")
    assert found(Exit(0, 11)).problem == problem("trainer_killed", signal="SIGSEGV", tail="the tail")
    assert found(Exit(0, 99)).problem == problem("trainer_killed", signal="99", tail="the tail")


@pytest.mark.parametrize("end", [Exit(0, 9, oom_kills=1), Exit(137, 0, oom_kills=2)])
def test_the_kernels_memory_killer_is_named_when_it_was_at_work(end: Exit) -> None:
    assert found(end).problem == problem("trainer_oom_killed", limit_mb=2048, tail="the tail")


def test_a_segfault_is_no_memory_kill_even_when_one_happened_elsewhere() -> None:
    assert found(Exit(0, 11, oom_kills=1)).problem == problem("trainer_killed", signal="SIGSEGV", tail="the tail")


def test_a_stop_by_force_is_a_stop_not_a_failure() -> None:
    for end in (Exit(0, 9), Exit(1, 0), Missing.RUNNER_GONE):
        assert found(end, stopping=True, forced=True) == Outcome(JobState.STOPPED)
    assert found(Exit(0, 0), stopping=True) == Outcome(JobState.STOPPED)
    assert found(Exit(1, 0), stopping=True).state is JobState.FAILED


def test_no_exit_at_all() -> None:
    assert found(Missing.RUNNER_GONE) == Outcome(JobState.FAILED, problem("runner_lost"))
    assert found(Missing.HOST_RESTARTED) == Outcome(JobState.LOST, problem("host_restarted"))
