"""The numbers of each step as they go to the reporter: loss, rate, speed, memory, and steps that were left out."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from loraferry_agent.engine.readback import Readback
from loraferry_agent.engine.reporter import Reporter
from loraferry_core.problems import problem

MAX_IN_A_ROW = 3
"""So many steps in a row whose numbers were not finite, and the run goes back."""
MAX_SEARCHING = 25
"""The same where the loss was finite and only the scaled gradient was not: the scaler begins at 2^16 and halves."""
NAMED = 5
"""Pictures of one step that are named at most."""
MEMORY_INTERVAL = 1.0
_STATM = Path("/proc/self/statm")
_PAGE = 4096


class Diverged(Exception):
    """Too many steps in a row could not be used; the last of them was `step`."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


@dataclass
class Streak:
    """Steps in a row that could not be used, up to the last one."""

    bad: int = 0
    searching: int = 0

    def add(self, *, finite: bool, searching: bool) -> bool:
        """Count one more step; whether that is too much. `searching`: a loss scaler has only not found its scale yet."""
        self.searching = 0 if finite else self.searching + 1
        self.bad = 0 if finite else self.bad + (not searching)
        return self.bad >= MAX_IN_A_ROW or self.searching >= MAX_SEARCHING


class Progress:
    """Reports steps a little after they were made."""

    def __init__(
        self,
        report: Reporter,
        device: torch.device,
        clock: Callable[[], float] = time.monotonic,
        *,
        streak: Streak | None = None,
        scaled: bool = False,
    ) -> None:
        """`scaled`: the loss goes through a scaler. `streak` is what came before."""
        self._report = report
        self._device = device
        self._clock = clock
        self._readback = Readback()
        self._streak = streak or Streak()
        self._scaled = scaled
        self._made: dict[int, tuple[float, int, Sequence[str]]] = {}
        self._last = clock()
        self._memory = 0.0
        self._memory_time = -math.inf

    def made(self, step: int, values: Tensor, *, rate: float, images: int, names: Sequence[str] = ()) -> None:
        """A step (counted from 1) was sent to the device. `values` are its loss, its gradient's norm, and the errors of
        its pictures, which are called `names`. Raises Diverged when too many could not be used."""
        self._made[step] = (rate, images, names)
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
        for step, (loss, norm, *errors) in arrived:
            self._one(step, loss, norm, errors, speed, now)

    def _one(self, step: int, loss: float, norm: float, errors: Sequence[float], speed: float, now: float) -> None:
        rate, _, names = self._made.pop(step)
        finite = math.isfinite(loss) and math.isfinite(norm)
        self._report.step(
            step,
            loss=loss if finite else None,
            lr=rate,
            grad_norm=norm if math.isfinite(norm) else None,
            images_per_s=round(speed, 3),
            memory_mb=self._memory_mb(now),
        )
        if not finite:
            self._report.warn(problem("step_skipped", step=step, names=culprits(names, errors)))
        if self._streak.add(finite=finite, searching=self._scaled and math.isfinite(loss)):
            raise Diverged(step)

    def _memory_mb(self, now: float) -> float:
        if now - self._memory_time >= MEMORY_INTERVAL:
            self._memory_time = now
            self._memory = round(_memory_bytes(self._device) / 2**20, 1)
        return self._memory


def culprits(names: Sequence[str], errors: Sequence[float]) -> str:
    """The pictures whose errors are no numbers; all of the step where each error is one, and only the gradient is not."""
    bad = [name for name, error in zip(names, errors, strict=False) if not math.isfinite(error)] or list(names)
    return ", ".join(dict.fromkeys(bad[:NAMED])) + (" …" if len(bad) > NAMED else "")


def _memory_bytes(device: torch.device) -> int:
    """Peak of the device's memory; on the processor what the process holds now, 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE
    return 0
