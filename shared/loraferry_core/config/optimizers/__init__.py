"""Optimizers: one class a file. To add one, write its file and name it in `Optimizer`."""

from typing import Annotated

from pydantic import Field

from loraferry_core.config.optimizers.adafactor import Adafactor
from loraferry_core.config.optimizers.adamw import AdamW
from loraferry_core.config.optimizers.adamw8bit import AdamW8bit
from loraferry_core.config.optimizers.lion import Lion
from loraferry_core.config.optimizers.prodigy import Prodigy
from loraferry_core.config.optimizers.schedule_free import ScheduleFreeAdamW

Optimizer = Annotated[AdamW | AdamW8bit | Lion | Adafactor | Prodigy | ScheduleFreeAdamW, Field(discriminator="kind")]

__all__ = ["Adafactor", "AdamW", "AdamW8bit", "Lion", "Optimizer", "Prodigy", "ScheduleFreeAdamW"]
