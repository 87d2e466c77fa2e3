"""How fast the trainer is: beside the textbook's loop, and on the toy base with the demo's own plan.

    python dev.py bench train           all of it, some minutes
    python dev.py bench train toy       without Stable Diffusion 1.5 at real size

The textbook gets the same cached latents and captions, number format, attention, batch and optimizer; only the loop and
the adapters differ. Both take turns block by block; ratios are medians of the rounds.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from loraferry.ferry.demo import demo_config
from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_agent.engine.update import Update
from loraferry_agent.families.latent_diffusion import UNet
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.events import Finished, Step
from loraferry_resources import sample_dataset_path, toy_base_path
from tests.bench.loops.side import race
from tests.fakes.job_folder import Machine, events

STEPS = 60
WARM = 5
"""Steps at the start that are not counted: the first ones choose their kernels."""


ROUNDS = 7
RACES = {"toy": ("toy", 8), "sd15": ("sd15", 1)}
"""What is trained, and steps in a block."""


def beside_others(model: str) -> dict[str, float]:
    """`<model>_vs_textbook`: times as fast as the textbook's loop; `<model>_memory_vs_textbook`: share of its peak, where
    the system tells it; `<model>_vs_uncached`: times as fast as the loop that encodes anew in every step.
    """
    name, steps = RACES[model]
    textbook, uncached = race(name, "textbook", ROUNDS, steps), race(name, "uncached", 3, steps)
    figures = {
        f"{model}_s": round(textbook.seconds, 4),
        f"{model}_textbook_s": round(textbook.other_seconds, 4),
        f"{model}_vs_textbook": round(textbook.faster, 3),
        f"{model}_vs_uncached": round(uncached.faster, 3),
    }
    return figures | ({f"{model}_memory_vs_textbook": round(textbook.memory, 3)} if textbook.memory else {})


def run(steps: int = STEPS) -> dict[str, float]:
    """`steps_per_s` and `first_step_s` (process start to the first step's event) of the trainer's process;
    `overhead_share`: the part of a step that is neither forward, backward nor optimizer, in this process.
    """
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        config = plan(machine, steps)
        cold, started = machine.job(config), time.time()
        environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
        subprocess.run([sys.executable, "-m", "loraferry_agent.train", str(cold.path)], env=environment, check=True)
        times = step_times(cold)
        return {
            "steps_per_s": round((len(times) - 1 - WARM) / (times[-1] - times[WARM]), 3),
            "overhead_share": round(overhead_share(machine, config), 4),
            "first_step_s": round(times[0] - started, 3),
        }


def plan(machine: Machine, steps: int) -> TrainConfig:
    """The demo's plan for so many steps, without test pictures and checkpoints."""
    pictures = [
        (path.name, path.read_bytes(), path.with_suffix(".txt").read_text(encoding="utf-8").strip())
        for path in sorted(sample_dataset_path().glob("*.png"))
    ]
    changes: dict[str, Any] = {
        "base.source": str(toy_base_path()),
        "dataset.manifest": machine.dataset(pictures),
        "loop.unit": "steps",
        "loop.steps": steps,
        "sampling.every": 0,
        "saving.every": 0,
        "regularisation.make": 0,
    }
    config = demo_config()
    for path, value in changes.items():
        config = replace_at(config, path, value)
    return config


def step_times(folder: JobFolder) -> list[float]:
    """Seconds since 1970 of each step's event. Raises RuntimeError where the run did not finish."""
    found = events(folder)
    if not isinstance(found[-1], Finished):
        raise RuntimeError(str(found[-1]))
    return [event.time for event in found if isinstance(event, Step)]


def overhead_share(machine: Machine, config: TrainConfig) -> float:
    """1 − (time in forward, backward and optimizer) ÷ (time from step to step)."""
    spent = 0.0
    marks: list[tuple[float, float]] = []

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*arguments: Any, **named: Any) -> Any:
            nonlocal spent
            start = time.perf_counter()
            result = call(*arguments, **named)
            spent += time.perf_counter() - start
            return result

        return inner

    update = Update.__call__

    def marked(self: Update, *arguments: Any) -> Any:
        marks.append((time.perf_counter(), spent))
        return update(self, *arguments)

    folder = machine.job(config)
    with ExitStack() as patches:
        for owner, name in ((UNet, "predict"), (torch.Tensor, "backward"), (torch.optim.AdamW, "step")):
            patches.enter_context(patch.object(owner, name, timed(getattr(owner, name))))
        patches.enter_context(patch.object(Update, "__call__", marked))
        train.run(folder.path, machine.layout, Stop(folder.stop_request))
    (start, before), (end, after) = marks[WARM], marks[-1]
    return 1 - (after - before) / (end - start)


def main() -> None:
    """Print a table and, as the last line, the figures as JSON."""
    models = sys.argv[1:] or list(RACES)
    figures = run()
    for model in models:
        figures |= beside_others(model)
    for name, value in figures.items():
        print(f"{name:<28}{value:>10}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
