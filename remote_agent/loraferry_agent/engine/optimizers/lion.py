"""Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", arXiv 2302.06675, algorithm 2)."""

from typing import Any

import torch
from torch.nn import Parameter

from loraferry_agent.engine.optimizers.skipping import Skipping


class Lion(Skipping):
    """Moves every weight by the same amount, in the direction of a running mean of the gradient."""

    def __init__(self, parameters: list[Parameter], lr: float, betas: tuple[float, float], weight_decay: float) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One step: θ ← θ − lr · (sign(β₁ m + (1 − β₁) g) + λ θ), then m ← β₂ m + (1 − β₂) g."""
        for group, parameters, gradients, made in self.due():
            beta1, beta2 = group["betas"]
            means = self.states(parameters, "mean")
            moves = torch._foreach_mul(means, beta1)
            torch._foreach_add_(moves, gradients, alpha=1 - beta1)
            torch._foreach_sign_(moves)
            torch._foreach_mul_(moves, made * group["lr"])
            torch._foreach_mul_(parameters, 1 - made * (group["lr"] * group["weight_decay"]))
            torch._foreach_sub_(parameters, moves)
            kept = 1 - made * (1 - beta2)
            torch._foreach_mul_(means, kept)
            torch._foreach_mul_(gradients, 1 - kept)
            torch._foreach_add_(means, gradients)
