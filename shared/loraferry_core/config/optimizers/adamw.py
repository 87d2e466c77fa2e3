"""AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101)."""

from typing import Any, ClassVar, Literal

from loraferry_core.config.param import Config, Param


class AdamW(Config):
    """AdamW: the usual choice, steady and well understood."""

    kind: Literal["adamw"] = "adamw"
    target: ClassVar[str] = "torch.optim:AdamW"

    lr: float = Param(
        1e-4,
        "Learning rate",
        "How large each step is. Too high forgets and breaks, too low learns nothing.",
        gt=0,
        le=1,
    )
    weight_decay: float = Param(
        0.01, "Weight decay", "Pulls the weights gently towards zero.", ge=0, le=1, advanced=True
    )
    beta1: float = Param(
        0.9, "Beta 1", "How long the direction of past steps is remembered.", ge=0, lt=1, advanced=True
    )
    beta2: float = Param(
        0.999, "Beta 2", "How long the size of past gradients is remembered.", ge=0, lt=1, advanced=True
    )
    eps: float = Param(1e-8, "Epsilon", "A small number that avoids division by zero.", gt=0, le=1, advanced=True)

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the constructor that `target` names."""
        return {"lr": self.lr, "weight_decay": self.weight_decay, "betas": (self.beta1, self.beta2), "eps": self.eps}
