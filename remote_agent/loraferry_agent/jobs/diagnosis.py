"""Why an attempt ended: decided from what was found, without looking anywhere."""

import re
import signal
from dataclasses import dataclass
from enum import Enum

from loraferry_agent.jobs.progress import Progress
from loraferry_agent.jobs.reserve import FILE_BYTES, FILES
from loraferry_core.events import Finished, Stopped
from loraferry_core.jobs import JobState
from loraferry_core.problems import Problem, problem

SIGBUS = 7
SIGKILL = 9
SHELL = 128
"""How a shell, and some launchers, report a child that was ended by a signal: this much more than its number."""
UNITS = {"bytes": 1.0, "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40}
DISK_FULL = re.compile(r"no space left on device|\[errno 28\]|disk quota exceeded|\[errno 122\]", re.IGNORECASE)
CARD_FULL = re.compile(
    r"cuda out of memory|hip out of memory|cuda error: out of memory|CUBLAS_STATUS_ALLOC_FAILED|outofmemoryerror",
    re.IGNORECASE,
)
MEMORY_FULL = re.compile(r"can't allocate memory|^MemoryError\b|std::bad_alloc", re.MULTILINE)
NOT_FINITE = re.compile(r"(?<!\w)nan(?!\w)|floatingpointerror|non-?finite|not finite", re.IGNORECASE)
AMOUNT = r"([\d.]+) ?(bytes|[KMGT]iB)"
WANTED = re.compile(rf"tried to allocate {AMOUNT}", re.IGNORECASE)
FREE = re.compile(rf"of which {AMOUNT} is free|; {AMOUNT} free;", re.IGNORECASE)
CARD = re.compile(r"\bGPU (\d+)\b")
LAST_WORDS = ("Traceback (most recent call last)", "terminate called")
"""What a process says right before it dies begins with one of these."""
CODE = ("    ", '  File "')
LAUNCHER = re.compile(
    r"^Traceback \(most recent call last\):\n(?: .*\n)*torch\.distributed\..*ChildFailedError", re.MULTILINE
)
"""What torchrun says when one of its processes has died: nothing of why, and after that one's own last words."""
RANK = re.compile(r"exitcode\s*: ?(-\d+)")
"""How torchrun tells which signal, as a negative number, one of its processes died of."""
KEPT_MB = 2 * FILES * FILE_BYTES // 2**20
KEPT_FILES = 2 * (FILES + 1)
"""What the reserve gives, with its folder, where home and work folder lie on the same disk."""
LAST_LINES = 5
"""Or it is in the last few lines."""


@dataclass(frozen=True)
class Exit:
    """How the training process ended: its exit code, or the signal. `oom_kills` happened during the attempt."""

    code: int
    signal: int
    oom_kills: int = 0


class Missing(Enum):
    """Why there is no `Exit`."""

    RUNNER_GONE = "runner_gone"
    HOST_RESTARTED = "host_restarted"


@dataclass(frozen=True)
class Scene:
    """What else was found where an attempt ended: the end of its log, the memory limit (0 for none), and the disk of the
    work folder with its free space and inodes (-1 where they are not counted)."""

    tail: str = ""
    limit_mb: int = 0
    disk: str = ""
    free_mb: int = -1
    free_inodes: int = -1

    @property
    def is_full(self) -> bool:
        """Whether nothing could be written there. What was kept for that case, and is let go then, is no room."""
        return 0 <= self.free_mb <= KEPT_MB or 0 <= self.free_inodes <= KEPT_FILES


@dataclass(frozen=True)
class Outcome:
    """Where the job goes, and the problem that takes it there. `announced`: its events say so already."""

    state: JobState
    problem: Problem | None = None
    announced: bool = False


def diagnose(
    end: Exit | Missing, progress: Progress, scene: Scene, stopping: bool, forced: bool, pausing: bool = False
) -> Outcome:
    """The outcome of an attempt.

    `stopping`: a stop was asked for, `pausing`: so that the job can be resumed; `forced`: the processes were then
    signalled. The trainer's own last word counts most; it knows its reason better than an exit code does.
    """
    last = progress.terminal
    stopped = JobState.PAUSED if pausing else JobState.STOPPED
    if isinstance(last, Finished):
        return Outcome(JobState.FINISHED, announced=True)
    if isinstance(last, Stopped):
        return Outcome(stopped, announced=True)
    if last is not None:
        state = JobState.LOST if last.problem.code == "host_restarted" else JobState.FAILED
        return Outcome(state, last.problem, announced=True)
    if end is Missing.HOST_RESTARTED:
        return Outcome(JobState.LOST, problem("host_restarted"))
    if isinstance(end, Missing):
        if forced:
            return Outcome(stopped)
        return Outcome(JobState.FAILED, _disk_full(scene) if scene.is_full else problem("runner_lost"))
    if forced or (stopping and end.code == 0 and end.signal == 0):
        return Outcome(stopped)
    return Outcome(JobState.FAILED, why(end, scene, progress.last_step))


def why(end: Exit, scene: Scene, step: int) -> Problem:
    """The problem of a training process that ended without a word to us.

    Told apart by what the kernel counted, then by the process's own last words, then by the state of the disk.
    """
    number = end.signal or (end.code - SHELL if end.code > SHELL else 0)
    said = LAUNCHER.split(scene.tail)[0]
    words = last_words(said)
    if end.oom_kills > 0 and SIGKILL in (number, *signals_of_ranks(scene.tail)):
        return problem("trainer_oom_killed", limit_mb=scene.limit_mb, tail=scene.tail)
    failed = end.signal != 0 or end.code != 0
    # On a full disk there may be no room for a traceback either.
    speechless = not words or (number == 0 and not any(mark in said for mark in LAST_WORDS))
    full = DISK_FULL.search(words) or (scene.is_full and (speechless or number == SIGBUS))
    if failed and full:
        return _disk_full(scene)
    if failed and CARD_FULL.search(words):
        return _card_full(words)
    if failed and MEMORY_FULL.search(words):
        return problem("out_of_memory", device="cpu", needed_mb=0, free_mb=0)
    if failed and NOT_FINITE.search(words):
        return problem("loss_not_finite", step=step)
    if end.signal:
        return problem("trainer_killed", signal=signal_name(end.signal), tail=scene.tail)
    return problem("trainer_crashed", exit_code=end.code, tail=scene.tail)


def signals_of_ranks(tail: str) -> tuple[int, ...]:
    """The signals that single processes of a trainer with several died of, as the end of the log tells."""
    return tuple(-int(code) for code in RANK.findall(tail))


def last_words(tail: str) -> str:
    """The end of a log from where its process began to die, without the code that a traceback shows."""
    start = max(tail.rfind(words) for words in LAST_WORDS)
    lines = tail[start:].splitlines() if start >= 0 else tail.splitlines()[-LAST_LINES:]
    return "\n".join(line for line in lines if not line.startswith(CODE))


def _disk_full(scene: Scene) -> Problem:
    return problem("disk_full", path=scene.disk, needed_mb=0, free_mb=max(0, scene.free_mb))


def _card_full(words: str) -> Problem:
    card = CARD.search(words)
    device = f"GPU {card[1]}" if card else "GPU"
    return problem("out_of_memory", device=device, needed_mb=_mb(WANTED, words), free_mb=_mb(FREE, words))


def _mb(amount: "re.Pattern[str]", words: str) -> int:
    found = amount.search(words)
    if found is None:
        return 0
    number, unit = (group for group in found.groups() if group is not None)
    return round(float(number.rstrip(".")) * UNITS[unit.lower()] / 2**20)


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; the number itself where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
