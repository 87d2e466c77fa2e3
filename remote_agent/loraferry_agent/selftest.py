"""Tries whether this interpreter can train: imports everything the engine needs and learns one small step.

Prints one JSON line with what it used; whatever fails ends it with the library's own words and status 1.
"""

import importlib
import json
import sys

NEEDED = ("pydantic", "numpy", "PIL", "safetensors.torch", "torch", "transformers", "diffusers", "peft", "accelerate")


def main() -> None:
    """Import, then multiply and differentiate on the graphics card, or the processor where there is none."""
    for name in NEEDED:
        importlib.import_module(name)
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    left = torch.full((64, 64), 0.5, device=device, requires_grad=True)
    (left @ left).sum().backward()
    gradient = left.grad
    if gradient is None or float(gradient.sum()) != 64.0 * 64.0 * 64.0:
        raise SystemExit(f"{device} computes wrongly")
    found = {"torch": torch.__version__, "device": device, "cuda": torch.version.cuda or ""}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
