"""Steps at real size on a CUDA card: the trainer's beside the textbook's, time and memory, eager and compiled.

    python dev.py bench gpu                         all cases within 8 minutes, a table last
    python dev.py bench gpu --cases sdxl b1         only those whose name has all these words
    python dev.py bench gpu --skip compiled         without those whose name has any of these words
    python dev.py bench gpu --recipe                the whole trainer on tiny bases: what breaks on CUDA
    python dev.py bench gpu --tiny --device cpu     the same code at toy size, to try it

Weights are random and made on the card; nothing is downloaded. `BENCH_GPU_SECONDS`, `BENCH_GPU_CASES` and
`BENCH_GPU_SKIP` stand for `--seconds`, `--cases` and `--skip`. Without a card it says so and measures nothing.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from loraferry_agent.engine.device import Device, choose
from loraferry_agent.engine.memory.card import like_a_card
from loraferry_agent.engine.memory.counting import LiveBytes
from loraferry_agent.engine.memory.oracle import measured
from tests.bench.loops.bases import SIZES, TINY, Size, modules, pictures, unet
from tests.bench.loops.ours import TARGETS, Ours
from tests.bench.loops.textbook import Textbook

GIB = 2**30
RANK = 32
BATCHES = {"sd15": (1, 8), "sdxl": (1, 4)}
PICTURES = 16
WARM, MEASURED = 3, 12
MATRIX = 8192
COLUMNS = ("case", "s/step", "steps/s", "× textbook", "peak GiB", "predicted", "÷ textbook", "floor s", "of floor")
_SECONDS = 450.0


@dataclass(frozen=True)
class Case:
    """One loop over one base."""

    base: str
    batch: int
    checkpointing: bool
    loop: str
    """`textbook`, `ours`, or ours with more switched on."""

    @property
    def setting(self) -> tuple[str, int, bool]:
        """What two loops must share to be compared."""
        return self.base, self.batch, self.checkpointing

    def __str__(self) -> str:
        return f"{self.base} b{self.batch}{' ckpt' if self.checkpointing else ''} {self.loop}"


@dataclass(frozen=True)
class Measured:
    """What one case took."""

    seconds: float
    """Of one step, the median of three blocks."""
    peak: int
    """Bytes."""
    first: float
    """Seconds of the first step, where anything is compiled."""


def cases() -> Iterator[Case]:
    """Those worth most first: a budget may end before the last."""
    small = {base: batches[0] for base, batches in BATCHES.items()}
    large = {base: batches[1] for base, batches in BATCHES.items()}
    for sizes, checkpointing in ((small, False), (large, False), (small, True), (large, True)):
        for base, batch in sizes.items():
            for loop in ("textbook", "ours", "ours compiled"):
                if not (checkpointing and loop == "ours compiled" and sizes is large):
                    yield Case(base, batch, checkpointing, loop)


def measure(case: Case, size: Size, device: Device, steps: int) -> Measured:
    """Build the loop, warm it up, time it. Raises whatever goes wrong in it."""
    _clean(device)
    with tempfile.TemporaryDirectory() as folder:
        loop = _built(case, size, device, Path(folder))
        with closing(loop):
            first = _timed(loop.step, 1, device)
            if case.loop == "ours compiled" and not loop.update.blocks.working:
                raise RuntimeError((Path(folder) / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1])
            _timed(loop.step, WARM, device)
            blocks = sorted(_timed(loop.step, max(1, steps // 3), device) for _ in range(3))
        peak = torch.cuda.max_memory_allocated() if device.torch.type == "cuda" else 0
        del loop
    _clean(device)
    return Measured(blocks[1], peak, first)


def _built(case: Case, size: Size, device: Device, folder: Path) -> Any:
    made, captions = pictures(size, PICTURES)
    shared: dict[str, Any] = {
        "rank": RANK,
        "batch": case.batch,
        "pictures": made,
        "captions": captions,
        "checkpointing": case.checkpointing,
    }
    model = unet(size, device.torch, device.dtype)
    if case.loop == "textbook":
        return Textbook(model, modules(size, TARGETS), device=device.torch, dtype=device.dtype, **shared)
    return Ours(
        model, size.family, device=device, log=folder / "events.jsonl", compile=case.loop == "ours compiled", **shared
    )


@contextmanager
def _on_meta(size: Size, batch: int, *, precision: str = "fp32", checkpointing: bool = False) -> Iterator[Ours]:
    """The trainer's loop without content."""
    made, captions = pictures(size, batch)
    device = Device(torch.device("meta"), precision)
    with tempfile.TemporaryDirectory() as folder:
        model = unet(size, device.torch, device.dtype)
        ours = Ours(
            model, size.family, device=device, rank=RANK, batch=batch, pictures=made, captions=captions,
            log=Path(folder) / "events.jsonl", checkpointing=checkpointing,
        )  # fmt: skip
        with closing(ours):
            yield ours


def floor_flops(size: Size, batch: int) -> float:
    """Floating point operations of one step of the trainer: forward, and backward to the adapters alone."""
    side, meta = size.latent, torch.device("meta")
    made, captions = pictures(size, 1)
    one = {**captions[""], **made[0].geometry}
    conditioning = {name: torch.empty((batch, *tensor.shape), device=meta) for name, tensor in one.items()}
    noisy = torch.empty((batch, 4, side, side), device=meta)
    timesteps = torch.empty((batch,), dtype=torch.int64, device=meta)
    with _on_meta(size, batch) as ours, FlopCounterMode(display=False) as counter:
        ours.denoiser.predict(noisy, timesteps, conditioning).square().mean().backward()
    return counter.get_total_flops()


@cache
def flops_per_second(device: torch.device) -> float:
    """What the card reaches in one large bf16 matrix product, the best of ten."""
    side = MATRIX if device.type == "cuda" else 256
    a, b = (torch.randn((side, side), device=device, dtype=torch.bfloat16) for _ in range(2))
    wrapped = Device(device, "bf16")
    times = [_timed(lambda: torch.mm(a, b), 1, wrapped) for _ in range(10)]
    return 2 * side**3 / min(times)


def predicted(case: Case, size: Size) -> float | None:
    """What the oracle says of the trainer's step, eager, in bytes; None of another's."""
    if case.loop == "textbook":
        return None
    with (
        like_a_card(),
        LiveBytes("meta") as count,
        _on_meta(size, case.batch, precision="bf16", checkpointing=case.checkpointing) as ours,
    ):
        batch = ours.next()
        ours.update(batch, 1e-4)  # the optimizer makes its states
        count.restart()
        return measured(count, ours.update, batch, ours.adapter.parameters).peak


def _timed(call: Callable[[], Any], times: int, device: Device) -> float:
    """Seconds of one call."""
    _synchronise(device)
    start = time.perf_counter()
    for _ in range(times):
        call()
    _synchronise(device)
    return (time.perf_counter() - start) / times


def _synchronise(device: Device) -> None:
    if device.torch.type == "cuda":
        torch.cuda.synchronize()


def _clean(device: Device) -> None:
    torch.compiler.reset()
    gc.collect()
    if device.torch.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def run(wanted: list[Case], sizes: dict[str, Size], device: Device, seconds: float, steps: int) -> dict[str, float]:
    """Measure until the time is over, tell each as it comes, and print the table."""
    began = time.monotonic()
    results: dict[Case, Measured | str] = {}
    for case in wanted:
        spent = time.monotonic() - began
        if spent > seconds:
            results[case] = "no time left"
            continue
        try:
            results[case] = measure(case, sizes[case.base], device, steps)
        except Exception as error:  # one case that fails must not lose the others
            traceback.print_exc(limit=-6, file=sys.stdout)
            results[case] = (str(error).strip().splitlines() or [type(error).__name__])[0][:90]
        print(f"[{time.monotonic() - began:5.0f} s] {case}: {_told(results[case])}", flush=True)
    return table(results, sizes, device)


def _told(result: Measured | str) -> str:
    if isinstance(result, str):
        return f"FAILED: {result}"
    return f"{result.seconds:.4f} s/step, {result.peak / GIB:.2f} GiB, first step {result.first:.1f} s"


def table(results: dict[Case, Measured | str], sizes: dict[str, Size], device: Device) -> dict[str, float]:
    """Print it; returns the figures by name."""
    figures: dict[str, float] = {}
    rows = [COLUMNS]
    for case, result in results.items():
        if isinstance(result, str):
            rows.append((str(case), result, *[""] * 7))
            continue
        name = str(case).replace(" ", "_")
        beside = results.get(Case(*case.setting, "textbook"))
        faster = beside.seconds / result.seconds if isinstance(beside, Measured) else None
        leaner = result.peak / beside.peak if isinstance(beside, Measured) and beside.peak else None
        guess = predicted(case, sizes[case.base])
        floor = floor_flops(sizes[case.base], case.batch) / flops_per_second(device.torch)
        figures[f"{name}_s"] = round(result.seconds, 5)
        figures[f"{name}_gib"] = round(result.peak / GIB, 3)
        rows.append((
            str(case), f"{result.seconds:.4f}", f"{1 / result.seconds:.2f}", _number(faster),
            f"{result.peak / GIB:.2f}", _number(guess and guess / GIB), _number(leaner), f"{floor:.4f}",
            f"{floor / result.seconds:.0%}",
        ))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    print()
    for row in rows:
        if len(row) > 1 and not row[-1]:
            print(row[0].ljust(widths[0]), row[1])
        else:
            print(
                row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
            )
    print(
        f"{device.name}, torch {torch.__version__}, {flops_per_second(device.torch) / 1e12:.0f} TFLOP/s in one product"
    )
    return figures


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def fits(name: str, words: list[str], without: list[str]) -> bool:
    """Whether a case is wanted."""
    return set(words) <= set(name.split()) and not set(without) & set(name.split())


def main(arguments: list[str]) -> int:
    """See this file's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="*", default=os.environ.get("BENCH_GPU_CASES", "").split())
    parser.add_argument("--skip", nargs="*", default=os.environ.get("BENCH_GPU_SKIP", "").split())
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("BENCH_GPU_SECONDS", _SECONDS)))
    parser.add_argument("--steps", type=int, default=MEASURED)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="bases of a few thousand weights")
    parser.add_argument("--recipe", action="store_true", help="the whole trainer instead")
    chosen = parser.parse_args(arguments)
    if chosen.device == "cuda" and not torch.cuda.is_available():
        print("No CUDA card here: nothing measured.")
        print(json.dumps({}))
        return 0
    if chosen.recipe:
        from tests.bench.loops.recipes import run_all

        return run_all(chosen.device, chosen.seconds, chosen.cases)
    device = choose("bf16") if chosen.device == "cuda" else Device(torch.device("cpu"), "bf16")
    wanted = [case for case in cases() if fits(str(case), chosen.cases, chosen.skip)]
    figures = run(wanted, TINY if chosen.tiny else SIZES, device, chosen.seconds, chosen.steps)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
