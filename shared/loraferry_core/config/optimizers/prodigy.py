"""Prodigy (Mishchenko and Defazio 2023, arXiv 2306.06101)."""

from typing import Any, ClassVar, Literal

from loraferry_core.config.param import Config, Param


class Prodigy(Config):
    """Prodigy: finds its learning rate by itself while it trains."""

    kind: Literal["prodigy"] = "prodigy"
    target: ClassVar[str] = "loraferry_agent.engine.optimizers.prodigy:Prodigy"

    lr: float = Param(1.0, "Learning rate", "A factor on the rate that it finds. Leave it at 1.", gt=0, le=10)
    d_coef: float = Param(1.0, "Boldness", "A factor on the estimate itself. Below 1 learns more gently.", gt=0, le=100)
    d0: float = Param(1e-6, "First guess", "Where the estimate of the rate begins.", gt=0, le=1, advanced=True)
    weight_decay: float = Param(
        0.01, "Weight decay", "Pulls the weights gently towards zero.", ge=0, le=1, advanced=True
    )
    beta1: float = Param(
        0.9, "Beta 1", "How long the direction of past steps is remembered.", ge=0, lt=1, advanced=True
    )
    beta2: float = Param(
        0.99, "Beta 2", "How long the size of past gradients is remembered.", ge=0, lt=1, advanced=True
    )
    eps: float = Param(1e-8, "Epsilon", "A small number that avoids division by zero.", gt=0, le=1, advanced=True)
    bias_correction: bool = Param(
        True, "Bias correction", "Makes up for the first steps, in which little is remembered.", advanced=True
    )
    safeguard_warmup: bool = Param(
        True, "Safeguard warmup", "Keeps a warmup of the rate from spoiling the estimate.", advanced=True
    )

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the constructor that `target` names."""
        return {
            "lr": self.lr,
            "betas": (self.beta1, self.beta2),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
            "d0": self.d0,
            "d_coef": self.d_coef,
            "bias_correction": self.bias_correction,
            "safeguard_warmup": self.safeguard_warmup,
        }
