"""What steps, caching and samples take on a card: traced without one, beside the table that ships.

python -m tests.bench.memory          the figures, and the table against traces that it was not fitted to
python -m tests.bench.memory --fit    trace the grid and write the table anew (half an hour on two cores)
"""

import argparse
import json
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork, Network, TargetGroup
from loraferry_core.config.optimizers import Adafactor, AdamW, AdamW8bit, Lion, Prodigy, ScheduleFreeAdamW
from loraferry_core.families import FAMILIES
from loraferry_core.memory import fitted, table
from loraferry_core.memory.layers import parameters_of

GIB = 2**30
KINDS = ("lora", "dora", "loha", "lokr")
OPTIMIZERS = {kind().kind: kind() for kind in (AdamW, AdamW8bit, Lion, Adafactor, Prodigy, ScheduleFreeAdamW)}
A, F, P, C = "attention", "feed_forward", "projection", "convolution"
Groups = tuple[TargetGroup, ...]


@dataclass(frozen=True)
class Case:
    """One configuration. `share` is that of the family's native resolution."""

    family: str
    kind: str
    checkpointing: bool
    groups: Groups
    rank: int
    batch: int
    share: float
    optimizer: str = "adamw"
    ema: float = 0.0

    @property
    def config(self) -> TrainConfig:
        """The plan of this case."""
        values: dict[str, Any] = {
            "base.family": self.family,
            "dataset.resolution": int(FAMILIES[self.family].native_resolution * self.share) // 64 * 64,
            "network": self.network,
            "optimizer": OPTIMIZERS[self.optimizer],
            "loop.batch": self.batch,
            "loop.gradient_checkpointing": self.checkpointing,
            "loop.ema": self.ema,
        }
        config = TrainConfig()
        for path, value in values.items():
            config = replace_at(config, path, value)
        return config

    @property
    def network(self) -> Network:
        """Its adapters."""
        shared: dict[str, Any] = {"rank": self.rank, "targets": self.groups, "conv_rank": max(1, self.rank // 4)}
        if self.kind == "loha":
            return LohaNetwork(**shared)
        if self.kind == "lokr":
            return LokrNetwork(**shared)
        return LoraNetwork(dora=self.kind == "dora", **shared)


GRID: tuple[tuple[Groups, int, int, float], ...] = (
    ((A, F), 16, 1, 1), ((A, F), 64, 1, 1), ((A, F), 16, 4, 1), ((A, F), 128, 1, 0.5), ((A,), 32, 2, 1),
    ((A, P), 16, 1, 1), ((A, F, P), 32, 2, 1), ((A, C), 16, 2, 1), ((A, F, P, C), 32, 1, 1), ((A, F, P, C), 8, 3, 0.75),
    ((A, F), 32, 8, 1), ((A,), 8, 1, 0.75), ((A, F, P), 64, 1, 0.5),
)  # fmt: skip
"""What the table is fitted to: groups, rank, batch, share of the native resolution."""
HELD_OUT: tuple[tuple[Groups, int, int, float], ...] = (
    ((A, F), 24, 3, 0.75), ((A, F, P), 48, 6, 1), ((A,), 64, 1, 1), ((A, F, P, C), 16, 2, 1), ((A, F), 96, 2, 0.75),
)  # fmt: skip
WIDE = 256
"""A rank at which the adapter outweighs what else an optimizer's step takes."""
SIDES = (0.5, 0.75, 1.0, 1.25)
"""Of the native resolution: pictures to which encoding and sampling are fitted."""


def grid() -> list[Case]:
    """All cases that the table is fitted to."""
    return [
        Case(family, kind, checkpointing, *row)
        for family in reversed(FAMILIES)
        for checkpointing in (True, False)
        for kind in KINDS
        for row in (GRID if kind == "lora" else GRID[:-3])
    ]


def held_out() -> list[Case]:
    """One for each coefficient row of the table, and each optimizer; none is in the grid."""
    rows = cycle(HELD_OUT)
    found = [
        Case(family, kind, checkpointing, *next(rows))
        for family in FAMILIES
        for kind in KINDS
        for checkpointing in (False, True)
    ]
    return found + [
        Case("sd1", "lora", True, (A, F), 192, 2, 1, optimizer, ema)
        for optimizer, ema in [*((kind, 0.0) for kind in OPTIMIZERS), ("adamw", 0.999)]
    ]


def traced(case: Case) -> dict[str, int]:
    """The oracle's word on a case's step."""
    oracle, base_of = _oracle()
    config, family = case.config, oracle.FAMILIES[case.family]
    with base_of(case.family) as base:
        size = table.request_of(config).size
        found = oracle.trace_step(config, family, base, size, "bf16")
    return {"resting": found.resting, "passes": found.passes, "applying": found.applying, "peak": found.peak}


def pictures(family: str) -> dict[str, Any]:
    """The oracle's word on all that is no training step."""
    oracle, base_of = _oracle()
    known, native = oracle.FAMILIES[family], FAMILIES[family].native_resolution
    case = Case(family, "lora", False, (A,), 4, 1, 1)
    found: dict[str, Any] = {"encode": [], "denoise": [], "decode": []}
    with base_of(family) as base:
        found["captions"] = oracle.trace_captions(known, base, "bf16")
        found["weights"] = oracle.trace_loading(known, base, "bf16")
        for share in SIDES:
            side = int(native * share) // 64 * 64
            found["encode"].append((side**2, oracle.trace_latents(known, base, (side, side))))
            config = replace_at(case.config, "sampling.size", side)
            resting = found["weights"] + 12 * parameters_of(family, case.network)
            for name, value in zip(
                ("denoise", "decode"), oracle.trace_sample(config, known, base, "bf16"), strict=True
            ):
                found[name].append((side**2, value - resting))
    return found


def _oracle() -> Any:
    import torch
    from diffusers.utils import logging

    from loraferry_agent.engine.memory import oracle

    torch.set_num_threads(1)
    logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    return oracle, oracle.published


def spread(work: Any, jobs: list[Any], processes: int) -> list[Any]:
    """The result of each job, in order."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, jobs))


def fit(processes: int) -> None:
    """Trace the grid and write the table."""
    cases = grid()
    by_optimizer = [Case("sd1", "lora", True, (A, F), WIDE, 1, 0.5, kind) for kind in OPTIMIZERS]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        pending = [pool.submit(pictures, family) for family in FAMILIES]
        steps = list(pool.map(traced, [*by_optimizer, *cases]))
        others = dict(zip(FAMILIES, (each.result() for each in pending), strict=True))
    states = dict(zip(OPTIMIZERS, steps, strict=False))
    write_table(cases, steps[len(by_optimizer) :], others, states)


def write_table(cases: list[Case], steps: list[dict[str, int]], others: dict[str, Any], states: dict[str, Any]) -> None:
    """Fit, and write `loraferry_core/memory/fitted.py`."""
    weights = {family: values["weights"] for family, values in others.items()}
    numbers = parameters_of("sd1", Case("sd1", "lora", True, (A, F), WIDE, 1, 0.5).network)
    optimizer = {
        kind: {
            "state": round((step["resting"] - weights["sd1"]) / numbers - table.SINGLE, 2),
            "step": round((step["applying"] - step["resting"]) / numbers, 2),
        }
        for kind, step in states.items()
    }
    passes: dict[str, Any] = {}
    for family in FAMILIES:
        for kind in KINDS:
            for checkpointing in (False, True):
                chosen = [
                    (case, step)
                    for case, step in zip(cases, steps, strict=True)
                    if (case.family, case.kind, case.checkpointing) == (family, kind, checkpointing)
                ]
                passes.setdefault(family, {}).setdefault(kind, {})[checkpointing] = coefficients(chosen)
    lines = {
        name: {family: line(values[name]) for family, values in others.items()}
        for name in ("encode", "denoise", "decode")
    }
    text = "\n\n".join(
        (
            '"""Written by `python -m tests.bench.memory --fit`: bytes, as `table` reads them."""',
            f"WEIGHTS = {weights!r}\nENCODERS = { {family: values['captions'] for family, values in others.items()}!r}",
            f"OPTIMIZERS = {optimizer!r}\nPICTURES = {lines!r}\nPASSES = {passes!r}\n",
        )
    )
    Path(fitted.__file__).write_text(text, encoding="utf-8")


def coefficients(chosen: list[tuple[Case, dict[str, int]]]) -> dict[str, float]:
    """Those of `table.features`, none negative, with the least relative error of the whole step."""
    rows = [table.features(table.request_of(case.config)) for case, _ in chosen]
    names = list(rows[0])
    matrix = np.array(
        [[row[name] / step["peak"] for name in names] for row, (_, step) in zip(rows, chosen, strict=True)]
    )
    wanted = np.array([(step["passes"] - step["resting"]) / step["peak"] for _, step in chosen])
    found = nonnegative(matrix, wanted)
    return {name: float(f"{value:.6g}") for name, value in zip(names, found, strict=True) if value > 0}


def nonnegative(matrix: Any, wanted: Any) -> Any:
    """Least squares without negative coefficients: the most negative is left out until there is none."""
    scale = np.abs(matrix).max(axis=0)
    scale[scale == 0] = 1
    used = list(range(matrix.shape[1]))
    while True:
        values = np.linalg.lstsq(matrix[:, used] / scale[used], wanted, rcond=None)[0]
        if values.min() >= 0:
            result = np.zeros(matrix.shape[1])
            result[used] = values / scale[used]
            return result
        used.pop(int(values.argmin()))


def line(points: list[tuple[int, int]]) -> tuple[int, float]:
    """The least line that is under no point: fixed bytes, and bytes a pixel."""
    each, fixed = np.polyfit(*zip(*points, strict=True), 1)
    above = max(value - (fixed + each * pixels) for pixels, value in points)
    return round(fixed + above), round(float(each), 3)


def check(processes: int) -> dict[str, float]:
    """The figures of the bench."""
    headline = [
        Case(family, "lora", checkpointing, (A, F, P), 32, 1, 1)
        for family in ("sd1", "sdxl")
        for checkpointing in (False, True)
    ]
    cases = held_out()
    steps = spread(traced, [*headline, *cases], processes)
    errors = {}
    for case, step in zip(cases, steps[len(headline) :], strict=True):
        predicted = table.step_bytes(table.request_of(case.config))
        errors[case] = predicted / step["peak"] - 1
        print(f"{case.family:5}{case.kind:5}{'ckpt' if case.checkpointing else '':5}{case.optimizer:14}r{case.rank:<4}"
              f"b{case.batch:<3}{len(case.groups)} groups {step['peak'] / GIB:7.2f} GiB, table {errors[case]:+.2%}")  # fmt: skip
    named = dict(zip(("sd15_b1_gib", "sd15_b1_ckpt_gib", "sdxl_b1_gib", "sdxl_b1_ckpt_gib"), steps, strict=False))
    return {
        **{name: round(step["peak"] / GIB, 3) for name, step in named.items()},
        "table_error_max": round(max(map(abs, errors.values())), 4),
    }


def main(arguments: list[str]) -> None:
    """Print a table and, as the last line, the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args(arguments)
    if chosen.fit:
        fit(chosen.processes)
    print(json.dumps(check(chosen.processes)))


if __name__ == "__main__":
    main(sys.argv[1:])
