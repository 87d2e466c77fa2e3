"""Telling from an error that memory or disk ran out, and how much was missing."""

import errno
import re
import shutil
from pathlib import Path

import torch

from loraferry_core.problems import Problem, problem

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_WANTED = re.compile(r"tried to allocate ([\d.]+) ?(bytes|[KMGT]iB)", re.IGNORECASE)


def problem_of(error: BaseException, work: Path) -> Problem | None:
    """The problem behind an error: memory ran out, or the disk that `work` lies on is full. None for anything else."""
    if _is_out_of_memory(error):
        return _memory_problem(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return problem("disk_full", path=work, needed_mb=0, free_mb=shutil.disk_usage(work).free // 2**20)
    return None


def _is_out_of_memory(error: BaseException) -> bool:
    """torch says so in one type and several texts."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def _memory_problem(error: BaseException) -> Problem:
    """What was asked for and what is free on the device; 0 where that is not known."""
    wanted = _WANTED.search(str(error))
    needed = float(wanted[1]) * _UNITS[wanted[2]] if wanted else 0.0
    on_card = torch.cuda.is_available()
    free = torch.cuda.mem_get_info()[0] if on_card else 0
    device = torch.cuda.get_device_name() if on_card else "cpu"
    return problem("out_of_memory", device=device, needed_mb=round(needed / 2**20), free_mb=free // 2**20)
