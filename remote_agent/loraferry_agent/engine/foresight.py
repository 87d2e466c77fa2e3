"""What a run gives up from the start, because by the table it would not fit in the card's free memory otherwise."""

from loraferry_agent.jobs.ladder import PLANNED, Adaptation
from loraferry_core.config import TrainConfig
from loraferry_core.memory.solve import Fitting, solve
from loraferry_core.memory.table import is_known, request_of


def foreseen(config: TrainConfig, free_mb: int) -> Adaptation:
    """How the pictures of a step go through the denoiser with so much free. It changes no result but by rounding.

    Where nothing fits by the table the run begins with the least it can do, and the ladder has the last word.
    """
    if not is_known(config.base.family):
        return PLANNED
    answer = solve(request_of(config), free_mb)
    least = answer if isinstance(answer, Fitting) else Fitting(1, True, answer.needed_mb)
    return Adaptation(
        at_once=least.at_once if least.at_once < config.loop.batch else 0,
        checkpointing=least.checkpointing and not config.loop.gradient_checkpointing,
    )
