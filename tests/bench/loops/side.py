"""One loop in a process of its own, which makes steps when told to: `python -m tests.bench.loops.side WHICH MODEL`.

So two loops can take turns, block by block, and each has a peak of memory of its own.
"""

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from diffusers import UNet2DConditionModel

from loraferry_agent.engine.device import Device
from loraferry_resources import toy_base_path
from tests.bench.loops import bases
from tests.bench.loops.ours import Ours
from tests.bench.loops.textbook import Textbook, Uncached

WARM = 2
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Setting:
    """What all loops have in common."""

    size: bases.Size
    precision: str
    batch: int
    rank: int
    projections: bool

    @property
    def device(self) -> Device:
        """The processor in this precision."""
        return Device(torch.device("cpu"), self.precision)


def setting(model: str) -> Setting:
    """`toy`: the shipped base as the demo trains it; `sd15`: Stable Diffusion 1.5 at 256 pixels."""
    if model == "toy":
        unet = dict(UNet2DConditionModel.load_config(toy_base_path() / "unet"))
        size = bases.Size("sd1", unet, unet["sample_size"] * 8, tokens=bases.tokens_of(toy_base_path()))
        return Setting(size, "fp32", 8, 8, projections=False)
    return Setting(replace(bases.SIZES["sd15"], pixels=256), "bf16", 2, 32, projections=True)


def loop_of(which: str, model: str, folder: Path) -> Any:
    """Build one of `ours`, `textbook` and `uncached`."""
    chosen = setting(model)
    device, size = chosen.device, chosen.size
    pictures, captions = bases.pictures(size, 8 * chosen.batch)
    targets: Any = ("attention", "feed_forward", *(("projection",) if chosen.projections else ()))
    shared: dict[str, Any] = {
        "rank": chosen.rank,
        "batch": chosen.batch,
        "pictures": pictures,
        "captions": captions,
    }
    if which == "ours":
        unet = bases.unet(size, device.torch, device.dtype)
        return Ours(unet, size.family, device=device, log=folder / "events.jsonl", targets=targets, **shared)
    modules = bases.modules(size, targets)
    unet = bases.unet(size, device.torch, device.dtype)
    if which == "textbook":
        return Textbook(unet, modules, device=device.torch, dtype=device.dtype, **shared)
    encoders = bases.encoders(toy_base_path() if model == "toy" else None, device.torch, device.dtype)
    return Uncached(unet, modules, encoders, size, device=device.torch, dtype=device.dtype, **shared)


def serve(which: str, model: str) -> None:
    """Warm up, then for each line `n` make so many steps and tell seconds a step and the peak of memory in bytes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        loop = stack.enter_context(closing(loop_of(which, model, folder)))
        for _ in range(WARM):
            loop.step()
        print("ready", flush=True)
        for line in sys.stdin:
            start = time.perf_counter()
            for _ in range(int(line)):
                loop.step()
            print((time.perf_counter() - start) / int(line), _peak(), flush=True)


def _peak() -> int:
    """The most memory that the process ever held, in bytes; 0 where the system does not tell."""
    if not _STATUS.exists():
        return 0
    line = next(line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


class Side:
    """Such a process, seen from outside."""

    def __init__(self, which: str, model: str) -> None:
        command = [sys.executable, "-m", "tests.bench.loops.side", which, model]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.seconds: list[float] = []
        self.peak = 0
        self._line("ready")

    def steps(self, count: int) -> None:
        """Make so many steps, and note how long they took."""
        assert self._process.stdin
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        seconds, peak = self._line().split()
        self.seconds.append(float(seconds))
        self.peak = int(peak)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _line(self, *wanted: str) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline().strip()
        if not line or (wanted and line not in wanted):
            raise RuntimeError(f"the loop said {line!r}")
        return line


@dataclass(frozen=True)
class Beside:
    """Ours beside another: how many times as fast, and how much of its memory."""

    seconds: float
    other_seconds: float
    faster: float
    """The median over the rounds of the other's time divided by ours, so that a busy minute harms both alike."""
    memory: float


def race(model: str, other: str, rounds: int, steps: int) -> Beside:
    """Have both take turns, and each be the first in every other round."""
    with closing(Side("ours", model)) as ours, closing(Side(other, model)) as theirs:
        for number in range(rounds):
            for side in (ours, theirs) if number % 2 else (theirs, ours):
                side.steps(steps)
        ratios = [theirs_s / ours_s for ours_s, theirs_s in zip(ours.seconds, theirs.seconds, strict=True)]
        memory = ours.peak / theirs.peak if theirs.peak else 0.0
        return Beside(median(ours.seconds), median(theirs.seconds), median(ratios), memory)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
