"""Tries whether this interpreter can train: imports everything the engine needs and learns one small step on each card.
With `--tagger` it tries whether it can tag pictures, for which less is needed.

Prints one JSON line with what it used; whatever fails ends it with the library's own words and status 1.
"""

import importlib
import json
import sys

TAGGER = ("pydantic", "numpy", "PIL", "onnxruntime")
NEEDED = (*TAGGER, "safetensors.torch", "torch", "transformers", "diffusers", "peft", "accelerate")


def main() -> None:
    """Import, then multiply and differentiate on every card that can be seen. Arguments are the cards that the machine
    has: with any, the processor alone is not enough."""
    tagger = sys.argv[1:] == ["--tagger"]
    for name in TAGGER if tagger else NEEDED:
        importlib.import_module(name)
    if tagger:
        return
    import torch

    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if sys.argv[1:] and not cards:
        raise SystemExit(f"torch {torch.__version__} finds no graphics card")
    devices = [f"cuda:{number}" for number in range(cards)] or ["cpu"]
    for device in devices:
        left = torch.full((64, 64), 0.5, device=device, requires_grad=True)
        (left @ left).sum().backward()
        gradient = left.grad
        if gradient is None or float(gradient.sum()) != 64.0 * 64.0 * 64.0:
            raise SystemExit(f"{device} computes wrongly")
    found = {"torch": torch.__version__, "devices": devices, "cuda": torch.version.cuda or ""}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
