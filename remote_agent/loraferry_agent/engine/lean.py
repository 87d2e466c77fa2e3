"""The forward pass of a LoRA without what peft's wrapper does at each call, and without its copies in single precision.

Under autocast the factors are cast to the precision of the calculation; the input is not cast to theirs. On SDXL that
is a quarter of a step's memory.
"""

from types import MethodType
from typing import Any

import torch
import torch.nn.functional as F
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn


def make_lean(layer: Any, name: str) -> None:
    """Give a LoRA layer of peft, linear or convolution, the lean forward pass for its adapter `name`."""
    assert isinstance(layer, LoraLayer)
    forward = _convolution if isinstance(layer.get_base_layer(), nn.Conv2d) else _linear
    # Not as attributes: torch would take them for further modules of the layer.
    layer.__dict__.update(down=layer.lora_A[name], up=layer.lora_B[name], strength=layer.scaling[name])
    layer.forward = MethodType(forward, layer)


def _linear(self: Any, x: Tensor) -> Tensor:
    """x · W + strength · (x · down) · up, the last product and the sum in one operation."""
    base = self.get_base_layer()
    flat = x.flatten(0, -2)
    plain = F.linear(flat, base.weight, base.bias)
    inner = F.linear(flat, self.down.weight)
    return torch.addmm(plain, inner, self.up.weight.t(), alpha=self.strength).view(*x.shape[:-1], -1)


def _convolution(self: Any, x: Tensor) -> Tensor:
    inner = self.down(x)
    return self.get_base_layer()(x).add(self.up(inner), alpha=self.strength)
