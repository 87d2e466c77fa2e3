"""Optimizers: one class a file. To add one, write its file and name it in `Optimizer`."""

from typing import Annotated

from pydantic import Field

from loraferry_core.config.optimizers.adafactor import Adafactor
from loraferry_core.config.optimizers.adamw import AdamW

Optimizer = Annotated[AdamW | Adafactor, Field(discriminator="kind")]

__all__ = ["Adafactor", "AdamW", "Optimizer"]
