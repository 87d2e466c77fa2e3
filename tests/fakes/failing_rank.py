"""The trainer, the second process of which fails in all the ways that both must survive: memory runs out when it loads
the model, once, and twice in its second step, and in its fifth to seventh step its errors are no numbers, once."""

import os
import sys

import torch
from torch import Tensor

from loraferry_agent import train
from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine import recipe
from loraferry_agent.engine.update import Update

calculate, step, load_models = Update.accumulate, Update._step, recipe.load_models
NOT_FINITE = {4, 5, 6}
failures = ["load", "step", "step"]
now = [0]


def loaded(*given):  # type: ignore[no-untyped-def]
    """Load, or not."""
    if "load" in failures:
        failures.remove("load")
        raise torch.OutOfMemoryError("planted: out of memory")
    return load_models(*given)


def made(update: Update, batch: StepBatch, rate: float) -> Tensor:
    """Make a step."""
    now[0] = batch.step
    values = step(update, batch, rate)
    NOT_FINITE.discard(batch.step)
    return values


def calculated(update: Update, micro: MicroBatch, images: int) -> Tensor:
    """Calculate, or not."""
    if now[0] == 1 and "step" in failures:
        failures.remove("step")
        raise torch.OutOfMemoryError("planted: out of memory")
    errors = calculate(update, micro, images)
    return errors * float("nan") if now[0] in NOT_FINITE else errors


if __name__ == "__main__":
    if os.environ["RANK"] == "1":
        recipe.load_models, Update._step, Update.accumulate = loaded, made, calculated  # type: ignore[method-assign]
    sys.exit(train.main(sys.argv[1:]))
