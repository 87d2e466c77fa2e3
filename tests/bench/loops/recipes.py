"""The whole trainer on tiny bases of each family, once for every precision, optimizer and adapter: does it run here?"""

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import CheckpointSaved, Failed, Finished, SampleMade, Step
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, events, png, set_attempt

FAMILIES = ("sd1", "sd2", "sdxl")
PRECISIONS = ("bf16", "fp16", "fp32")
OPTIMIZERS = ("adamw", "adamw8bit", "adafactor", "lion", "prodigy", "schedule_free")
NETWORKS: dict[str, dict[str, Any]] = {
    "dora": {"kind": "lora", "rank": 4, "alpha": 4, "dora": True},
    "locon": {
        "kind": "lora",
        "rank": 4,
        "alpha": 4,
        "targets": ("attention", "feed_forward", "projection", "convolution"),
    },
    "loha": {"kind": "loha", "rank": 4, "alpha": 4},
    "lokr": {"kind": "lokr", "rank": 4, "alpha": 4},
}
STEPS, STOP_AT = 6, 3


class StopAfter(Stop):
    """Asks for a stop once so many steps were reported."""

    def __init__(self, folder: JobFolder, steps: int) -> None:
        super().__init__(folder.stop_request)
        self._folder, self._steps = folder, steps

    @property
    def requested(self) -> bool:
        """See `Stop`."""
        return self._folder.events.read_bytes().count(b'"type":"step"') >= self._steps


def trials() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, family and changed settings of each."""
    for family in FAMILIES:
        for precision in PRECISIONS:
            yield f"{family} {precision}", family, {"loop": {"precision": precision}}
        yield f"{family} auto checkpointed", family, {"loop": {"gradient_checkpointing": True}}
    for optimizer in OPTIMIZERS:
        if optimizer == "adamw8bit" and find_spec("bitsandbytes") is None:
            continue
        for precision in ("bf16", "fp16"):
            yield (
                f"sd1 {optimizer} {precision}",
                "sd1",
                {"optimizer": {"kind": optimizer}, "loop": {"precision": precision}},
            )
    for name, network in NETWORKS.items():
        yield f"sd1 {name}", "sd1", {"network": network}
    yield "sd1 split", "sd1", {"loop": {"batch": 2, "accumulation": 2}}


def run_all(device: str, seconds: float, words: list[str]) -> int:
    """Print PASS or FAIL for each; 1 where one failed."""
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    began, failed = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        machine = Machine(folder / "work")
        manifest = machine.dataset([
            (f"{colour}.png", png(colour, size), f"{colour}, round")
            for colour, size in (("red", (64, 64)), ("blue", (64, 64)), ("green", (90, 48)), ("black", (64, 64)))
        ])  # fmt: skip
        bases = {family: tiny_base.make(folder / family, family, levels=2) for family in FAMILIES}
        for name, family, changes in trials():
            if not all(word in name.split() for word in words):
                continue
            if time.monotonic() - began > seconds:
                print(f"----  {name}: no time left")
                continue
            start = time.monotonic()
            told = attempt(machine, plan(bases[family], family, manifest, changes))
            failed += told is not None
            print(f"{'FAIL' if told else 'PASS'}  {name}  {time.monotonic() - start:.1f} s  {told or ''}", flush=True)
    print("all passed" if not failed else f"{failed} failed", f"on {train_device()}")
    return min(failed, 1)


def train_device() -> str:
    """What the trainer runs on here."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def plan(base: Path, family: str, manifest: str, changes: dict[str, Any]) -> TrainConfig:
    """A few steps with a test picture and a checkpoint in the middle."""
    plain: dict[str, Any] = {
        "base": {"source": str(base), "family": family},
        "dataset": {"manifest": manifest, "resolution": 64, "trigger": "zorb", "class_word": "dot", "flip": True},
        "network": {"kind": "lora", "rank": 4, "alpha": 4},
        "optimizer": {"kind": "adamw"},
        "loop": {"unit": "steps", "steps": STEPS, "batch": 2},
        "sampling": {"every": 2, "steps": 2},
        "saving": {"every": 2},
    }
    for group, values in changes.items():
        same = group in ("loop",)
        plain[group] = {**plain[group], **values} if same else values
    return TrainConfig.model_validate(plain)


def attempt(machine: Machine, config: TrainConfig) -> str | None:
    """Train, stop in the middle, go on. None where all went well, else the last line of what went wrong."""
    try:
        folder = machine.job(config)
        train.run(folder.path, machine.layout, StopAfter(folder, STOP_AT))
        set_attempt(folder, 2)
        code = train.run(folder.path, machine.layout, Stop(folder.stop_request))
    except Exception as error:
        traceback.print_exc(limit=-8, file=sys.stdout)
        return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[-1]}"
    return _judged(folder, code)


def _judged(folder: JobFolder, code: int) -> str | None:
    found = events(folder)
    last = found[-1]
    if isinstance(last, Failed):
        return f"{last.problem.code} {last.problem.params}"
    steps = [event.step for event in found if isinstance(event, Step)]
    used = [event for event in found if isinstance(event, Step) and event.loss is not None]
    kinds = {type(event) for event in found}
    if code or not isinstance(last, Finished):
        return f"ended with {code} and {type(last).__name__}"
    if steps != list(range(1, STEPS + 1)):
        return f"steps {steps}"
    if not kinds.issuperset({SampleMade, CheckpointSaved}):
        return "no test picture or no checkpoint"
    return None if len(used) >= STEPS - 1 else f"only {len(used)} steps with a finite loss"
