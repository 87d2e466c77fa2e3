"""Settings of a training run, each declared once."""

from loraferry_core.config.param import Config, Param, ParamInfo, params
from loraferry_core.config.train import TrainConfig, digest, sample_prompts, steps_per_epoch, total_steps

__all__ = [
    "Config",
    "Param",
    "ParamInfo",
    "TrainConfig",
    "digest",
    "params",
    "sample_prompts",
    "steps_per_epoch",
    "total_steps",
]
