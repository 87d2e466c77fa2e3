"""How rank, rate, steps and regularisation act on the toy: `bench quality` over a list of plans and several seeds.

    python -m tests.bench.sweep ROWS.json [SEEDS [WORKERS]]

ROWS.json is a list of objects of dotted settings, each changed from the plan of the demo. One line of JSON a run is
printed as it ends, then a table of means and, in brackets, the worst.
"""

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from threading import Lock
from typing import Any

from loraferry.ferry.demo import demo_config
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from tests.bench.quality import Bench, Quality, train

SAMPLES = 100


def plan(row: dict[str, Any], seed: int) -> TrainConfig:
    """The demo's plan with a row's settings, without test pictures on the way."""
    config = demo_config()
    for path, value in {"sampling.every": 0, "saving.every": 0, "loop.seed": seed, **row}.items():
        config = replace_at(config, path, value)
    return config


def main() -> None:
    """Run all rows and print the table."""
    rows = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    seeds, workers = (int(text) for text in (*sys.argv[2:4], *("2", "1")[len(sys.argv) - 2 :]))
    bench, lock = Bench(SAMPLES), Lock()
    found: dict[int, list[Quality]] = {number: [] for number in range(len(rows))}

    def run(number: int, seed: int) -> None:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            lora = train(plan(rows[number], seed), Path(folder))
            trained = time.monotonic() - began
            with lock:
                quality = bench.measured(lora)
                found[number].append(quality)
                figures = {name: round(value, 3) for name, value in vars(quality).items()}
                print(json.dumps({"row": number, "seed": seed, **figures, "trained_s": round(trained, 1)}), flush=True)

    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(run, number, seed) for seed in range(seeds) for number in range(len(rows))]
        for job in jobs:
            job.result()
    for number, qualities in found.items():
        settings = ", ".join(f"{path}={_short(value)}" for path, value in rows[number].items())
        after, kept = ([getattr(q, name) for q in qualities] for name in ("trigger_after", "prior_kept"))
        print(f"| {settings} | {mean(after):.2f} ({min(after):.2f}) | {mean(kept):.3f} ({min(kept):.3f}) |")


def _short(value: Any) -> str:
    return f"{len(value)} lines" if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
