"""How rank, rate, steps and regularisation act on the toy: `bench quality` over several plans and seeds.

    python -m tests.bench.sweeps.toy [SEEDS [WORKERS]]

One line of JSON a run is printed as it ends, then a table of means and, in brackets, the worst. The table that was made
so is in RESULTS.md. A run takes some minutes on two processor cores.
"""

import json
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from threading import Lock
from typing import Any

from loraferry.ferry.demo import KNOWN, demo_config
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_resources.toy import shapes
from tests.bench.quality import Bench, Quality, train

SAMPLES = 100
Row = dict[str, Any]


def sentences() -> tuple[str, ...]:
    """A full description for each pair of colour and shape."""
    chance = random.Random(7)
    scenes = [shapes.random_scene(chance, colour, shape) for colour in shapes.COLOURS for shape in shapes.SHAPES]
    chance.shuffle(scenes)
    return tuple(shapes.prompt(scene) for scene in scenes)


def drawn(pictures: int, steps: int, **more: Any) -> Row:
    """With so many regularisation pictures; `__` in a name stands for the dot."""
    named = {name.replace("__", "."): value for name, value in more.items()}
    return {"regularisation.make": pictures, "regularisation.prompts": sentences(), "loop.steps": steps, **named}


ROWS: tuple[Row, ...] = (
    {"regularisation.make": 0, "loop.steps": 300},
    {"regularisation.make": 0, "loop.steps": 300, "optimizer.weight_decay": 0.01},
    {"regularisation.make": 0, "loop.steps": 600},
    *(drawn(pictures, steps) for pictures, steps in ((64, 450), (64, 600), (128, 450), (128, 600), (128, 900))),
    drawn(256, 600),
    *(drawn(128, 600, regularisation__weight=weight) for weight in (0.5, 2.0)),
    *(drawn(128, 600, optimizer__weight_decay=decay) for decay in (0.01, 0.3)),
    *(drawn(128, 600, optimizer__lr=rate) for rate in (1e-3, 2.5e-3)),
    *(drawn(128, 600, network__rank=rank, network__alpha=2 * rank) for rank in (4, 16)),
    drawn(128, 600, loop__ema=0.98),
    drawn(128, 300, loop__batch=16),
    drawn(128, 300, optimizer__lr=3e-3),
    drawn(128, 600, regularisation__prompts=KNOWN),
    drawn(64, 600, regularisation__prompts=(), dataset__class_word="a shape"),
)


def plan(row: Row, seed: int) -> TrainConfig:
    """The demo's plan with a row's settings, without test pictures on the way."""
    config = demo_config()
    settings = {"sampling.every": 0, "saving.every": 0, "loop.precision": "fp32", "loop.seed": seed, **row}
    for path, value in settings.items():
        config = replace_at(config, path, value)
    return config


def main() -> None:
    """Run all rows and print the table."""
    seeds, workers = (int(text) for text in (sys.argv[1:3] + ["2", "1"][len(sys.argv[1:3]) :]))
    bench, lock = Bench(SAMPLES), Lock()
    found: dict[int, list[Quality]] = {number: [] for number in range(len(ROWS))}

    def run(number: int, seed: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            lora = train(plan(ROWS[number], seed), Path(folder))
            with lock:
                quality = bench.measured(lora)
        found[number].append(quality)
        print(json.dumps({"row": number, "seed": seed, **vars(quality)}), flush=True)

    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(run, number, seed) for seed in range(seeds) for number in range(len(ROWS))]
        for job in jobs:
            job.result()
    for row, qualities in zip(ROWS, found.values(), strict=True):
        settings = ", ".join(f"{path} {_short(value)}" for path, value in row.items())
        after, kept = [q.trigger_after for q in qualities], [q.prior_kept for q in qualities]
        print(f"| {settings} | {mean(after):.2f} ({min(after):.2f}) | {mean(kept):.3f} ({min(kept):.3f}) |")


def _short(value: Any) -> str:
    return f"of {len(value)} lines" if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    main()
