"""Between which values a setting usually lies: what guides for newcomers tell, else what the presets that ship take."""

from loraferry.ferry.presets import load_presets
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import read

_RATES: dict[str, tuple[float, float]] = {
    "adamw": (1e-4, 5e-4),
    "adamw8bit": (1e-4, 5e-4),
    "lion": (1e-5, 1.5e-4),
    "prodigy": (1.0, 1.0),
}
"""By optimizer. AdamW as guides for newcomers tell it; Lion a tenth to a third of that (Chen et al. 2023, arXiv
2302.06675, section 5); Prodigy finds its own and is left at 1 (Mishchenko and Defazio 2023, arXiv 2306.06101)."""
_ALWAYS: dict[str, tuple[float, float]] = {
    "schedule.warmup": (0.05, 0.1),
    "regularisation.make": (100, 200),
    "objective.min_snr_gamma": (5, 5),
}
"""Warmup and pictures that are made as guides tell them; gamma of Hang et al. 2023, arXiv 2303.09556."""
_ALPHA = (0.5, 1.0)
"""Of the rank."""
_FROM_PRESETS = frozenset({"network.rank", "dataset.resolution", "dataset.caption_dropout", "loop.steps", "loop.batch"})


def usual(config: TrainConfig, path: str) -> tuple[float, float] | None:
    """The usual least and most of the setting at `path` for a plan like `config`; None where nobody tells."""
    if path == "optimizer.lr":
        return _RATES.get(config.optimizer.kind)
    if path in ("network.alpha", "network.conv_alpha"):
        rank = read(config, path.replace("alpha", "rank"))
        return _ALPHA[0] * rank, _ALPHA[1] * rank
    if path in _ALWAYS:
        return _ALWAYS[path]
    return _of_presets(config.base.family, path) if path in _FROM_PRESETS else None


def _of_presets(family: str, path: str) -> tuple[float, float] | None:
    """From the smallest to the largest that a preset of the family takes; those of the toy model do not count."""
    found = [
        float(item.value)
        for preset in load_presets()
        if preset.family == family
        for item in preset.values
        if item.path == path
    ]
    return (min(found), max(found)) if found else None
