"""What each rung of the ladder saves and costs, at real size on a graphics card: `python tests/bench/ladder.py`.

SDXL at 1024², rank 32, random weights. For each rung the card's peak and the seconds of a step; then the card is left
too little for the batch, and the real errors must lead down to what fits.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from loraferry_agent.engine import frozen
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.exhaustion import is_out_of_memory
from loraferry_agent.engine.ladder import free
from tests.bench.loops.bases import SIZES, pictures, unet
from tests.bench.loops.ours import Ours

BATCH = 4
STEPS = 3
GIB = 2**30
CARD = Device(torch.device("cuda", 0), "bf16") if torch.cuda.is_available() else None


def built(folder: Path, device: Device) -> Ours:
    """A fresh run."""
    size = SIZES["sdxl"]
    made, captions = pictures(size, BATCH)
    model = unet(size, device.torch, torch.bfloat16)
    return Ours(
        model,
        "sdxl",
        device=device,
        rank=32,
        batch=BATCH,
        pictures=made,
        captions=captions,
        log=folder / "events.jsonl",
    )


def measured(run: Ours) -> tuple[float, float]:
    """Peak in GiB and seconds of a step, once it is warm."""
    run.step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    begun = time.perf_counter()
    for _ in range(STEPS):
        run.step()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() / GIB, (time.perf_counter() - begun) / STEPS


def rungs(run: Ours, device: Device) -> list[tuple[str, Callable[[], None]]]:
    """In the ladder's order."""
    model = run.denoiser.model
    return [
        ("as planned", lambda: None),
        ("two at once", lambda: setattr(run.update, "at_once", 2)),
        ("one at once", lambda: setattr(run.update, "at_once", 1)),
        ("checkpointing", model.enable_gradient_checkpointing),
        ("offload", lambda: frozen.keep(model, device.torch, offload=True, quantise=False)),
        ("offload, quantised", lambda: frozen.keep(model, device.torch, offload=True, quantise=True)),
        ("quantised", lambda: frozen.keep(model, device.torch, offload=False, quantise=True)),
    ]


def caught(run: Ours) -> list[int]:
    """Passes tried on a card that has too little for all pictures at once; the last one fits."""
    tried = []
    run.update.at_once = BATCH
    total = torch.cuda.get_device_properties(0).total_memory
    free()
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_allocated() + 12 * GIB) / total)
    while True:
        tried.append(run.update.at_once)
        try:
            run.step()
            torch.cuda.synchronize()
            break
        except RuntimeError as error:
            if not is_out_of_memory(error) or run.update.at_once == 1:
                raise
        free()
        run.update.at_once //= 2
    torch.cuda.set_per_process_memory_fraction(1.0)
    return tried


def main() -> int:
    """Print the table."""
    if CARD is None:
        print("needs a graphics card")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        run = built(Path(folder), CARD)
        print("passes tried under a limit:", caught(run), flush=True)
        run.update.at_once = 0
        for name, take in rungs(run, CARD):
            take()
            free()
            peak, seconds = measured(run)
            print(f"{name:20} {peak:7.2f} GiB {seconds:7.3f} s/step", flush=True)
        run.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
