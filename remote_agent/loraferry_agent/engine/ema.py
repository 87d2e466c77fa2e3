"""The running mean of the adapter, which is what is sampled, measured and saved where the plan asks for one."""

import torch
from torch import Tensor

from loraferry_agent.engine import optim


class Ema:
    """An exponential mean of the weights after each step, on their device.

    Early steps keep less, (1 + n) / (10 + n) of n steps, so that the mean does not drag the start along (as
    TensorFlow's ExponentialMovingAverage and diffusers' EMAModel do). It follows from the step's number, so there is no
    other state than the mean.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, decay: float) -> None:
        self.means = [parameter.detach().clone() for parameter in optim.parameters_of(optimizer)]
        self._optimizer = optimizer
        self._decay = decay

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Take in what `step` (0 is the first) has made of the weights; of those that the optimizer averages, the mean."""
        kept = min(self._decay, (1 + step) / (10 + step))
        now = optim.averages_of(self._optimizer) or list(optim.parameters_of(self._optimizer))
        torch._foreach_lerp_(self.means, now, 1 - kept)

    def state(self) -> dict[str, Tensor]:
        """The means by the parameter's index, on the processor."""
        return {str(index): mean.detach().cpu().clone() for index, mean in enumerate(self.means)}

    @torch.no_grad()
    def fill(self, state: dict[str, Tensor]) -> None:
        """Take the means from `state`. Raises KeyError when one is missing."""
        for index, mean in enumerate(self.means):
            mean.copy_(state[str(index)])
