"""The factors of all LoRAs in the precision of the calculation, cast together once a pass.

Cast where they are used, each of hundreds of thin matrices costs four operations a pass (two there, two for the
gradient), which is much of what a graphics card has to be told in a step on a small batch. Under gradient checkpointing they are
cast where they are used: memory is short there, and the copies of all with their gradients take as much as the
gradients themselves.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn
from torch.nn import Parameter


class Copies:
    """Lends a model's LoRA layers their factors in another precision."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._factors = [factor for layer in model.modules() for factor in _factors_of(layer)]
        self._copies: list[Parameter] = []

    @contextmanager
    def lent(self, dtype: torch.dtype) -> Iterator[None]:
        """Meanwhile the factors are of this type. Afterwards their gradients are added to those of the parameters: for
        one forward pass and its backward pass."""
        parameters = [factor.weight for factor in self._factors]
        if not parameters or dtype is parameters[0].dtype or getattr(self._model, "is_gradient_checkpointing", False):
            yield
            return
        if not self._copies:
            self._copies = [Parameter(torch.empty_like(parameter, dtype=dtype)) for parameter in parameters]
        with torch.no_grad():
            torch._foreach_copy_(self._copies, parameters)
        try:
            self._give(self._copies)
            yield
            self._hand_over(parameters)
        finally:
            self._give(parameters)
            for copy in self._copies:
                copy.grad = None

    def _give(self, weights: Iterable[Parameter]) -> None:
        for factor, weight in zip(self._factors, weights, strict=True):
            factor.weight = weight

    def _hand_over(self, parameters: list[Parameter]) -> None:
        found = [(p, copy.grad) for p, copy in zip(parameters, self._copies, strict=True) if copy.grad is not None]
        new = [torch.empty_like(gradient, dtype=parameter.dtype) for parameter, gradient in found]
        if not found:
            return
        torch._foreach_copy_(new, [gradient for _, gradient in found])
        before: list[Tensor] = []
        more: list[Tensor] = []
        for (parameter, _), gradient in zip(found, new, strict=True):
            if parameter.grad is None:
                parameter.grad = gradient
            else:
                before.append(parameter.grad)
                more.append(gradient)
        if before:
            torch._foreach_add_(before, more)


def _factors_of(layer: nn.Module) -> Iterator[nn.Module]:
    """Down and up of a plain LoRA; DoRA also measures them, which wants their full precision."""
    if isinstance(layer, LoraLayer) and not layer.lora_magnitude_vector:
        yield from layer.lora_A.values()
        yield from layer.lora_B.values()
