"""The forward passes of adapters without what peft's wrappers do at each call, and without its copies in single precision.

The factors are cast to the precision of the calculation; the input is not cast to theirs. On SDXL that is a quarter of
a step's memory. Autocast is not used: on a graphics card it would calculate every norm in single precision and keep that.
"""

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
import torch.nn.functional as F
from peft.tuners.lora import LoraLayer
from peft.tuners.lycoris_utils import LycorisLayer
from torch import Tensor, nn


def make_lean(layer: Any, name: str) -> None:
    """Give a layer of peft, linear or convolution, the lean forward pass for its adapter `name`, which is fresh."""
    if isinstance(layer, LycorisLayer):
        _bind(layer, _product, adapter=name)
        return
    assert isinstance(layer, LoraLayer)
    factors = {"down": layer.lora_A[name], "up": layer.lora_B[name], "strength": layer.scaling[name]}
    if name not in layer.lora_magnitude_vector:
        convolution = isinstance(layer.get_base_layer(), nn.Conv2d)
        _bind(layer, _convolution if convolution else _linear, **factors)
        return
    magnitude = layer.lora_magnitude_vector[name].weight
    squares = layer.get_base_layer().weight.detach().flatten(1).float().square().sum(1)
    # peft measures the weight in its own precision; then the fresh adapter would change the output.
    magnitude.data = squares.sqrt().view_as(magnitude)
    _bind(layer, _sized, **factors, magnitude=magnitude, squares=squares)


def _bind(layer: Any, forward: Callable[..., Tensor], **what: Any) -> None:
    # Not as attributes: torch would take them for further modules of the layer.
    layer.__dict__.update(what)
    layer.forward = MethodType(forward, layer)


def _linear(self: Any, x: Tensor) -> Tensor:
    """x · W + strength · (x · down) · up, the last product and the sum in one operation."""
    base = self.get_base_layer()
    flat = x.flatten(0, -2)
    plain = F.linear(flat, base.weight, base.bias)
    inner = F.linear(flat, self.down.weight.to(x.dtype))
    return torch.addmm(plain, inner, self.up.weight.to(x.dtype).t(), alpha=self.strength).view(*x.shape[:-1], -1)


def _convolution(self: Any, x: Tensor) -> Tensor:
    return self.get_base_layer()(x).add(_through(self, x), alpha=self.strength)


def _through(self: Any, x: Tensor) -> Tensor:
    """(x · down) · up."""
    inner = _applied(self.down, self.down.weight.to(x.dtype), x)
    return _applied(self.up, self.up.weight.to(x.dtype), inner)


def _product(self: Any, x: Tensor) -> Tensor:
    """LoHa and LoKr: their ΔW has the full size and acts like a weight of its own."""
    base = self.get_base_layer()
    return base(x) + _applied(base, self.get_delta_weight(self.adapter).to(x.dtype), x)


def _applied(layer: nn.Module, weight: Tensor, x: Tensor) -> Tensor:
    """What the layer would give with another weight and without bias."""
    if not isinstance(layer, nn.Conv2d):
        return F.linear(x, weight)
    return F.conv2d(x, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)


def _sized(self: Any, x: Tensor) -> Tensor:
    """DoRA: m · (W + ΔW) / |W + ΔW|, the norm of each output taken as constant (Liu et al. 2024, arXiv 2402.09353)."""
    base = self.get_base_layer()
    whole = base(x)
    plain = whole if base.bias is None else whole - _along(base.bias, whole)
    ratio = self.magnitude.flatten() / _norms(self)
    # The change of size, not the size: close to 1 half precision has no small steps.
    bigger, stronger = (_along(vector, whole) for vector in (ratio - 1, ratio * self.strength))
    return whole + bigger * plain + stronger * _through(self, x)


def _along(vector: Tensor, outputs: Tensor) -> Tensor:
    """One number an output, in the precision and along the dimension of the outputs."""
    vector = vector.to(outputs.dtype)
    return vector.view(-1, 1, 1) if outputs.dim() == 4 else vector


@torch.no_grad()
def _norms(self: Any) -> Tensor:
    """|W + ΔW| of each output in single precision, without making ΔW: |W|² + 2 W·ΔW + |ΔW|² with ΔW = strength · B A."""
    weight = self.get_base_layer().weight.flatten(1)
    down, up = self.down.weight.flatten(1), self.up.weight.flatten(1)
    crossed = (weight @ down.t().to(weight.dtype)).float().mul(up).sum(1)
    changed = (up @ (down @ down.t())).mul(up).sum(1)
    squares = self.squares + 2 * self.strength * crossed + self.strength**2 * changed
    return squares.clamp_min(0).sqrt()
