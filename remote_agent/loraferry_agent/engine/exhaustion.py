"""Telling from an error that memory or disk ran out, and how much was missing."""

import errno
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from loraferry_agent.engine.peak import on_card, peak_bytes
from loraferry_agent.jobs.memory import machine_mb, memory_limit_mb
from loraferry_core.config.train import TrainConfig
from loraferry_core.memory.solve import Fitting, solve
from loraferry_core.memory.table import is_known, request_of
from loraferry_core.problems import Problem, problem

K = TypeVar("K")
T = TypeVar("T")
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_WANTED = re.compile(r"tried to allocate ([\d.]+) ?(bytes|[KMGT]iB)", re.IGNORECASE)
_WORDS = (
    "out of memory",
    "can't allocate memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "could not create a memory",
    "could not create a primitive",
)
"""In errors of CUDA, of torch on the processor, of cuBLAS and of oneDNN, which says no more than the last."""


class Torn(Exception):
    """A step failed while it changed the adapter; its cause says why. What is in memory belongs to no step."""


def problem_of(error: BaseException, work: Path) -> Problem | None:
    """The problem behind an error: memory ran out, or the disk that `work` lies on is full. None for anything else."""
    if is_out_of_memory(error):
        return _memory_problem(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return problem("disk_full", path=work, needed_mb=0, free_mb=shutil.disk_usage(work).free // 2**20)
    return None


def is_out_of_memory(error: BaseException) -> bool:
    """torch says so in several types and texts."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _WORDS)


def unless_exhausted(make: Callable[[K], T]) -> Callable[[K], T | None]:
    """The same function, which gives None where memory ran out."""

    def made(key: K) -> T | None:
        try:
            return make(key)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return None

    return made


def with_way_out(found: Problem, config: TrainConfig) -> Problem:
    """The problem, with what would fit: the largest pictures on this card, and the cards for the plan as it is, where the
    table knows the family and agrees that the card is too small."""
    if found.code != "out_of_memory" or not on_card() or not is_known(config.base.family):
        return found
    answer = solve(request_of(config), int(found.params["free_mb"]))
    if isinstance(answer, Fitting):
        return found
    return problem(
        "card_too_small",
        device=found.params["device"],
        needed_mb=max(answer.needed_mb, int(found.params["needed_mb"])),
        had_mb=answer.had_mb,
        side=answer.nearest[0] if answer.nearest else 0,
        cards=", ".join(card.name for card in answer.cards) or "–",
    )


def _memory_problem(error: BaseException) -> Problem:
    """The most that the run has held, with what it asked for at last, and all that it could have had."""
    found = _WANTED.search(str(error))
    wanted = float(found[1]) * _UNITS[found[2]] if found else 0.0
    needed = round((peak_bytes() + wanted) / 2**20)
    if not on_card():
        return problem("out_of_memory", device="cpu", needed_mb=needed, free_mb=memory_limit_mb() or machine_mb())
    free, held = torch.cuda.mem_get_info()[0], torch.cuda.memory_reserved()
    return problem(
        "out_of_memory", device=torch.cuda.get_device_name(), needed_mb=needed, free_mb=(free + held) // 2**20
    )
