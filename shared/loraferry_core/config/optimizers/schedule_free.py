"""Schedule-free AdamW (Defazio et al. 2024, arXiv 2405.15682)."""

from typing import Any, ClassVar, Literal

from loraferry_core.config.param import Config, Param


class ScheduleFreeAdamW(Config):
    """Schedule-free AdamW: averages its way instead of lowering the rate. Use it with a constant schedule."""

    kind: Literal["schedule_free"] = "schedule_free"
    target: ClassVar[str] = "loraferry_agent.engine.optimizers.schedule_free:ScheduleFreeAdamW"

    lr: float = Param(5e-4, "Learning rate", "How large each step is. Higher than with AdamW.", gt=0, le=1)
    weight_decay: float = Param(
        0.01, "Weight decay", "Pulls the weights gently towards zero.", ge=0, le=1, advanced=True
    )
    beta1: float = Param(0.9, "Beta 1", "How near to the average the training stays.", gt=0, lt=1, advanced=True)
    beta2: float = Param(
        0.999, "Beta 2", "How long the size of past gradients is remembered.", ge=0, lt=1, advanced=True
    )
    eps: float = Param(1e-8, "Epsilon", "A small number that avoids division by zero.", gt=0, le=1, advanced=True)

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the constructor that `target` names."""
        return {"lr": self.lr, "weight_decay": self.weight_decay, "betas": (self.beta1, self.beta2), "eps": self.eps}
