"""The blocks that the denoiser repeats as compiled kernels, for the steps alone, where that pays.

Only what repeats is compiled, with fixed shapes: a UNet has a handful of different blocks, and each bucket of pictures
gives them one more shape. Test pictures and validation run the blocks as they are, in shapes of their own.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from loraferry_agent.engine.device import Device
from loraferry_agent.engine.reporter import Reporter
from loraferry_core.config.loop import Loop
from loraferry_core.problems import problem

T = TypeVar("T")
BLOCKS = ("BasicTransformerBlock", "ResnetBlock2D")
PAYS_AFTER = 3000
"""Steps for each shape of latents. Compiling takes a minute or more for each, and saves a part of every step."""
MOST_VERSIONS = 128
"""Of one kind of block: each width, side and batch is one. Beyond that torch would run the rest as it is."""
_DETAIL = 200


def pays(loop: Loop, device: Device, total: int, shapes: int) -> bool:
    """Whether a run of `total` steps on latents of so many shapes is to be compiled. The same for every attempt."""
    if loop.compile != "auto":
        return loop.compile == "on"
    return device.torch.type == "cuda" and find_spec("triton") is not None and total >= PAYS_AFTER * shapes


class CompiledBlocks:
    """Runs steps with the blocks of a model compiled, until that fails once."""

    def __init__(self, model: nn.Module, report: Reporter, caches: Path, backend: str = "inductor") -> None:
        # Read when the first block is compiled; what lies there is found again by the next run.
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(caches / "compiled"))
        torch._dynamo.config.recompile_limit = MOST_VERSIONS
        self._report = report
        self._blocks = [module for module in model.modules() if type(module).__name__ in BLOCKS]
        self._compiled = [torch.compile(block.forward, dynamic=False, backend=backend) for block in self._blocks]

    @property
    def working(self) -> bool:
        """Whether there is something to compile and it has not failed yet."""
        return bool(self._blocks)

    def run(self, step: Callable[[], T]) -> T:
        """What `step` gives. Where compiling fails, a warning says so, and this step and all others run as they are.

        `step` must leave nothing half done when it raises.
        """
        try:
            with self._in_place():
                return step()
        except torch._dynamo.exc.TorchDynamoException as error:
            said = " ".join(str(error).split()) or type(error).__name__
            self._report.warn(problem("compile_failed", detail=said[:_DETAIL]))
        self._blocks, self._compiled = [], []
        torch.compiler.reset()
        return step()

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        before = [block.forward for block in self._blocks]
        try:
            for block, compiled in zip(self._blocks, self._compiled, strict=True):
                block.forward = compiled
            yield
        finally:
            for block, forward in zip(self._blocks, before, strict=True):
                block.forward = forward
