"""Schedule-free AdamW (Defazio et al. 2024, "The road less scheduled", arXiv 2405.15682)."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.engine.optimizers.skipping import Skipping


class ScheduleFreeAdamW(Skipping):
    """Trains at points y between the fast weights z and their mean x; x is what is sampled and saved.

    The parameters hold y; `averages` gives x.
    """

    def __init__(
        self, parameters: list[Parameter], lr: float, betas: tuple[float, float], eps: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def averages(self) -> list[Tensor]:
        """x = y + (1 − 1/β₁)(z − y) for each parameter, in order; y itself before the first step."""
        found = []
        for group in self.param_groups:
            for y in group["params"]:
                z = self.state[y].get("z")
                found.append(y.detach().clone() if z is None else torch.lerp(y, z, 1 - 1 / group["betas"][0]))
        return found

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One step of z, and of y towards it; means are weighted by the square of the largest rate so far."""
        for group, ys, gradients, made in self.due():
            beta1, beta2 = group["betas"]
            zs = self._fast(ys)
            squares = self.states(ys, "square")
            steps, largest, weights = (self.number(ys, name, 0.0) for name in ("step", "lr_max", "weight_sum"))
            steps += made
            largest.copy_(torch.where(made > 0, largest.clamp(min=group["lr"]), largest))
            weight = largest.square() * made
            weights += weight
            share = torch.where(weights > 0, weight / weights, torch.zeros_like(weights)).float()

            kept = 1 - made * (1 - beta2)
            torch._foreach_mul_(squares, kept)
            torch._foreach_add_(squares, torch._foreach_mul(torch._foreach_mul(gradients, gradients), 1 - kept))
            correction = (1 - beta2 ** steps.clamp(min=1)).float()
            roots = torch._foreach_sqrt(torch._foreach_div(squares, correction))
            torch._foreach_add_(roots, group["eps"])
            moves = torch._foreach_div(gradients, roots)
            if group["weight_decay"]:
                torch._foreach_add_(moves, ys, alpha=group["weight_decay"])
            rate = made * group["lr"]
            torch._foreach_add_(ys, torch._foreach_mul(torch._foreach_sub(zs, ys), share))
            torch._foreach_add_(ys, torch._foreach_mul(moves, rate * (beta1 * (1 - share) - 1)))
            torch._foreach_sub_(zs, torch._foreach_mul(moves, rate))

    def _fast(self, ys: list[Parameter]) -> list[Tensor]:
        for y in ys:
            self.state[y].setdefault("z", y.detach().clone())
        return [self.state[y]["z"] for y in ys]
