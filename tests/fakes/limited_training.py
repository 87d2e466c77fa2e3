"""One plan trained twice in this process: with all the room it wants, and under a limit of its address space, or of what
it may take of the card where there is one.

`python -m tests.fakes.limited_training FOLDER` prints a JSON object: what the first run took for its steps, what the
second was left, both in MB, the rungs that it took, whether both finished, and how far their adapters differ at most,
as a share of the largest number in them.
"""

import ctypes
import gc
import json
import re
import resource
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from loraferry_agent import train
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import Adapted, Finished, Phase
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, events, png

SIDE = 256 if torch.cuda.is_available() else 128
PICTURES = 24
STEPS = 2
MIB = 2**20


def address_space(name: str) -> int:
    """Bytes of this process's address space: `VmSize` now, `VmPeak` at most."""
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) * 1024


def in_use() -> int:
    """Bytes in use now: of the card where there is one, else of the address space."""
    if not torch.cuda.is_available():
        return address_space("VmSize")
    torch.cuda.empty_cache()
    return torch.cuda.memory_reserved()


def most_in_use() -> int:
    """The same, at most so far."""
    return torch.cuda.max_memory_reserved() if torch.cuda.is_available() else address_space("VmPeak")


def forbid_more_than(size: int) -> None:
    """From now on there is no more."""
    if torch.cuda.is_available():
        torch.cuda.set_per_process_memory_fraction(size / torch.cuda.get_device_properties(0).total_memory)
    else:
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))


class LimitedReporter(Reporter):
    """Sets the limit when training begins."""

    room = 0
    begun = 0

    def phase(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        super().phase(phase, done, total)
        if phase == "train" and not LimitedReporter.begun:
            # What the run before has left free in the heap is no room that this one has.
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)
            LimitedReporter.begun = in_use()
            if LimitedReporter.room:
                forbid_more_than(LimitedReporter.begun + LimitedReporter.room)


def plan(machine: Machine, base: Path) -> TrainConfig:
    """Two steps of many pictures, so that most memory is what the passes keep."""
    pictures = [(f"{n}.png", png(f"hsl({n * 15}, 80%, 50%)", (SIDE, SIDE)), f"thing {n}") for n in range(PICTURES)]
    return TrainConfig.model_validate(
        {
            "base": {"source": str(base)},
            "dataset": {"manifest": machine.dataset(pictures), "resolution": SIDE},
            "network": {"kind": "lora", "rank": 2, "alpha": 2},
            "optimizer": {"kind": "adamw", "lr": 0.01},
            "schedule": {"kind": "constant"},
            "loop": {"unit": "steps", "steps": STEPS, "batch": PICTURES},
            "sampling": {"every": 0},
            "saving": {"every": STEPS, "dtype": "fp32"},
        }
    )


def trained(machine: Machine, config: TrainConfig) -> JobFolder:
    """A new job, carried out."""
    folder = machine.job(config)
    LimitedReporter.begun = 0
    train.run(folder.path, machine.layout, Stop(folder.stop_request))
    return folder


def adapter(folder: JobFolder) -> dict[str, torch.Tensor]:
    """The factors at the end."""
    return load_file(folder.checkpoints / f"{STEPS:06d}" / "adapter.safetensors")


def main(work: Path) -> None:
    """Train both, compare, tell."""
    import loraferry_agent.engine.reporter as reporter

    reporter.Reporter = LimitedReporter  # type: ignore[misc]
    torch.set_num_threads(1)
    machine = Machine(work / "work")
    config = plan(machine, tiny_base.make(work / "base", levels=2))
    roomy = trained(machine, config)
    taken = most_in_use() - LimitedReporter.begun
    LimitedReporter.room = taken // 3
    limited = trained(machine, config)
    one, other = adapter(roomy), adapter(limited)
    largest = max(float(tensor.abs().max()) for tensor in one.values())
    told = {
        "taken_mb": taken // MIB,
        "left_mb": LimitedReporter.room // MIB,
        "rungs": [event.rung for event in events(limited) if isinstance(event, Adapted)],
        "finished": [isinstance(events(folder)[-1], Finished) for folder in (roomy, limited)],
        "without_limit": [event.rung for event in events(roomy) if isinstance(event, Adapted)],
        "difference": max(float((one[name] - other[name]).abs().max()) for name in one) / largest,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
