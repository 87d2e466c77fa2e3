"""The numbers of each step as they go to the reporter: loss, rate, speed, memory, and steps that were left out."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from loraferry_agent.engine.readback import Readback
from loraferry_agent.engine.reporter import Reporter
from loraferry_core.problems import fail, problem

MAX_SKIPPED = 25
"""So many steps in a row without a finite loss, and the run can only waste time."""
MEMORY_INTERVAL = 1.0
_STATM = Path("/proc/self/statm")
_PAGE = 4096


class Progress:
    """Reports steps a little after they were made."""

    def __init__(self, report: Reporter, device: torch.device, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._device = device
        self._clock = clock
        self._readback = Readback()
        self._made: dict[int, tuple[float, int]] = {}
        self._last = clock()
        self._skipped = 0
        self._memory = 0.0
        self._memory_time = -math.inf

    def made(self, step: int, values: Tensor, *, rate: float, images: int) -> None:
        """A step (counted from 1) was sent to the device. Raises ProblemError when too many could not be used."""
        self._made[step] = (rate, images)
        self._readback.put(step, values)
        self._tell()

    def flush(self) -> None:
        """Wait for all steps and report them."""
        self._tell(all_of_them=True)

    def paused(self) -> None:
        """Leave out the time since the last step, which went into something else than training."""
        self._last = self._clock()

    def _tell(self, *, all_of_them: bool = False) -> None:
        arrived = list(self._readback.take(all_of_them=all_of_them))
        if not arrived:
            return
        now = self._clock()
        spent, self._last = now - self._last, now
        images = sum(self._made[step][1] for step, _ in arrived)
        speed = images / spent if spent > 0 else 0.0
        for step, (loss, norm) in arrived:
            self._one(step, loss, norm, speed, now)

    def _one(self, step: int, loss: float, norm: float, speed: float, now: float) -> None:
        rate, _ = self._made.pop(step)
        finite = math.isfinite(loss) and math.isfinite(norm)
        self._report.step(
            step,
            loss=loss if finite else None,
            lr=rate,
            grad_norm=norm if math.isfinite(norm) else None,
            images_per_s=round(speed, 3),
            memory_mb=self._memory_mb(now),
        )
        self._skipped = 0 if finite else self._skipped + 1
        if not finite:
            self._report.warn(problem("step_skipped", step=step))
        if self._skipped >= MAX_SKIPPED:
            raise fail("loss_not_finite", step=step)

    def _memory_mb(self, now: float) -> float:
        if now - self._memory_time >= MEMORY_INTERVAL:
            self._memory_time = now
            self._memory = round(_memory_bytes(self._device) / 2**20, 1)
        return self._memory


def _memory_bytes(device: torch.device) -> int:
    """Peak of the device's memory; on the processor what the process holds now, 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE
    return 0
