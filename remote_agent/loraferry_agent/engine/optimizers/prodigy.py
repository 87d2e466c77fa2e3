"""Prodigy (Mishchenko and Defazio 2023, arXiv 2306.06101, algorithm 4): finds its learning rate by itself."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.engine.optimizers.skipping import Skipping


class Prodigy(Skipping):
    """AdamW whose rate is `lr` times an estimate d of the distance to the solution: one for each group of
    parameters, as text encoders are not as far from theirs as the denoiser."""

    def __init__(
        self,
        parameters: list[Parameter],
        lr: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
        d0: float,
        d_coef: float,
        bias_correction: bool,
        safeguard_warmup: bool,
    ) -> None:
        settings = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "d0": d0, "d_coef": d_coef,
            "bias_correction": bias_correction, "safeguard_warmup": safeguard_warmup,
        }  # fmt: skip
        super().__init__(parameters, settings)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One step. All numbers that depend on the gradient stay on the device."""
        for group, parameters, gradients, made in self.due():
            self._start(parameters)
            d = self.number(parameters, "d", group["d0"])
            rate = d * group["lr"] * self._correction(group, parameters, made)
            self._estimate(group, parameters, gradients, made, rate)
            self._move(group, parameters, made, rate.float())

    def _start(self, parameters: list[Parameter]) -> None:
        """Remember where the weights began."""
        for parameter in parameters:
            self.state[parameter].setdefault("start", parameter.detach().clone())

    def _correction(self, group: dict[str, Any], parameters: list[Parameter], made: Tensor) -> Tensor:
        """Adam's bias correction as one factor; counts the step."""
        steps = self.number(parameters, "step", 0.0)
        steps += made
        if not group["bias_correction"]:
            return torch.ones_like(steps)
        beta1, beta2 = group["betas"]
        # The first step to be left out has no number yet; what it would be multiplied with is zero.
        return (1 - beta2**steps).sqrt() / (1 - beta1**steps).clamp(min=1e-12)

    def _estimate(
        self, group: dict[str, Any], parameters: list[Parameter], gradients: list[Tensor], made: Tensor, rate: Tensor
    ) -> None:
        """The running means of the gradient, and a better d."""
        beta1, beta2 = group["betas"]
        beta3 = beta2**0.5
        d = self.number(parameters, "d", group["d0"])
        numerator = self.number(parameters, "numerator", 0.0)
        starts = [self.state[parameter]["start"] for parameter in parameters]
        ways = torch._foreach_sub(starts, parameters)
        torch._foreach_mul_(ways, gradients)
        progress = torch.stack([way.sum() for way in ways]).sum() * (d / group["d0"] * rate)

        means, squares, sums = (self.states(parameters, name) for name in ("mean", "square", "sum"))
        _blend(means, gradients, 1 - beta1, d, made)
        _blend(squares, torch._foreach_mul(gradients, gradients), 1 - beta2, d * d, made)
        weight = d / group["d0"] * (d if group["safeguard_warmup"] else rate)
        torch._foreach_mul_(sums, (1 - made * (1 - beta3)).float())
        torch._foreach_add_(sums, torch._foreach_mul(gradients, (made * weight).float()))

        denominator = torch.stack(torch._foreach_norm(sums, 1)).sum().double()
        grown = beta3 * numerator + progress
        estimate = group["d_coef"] * grown / denominator
        usable = (denominator > 0) & (made > 0) & (group["lr"] > 0)
        numerator.copy_(torch.where(usable, grown, numerator))
        d.copy_(torch.where(usable, torch.maximum(d, estimate), d))

    def _move(self, group: dict[str, Any], parameters: list[Parameter], made: Tensor, rate: Tensor) -> None:
        means, squares = (self.states(parameters, name) for name in ("mean", "square"))
        d = self.number(parameters, "d", group["d0"])
        roots = torch._foreach_sqrt(squares)
        # By its name: as the second argument it would be taken for a number, and waited for.
        torch._foreach_add_(roots, other=(d * group["eps"]).float())
        moves = torch._foreach_div(means, roots)
        torch._foreach_mul_(moves, made * rate)
        torch._foreach_mul_(parameters, 1 - made * rate * group["weight_decay"])
        torch._foreach_sub_(parameters, moves)


def _blend(
    kept: list[Tensor], new: list[Tensor] | tuple[Tensor, ...], share: float, scale: Tensor, made: Tensor
) -> None:
    """kept ← (1 − share) · kept + share · scale · new, or nothing where the step is left out."""
    torch._foreach_mul_(kept, 1 - made * share)
    torch._foreach_add_(kept, torch._foreach_mul(list(new), (made * share * scale).float()))
