"""Why an attempt ended."""

from dataclasses import replace

import pytest

from loraferry_agent.jobs.diagnosis import Exit, Missing, Outcome, Scene, diagnose, why
from loraferry_agent.jobs.progress import Progress, Terminal
from loraferry_agent.jobs.reserve import FILES
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


SCENE = Scene("the tail", 2048, "/work", free_mb=500, free_inodes=500)


def found(
    end: Exit | Missing,
    last: Terminal | None = None,
    stopping: bool = False,
    forced: bool = False,
    pausing: bool = False,
    scene: Scene = SCENE,
) -> Outcome:
    return diagnose(end, Progress(terminal=last), scene, stopping, forced, pausing)


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


def test_a_stop_that_was_to_pause_pauses_unless_the_run_was_done() -> None:
    assert found(Exit(0, 0), STOPPED, stopping=True, pausing=True) == Outcome(JobState.PAUSED, announced=True)
    assert found(Exit(0, 9), stopping=True, forced=True, pausing=True) == Outcome(JobState.PAUSED)
    assert found(Exit(0, 0), FINISHED, stopping=True, pausing=True).state is JobState.FINISHED
    assert found(Exit(1, 0), FAILED, stopping=True, pausing=True).state is JobState.FAILED


TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 3, in <module>
    value = loss_is_nan("No space left on device, CUDA out of memory")
{}"""
CUDA = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 1 has a total capacity of 23.69 GiB "
    "of which 1.25 GiB is free. Including non-PyTorch memory, this process has 22.40 GiB memory in use."
)
OLD_CUDA = (
    "RuntimeError: CUDA out of memory. Tried to allocate 512.00 MiB (GPU 0; 15.75 GiB total capacity; 14.51 GiB already "
    "allocated; 96.00 MiB free; 14.52 GiB reserved in total by PyTorch)"
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (CUDA, problem("out_of_memory", device="GPU 1", needed_mb=2560, free_mb=1280)),
        (OLD_CUDA, problem("out_of_memory", device="GPU 0", needed_mb=512, free_mb=96)),
        ("RuntimeError: CUDA error: out of memory", problem("out_of_memory", device="GPU", needed_mb=0, free_mb=0)),
        (
            "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes",
            problem("out_of_memory", device="cpu", needed_mb=0, free_mb=0),
        ),
        ("OSError: [Errno 28] No space left on device", problem("disk_full", path="/work", needed_mb=0, free_mb=500)),
        ("OSError: [Errno 122] Disk quota exceeded", problem("disk_full", path="/work", needed_mb=0, free_mb=500)),
        (
            "RuntimeError: Function 'MulBackward0' returned nan values in its 0th output.",
            problem("loss_not_finite", step=7),
        ),
    ],
)
def test_last_words_tell_deaths_apart(words: str, expected: object) -> None:
    tail = "earlier: No space left on device\n" + TRACEBACK.format(words)
    assert why(Exit(1, 0), replace(SCENE, tail=tail), step=7) == expected


def test_words_of_the_past_and_of_the_code_are_no_last_words() -> None:
    caught = "Traceback (most recent call last):\nOSError: No space left on device\n(caught)\n"
    text = caught + TRACEBACK.format("KeyError: 1")
    assert why(Exit(1, 0), replace(SCENE, tail=text), 0).code == "trainer_crashed"
    assert why(Exit(0, 0), replace(SCENE, tail="CUDA out of memory"), 0).code == "trainer_crashed"


def test_an_abort_for_want_of_memory_on_the_card() -> None:
    tail = "terminate called after throwing an instance of 'c10::OutOfMemoryError'\n  what():  CUDA out of memory."
    assert why(Exit(0, 6), replace(SCENE, tail=tail), 0).code == "out_of_memory"


FULL = [
    replace(SCENE, tail="", free_mb=0),
    replace(SCENE, tail="", free_inodes=0),
    replace(SCENE, tail="", free_mb=1),  # only what the reserve has given
    replace(SCENE, tail="", free_inodes=FILES),
]


@pytest.mark.parametrize("scene", FULL)
def test_where_the_disk_has_no_room_even_for_last_words(scene: Scene) -> None:
    full = problem("disk_full", path="/work", needed_mb=0, free_mb=scene.free_mb)
    assert why(Exit(1, 0), scene, 0) == full
    # It had spoken before, but there was no room to say why it ends.
    assert why(Exit(1, 0), replace(scene, tail="loading the base\n"), 0) == full
    # Writing to a mapped file that has no room ends in SIGBUS.
    assert why(Exit(0, 7), replace(scene, tail="step 3"), 0) == full
    assert found(Missing.RUNNER_GONE, scene=scene).problem == full


@pytest.mark.parametrize("scene", FULL)
def test_a_full_disk_does_not_explain_everything(scene: Scene) -> None:
    assert why(Exit(0, 9, oom_kills=1), scene, 0).code == "trainer_oom_killed"
    spoke = replace(scene, tail=TRACEBACK.format("KeyError: 1"))
    assert why(Exit(1, 0), spoke, 0).code == "trainer_crashed"
    assert why(Exit(0, 11), spoke, 0).code == "trainer_killed"
    assert why(Exit(137, 0), replace(scene, tail="Killed\n"), 0).code == "trainer_crashed"


TORCHRUN = """E1124 api.py:1002] failed (exitcode: {code}) local_rank: 1 (pid: 78) of binary: python
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
    return launch_agent(
           ^^^^^^^^^^^^^
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
loraferry_agent.train FAILED
  rank      : 1 (local_rank: 1)
  exitcode  : {code} (pid: 78)
"""


def test_the_last_words_of_one_of_several_are_not_those_of_their_launcher() -> None:
    cause = "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory"
    own = f'Traceback (most recent call last):\n  File "x.py", line 3\n{cause}\nanother process of this run has ended\n'
    assert why(Exit(1, 0), replace(SCENE, tail=own + TORCHRUN.format(code=1)), 0).code == "out_of_memory"
    killed = replace(SCENE, tail="step\n" + TORCHRUN.format(code=-9))
    assert why(Exit(1, 0), killed, 0).code == "trainer_crashed"
    assert why(Exit(1, 0, oom_kills=1), killed, 0).code == "trainer_oom_killed"
    full = replace(killed, free_mb=0)
    assert why(Exit(1, 0), full, 0).code == "disk_full"
