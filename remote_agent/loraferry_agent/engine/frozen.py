"""Keeping the frozen weights where they take less of the card: as 8-bit numbers, or in main memory until they are used.

A weight is made whole at each use, and whoever calculates with it gets a plain tensor. Together with gradient
checkpointing only those of one block are whole at a time.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

_WEIGHT = "weight"
_LEVELS = 127


class Kept(nn.Module):
    """How one weight is kept, and made whole."""

    def __init__(self, weight: Tensor, device: torch.device, *, offload: bool, quantise: bool) -> None:
        super().__init__()
        self._offload = offload
        self._place = torch.device("cpu") if offload else device
        self._pin = offload and device.type == "cuda"
        self._device = device
        self._dtype = weight.dtype
        self._quantise = quantise

    def is_so(self, *, offload: bool, quantise: bool) -> bool:
        """Whether a weight is kept like this already. To do it again would round it again."""
        return (self._offload, self._quantise) == (offload, quantise)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, ...]:
        """What is kept of a weight: itself, or whole numbers and one scale for each of its rows (symmetric and linear, so
        that an error is at most half of 1/127 of the row's largest)."""
        if not self._quantise:
            return (self._put(weight),)  # a tensor alone may not change its place
        scale = weight.float().abs().amax(dim=tuple(range(1, weight.ndim)), keepdim=True).clamp(min=1e-12) / _LEVELS
        return self._put((weight.float() / scale).round().to(torch.int8)), self._put(scale.to(self._dtype))

    def forward(self, kept: Tensor, scale: Tensor | None = None) -> Tensor:
        """The weight where it is calculated with."""
        here = kept.to(self._device, non_blocking=True)
        if scale is None:
            return here
        return here.to(self._dtype) * scale.to(self._device, non_blocking=True)

    def _put(self, tensor: Tensor) -> Tensor:
        there = tensor.to(self._place)
        return there.pin_memory() if self._pin and not there.is_pinned() else there


@torch.no_grad()
def keep(model: nn.Module, device: torch.device, *, offload: bool, quantise: bool) -> None:
    """Keep the frozen matrices and kernels of a model in this way from now on; all else goes to the device."""
    for module in [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)]:
        if module.weight.requires_grad:
            continue
        if parametrize.is_parametrized(module, _WEIGHT):
            if module.parametrizations[_WEIGHT][0].is_so(offload=offload, quantise=quantise):
                continue
            parametrize.remove_parametrizations(module, _WEIGHT, leave_parametrized=True)
        kept = Kept(module.weight, device, offload=offload, quantise=quantise)
        parametrize.register_parametrization(module, _WEIGHT, kept, unsafe=True)
    lists = [module for module in model.modules() if isinstance(module, parametrize.ParametrizationList)]
    # What replaces a replaced weight comes as buffers: torch makes parameters of parameters only.
    kept_tensors = {id(tensor) for each in lists for tensor in (*each.parameters(), *each.buffers())}
    for tensor in (*model.parameters(), *model.buffers()):
        if id(tensor) not in kept_tensors:
            tensor.data = tensor.data.to(device)
