"""Lion (Chen et al. 2023, arXiv 2302.06675)."""

from typing import Any, ClassVar, Literal

from loraferry_core.config.param import Config, Param


class Lion(Config):
    """Lion: every weight moves by the same amount. Less memory than AdamW; wants a rate three to ten times lower."""

    kind: Literal["lion"] = "lion"
    target: ClassVar[str] = "loraferry_agent.engine.optimizers.lion:Lion"

    lr: float = Param(3e-5, "Learning rate", "How far every weight moves in each step.", gt=0, le=1)
    weight_decay: float = Param(
        0.01, "Weight decay", "Pulls the weights gently towards zero.", ge=0, le=1, advanced=True
    )
    beta1: float = Param(
        0.9, "Beta 1", "How much of the past there is in the direction of a step.", ge=0, lt=1, advanced=True
    )
    beta2: float = Param(0.99, "Beta 2", "How long the direction is remembered.", ge=0, lt=1, advanced=True)

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the constructor that `target` names."""
        return {"lr": self.lr, "weight_decay": self.weight_decay, "betas": (self.beta1, self.beta2)}
