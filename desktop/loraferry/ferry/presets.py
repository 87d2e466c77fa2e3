"""Good values for what somebody wants to teach, each with its reason: family × goal, and what a base model changes."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Literal

from loraferry_core.config import Config, TrainConfig
from loraferry_core.config.dotted import read, replace_at
from loraferry_resources import presets_path

Goal = Literal["character", "style", "object"]
GOALS: tuple[Goal, ...] = ("character", "style", "object")
ANSWERS = frozenset(
    {
        "base.source", "base.family", "base.tree", "dataset.manifest", "dataset.trigger", "dataset.class_word",
        "saving.name",
    }
)  # fmt: skip
"""Settings that are asked of every plan, which no preset decides."""


class PresetValue(Config):
    """One value by its dotted name, and why it is good. `reason` is English and is translated where it is shown."""

    path: str
    value: str | bool | int | float
    reason: str


class Preset(Config):
    """The values of one family and goal."""

    family: str
    goal: Goal
    values: tuple[PresetValue, ...]
    bases: dict[str, tuple[PresetValue, ...]]
    """Values that differ for a base model of the catalogue, by its id."""


@cache
def load_presets() -> tuple[Preset, ...]:
    """Every preset that ships."""
    files = sorted(presets_path().glob("*.json"))
    return tuple(Preset.model_validate(json.loads(file.read_text(encoding="utf-8"))) for file in files)


def preset_values(presets: Iterable[Preset], family: str, goal: Goal, base_id: str) -> tuple[PresetValue, ...]:
    """The values for a goal, those of the base model in place of the family's. Empty for an unknown family."""
    for preset in presets:
        if (preset.family, preset.goal) == (family, goal):
            merged = {value.path: value for value in (*preset.values, *preset.bases.get(base_id, ()))}
            return tuple(merged.values())
    return ()


def covers(paths: Iterable[str], path: str) -> bool:
    """Whether one of `paths` is `path` itself or a group around it."""
    return any(path == kept or path.startswith(f"{kept}.") for kept in paths)


def apply_preset(config: TrainConfig, values: Iterable[PresetValue], keep: Iterable[str] = ()) -> TrainConfig:
    """`config` with the preset's values, except at the paths in `keep` (or below them), which a person has set.

    A value whose group the person has exchanged for another kind (another optimizer, say) is left out as well.
    """
    keep = tuple(keep)
    for item in values:
        if not covers(keep, item.path) and exists(config, item.path):
            config = replace_at(config, item.path, item.value)
    return config


def exists(config: TrainConfig, path: str) -> bool:
    """Whether the config as it is now (which optimizer, which schedule) has a parameter at `path`."""
    try:
        read(config, path)
    except KeyError:
        return False
    return True
