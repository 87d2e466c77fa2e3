"""The factors of all LoRAs in the precision of the calculation, cast together once a pass.

Cast where they are used, each of hundreds of thin matrices costs four operations a pass (two there, two for the
gradient), which is most of what a graphics card has to be told in a step on a small batch.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn


class Copies:
    """Lends a model's LoRA layers their factors in another precision."""

    def __init__(self, model: nn.Module) -> None:
        self._factors = [factor for layer in model.modules() for factor in _factors_of(layer)]

    @contextmanager
    def lent(self, dtype: torch.dtype) -> Iterator[None]:
        """Meanwhile the factors are of this type, and their gradients go on to the parameters. For one forward pass and
        its backward pass."""
        parameters = [factor.weight for factor in self._factors]
        if not parameters or dtype is parameters[0].dtype:
            yield
            return
        copies = _Together.apply(dtype, *parameters)
        self._give(copies)
        try:
            yield
        finally:
            self._give(parameters)

    def _give(self, weights: Any) -> None:
        for factor, weight in zip(self._factors, weights, strict=True):
            # Past the module's own door, which lets parameters alone in.
            factor._parameters["weight"] = weight


def _factors_of(layer: nn.Module) -> Iterator[nn.Module]:
    """Down and up of a plain LoRA; DoRA also measures them, which wants their full precision."""
    if isinstance(layer, LoraLayer) and not layer.lora_magnitude_vector:
        yield from layer.lora_A.values()
        yield from layer.lora_B.values()


class _Together(torch.autograd.Function):
    """Cast many tensors in a few operations."""

    @staticmethod
    def forward(ctx: Any, dtype: torch.dtype, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.dtype = tensors[0].dtype
        ctx.set_materialize_grads(False)
        return tuple(_cast(tensors, dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        there = iter(_cast([gradient for gradient in gradients if gradient is not None], ctx.dtype))
        return None, *(None if gradient is None else next(there) for gradient in gradients)


def _cast(tensors: Any, dtype: torch.dtype) -> list[Tensor]:
    made = [torch.empty_like(tensor, dtype=dtype) for tensor in tensors]
    if made:
        torch._foreach_copy_(made, list(tensors))
    return made
