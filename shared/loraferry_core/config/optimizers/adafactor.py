"""Adafactor (Shazeer and Stern 2018, arXiv 1804.04235)."""

from typing import Any, ClassVar, Literal

from loraferry_core.config.param import Config, Param


class Adafactor(Config):
    """Adafactor: keeps almost no state of its own, for very little memory."""

    kind: Literal["adafactor"] = "adafactor"
    target: ClassVar[str] = "torch.optim:Adafactor"

    lr: float = Param(1e-3, "Learning rate", "How large each step is, relative to the size of the weights.", gt=0, le=1)
    weight_decay: float = Param(
        0.0, "Weight decay", "Pulls the weights gently towards zero.", ge=0, le=1, advanced=True
    )
    d: float = Param(1.0, "Clipping", "Updates larger than this are scaled down.", ge=1, le=100, advanced=True)

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the constructor that `target` names."""
        return {"lr": self.lr, "weight_decay": self.weight_decay, "d": self.d}
