"""Leaving a step out on the device, as torch's fused optimizers do: what all optimizers here share."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter


class Skipping(torch.optim.Optimizer):
    """Before `step`, `found_inf` (one number on the device, 0 or 1) says whether the step is to be left out."""

    def __init__(self, parameters: list[Parameter], defaults: dict[str, Any]) -> None:
        self.found_inf: Tensor | None = None
        super().__init__(parameters, defaults)

    def due(self) -> Iterator[tuple[dict[str, Any], list[Parameter], list[Tensor], Tensor]]:
        """For each group its settings, the parameters that have a gradient, these gradients without numbers out of range,
        and 1 where the step is made or 0 where it is left out."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if not parameters:
                continue
            gradients = [p.grad for p in parameters if p.grad is not None]
            made = torch.ones((), device=parameters[0].device)
            if self.found_inf is not None:
                made = 1 - self.found_inf.to(parameters[0].device).reshape(())
                for gradient in gradients:
                    # 0 × NaN is NaN, so the numbers themselves have to go.
                    gradient.nan_to_num_(0, 0, 0)
            yield group, parameters, gradients, made

    def states(self, parameters: list[Parameter], name: str) -> list[Tensor]:
        """The state `name` of each parameter, zero at first."""
        for parameter in parameters:
            if name not in self.state[parameter]:
                self.state[parameter][name] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        return [self.state[parameter][name] for parameter in parameters]

    def number(self, parameters: list[Parameter], name: str, first: float) -> Tensor:
        """A number that all parameters of a group share, kept with the first of them."""
        state = self.state[parameters[0]]
        if name not in state:
            state[name] = torch.full((), first, dtype=torch.float64, device=parameters[0].device)
        number: Tensor = state[name]
        return number

    def take(self, state: dict[int, dict[str, Tensor]]) -> None:
        """Go on with a state by index of the parameter. torch's own way would round it to the parameters' type.

        Raises ValueError when it is of other parameters.
        """
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        if not state.keys() <= set(range(len(parameters))):
            raise ValueError(f"a state of {len(state)} parameters for {len(parameters)}")
        for index, values in state.items():
            device = parameters[index].device
            self.state[parameters[index]] = {name: tensor.clone().to(device) for name, tensor in values.items()}
