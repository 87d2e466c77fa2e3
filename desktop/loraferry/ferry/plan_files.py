"""Reads a plan out of a file of any kind: a preset of ours, settings of kohya's, or the metadata of a LoRA."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraferry.ferry import own_presets
from loraferry.ferry.kohya.dialects import MAX_BYTES, from_metadata, read_settings
from loraferry.ferry.kohya.importing import imported
from loraferry.ferry.own_presets import OwnPreset, preset_of, with_answers
from loraferry.ferry.presets import Goal
from loraferry_core.config import TrainConfig
from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.lora_file.metadata import family_of, read_facts
from loraferry_core.problems import fail

Kind = Literal["preset", "kohya", "lora"]
SUFFIXES = (".json", ".toml", ".safetensors")


@dataclass(frozen=True)
class ReadPlan:
    """What a file says, with the answers of the plan it was read for."""

    name: str
    kind: Kind
    goal: Goal
    config: TrainConfig
    left: tuple[tuple[str, str], ...] = ()
    """Settings there is no place for here: (name, value) as they were written."""
    family: str = ""
    """The base model's family, where it is another one than the plan's."""


def read_plan(path: Path, before: TrainConfig, goal: Goal) -> ReadPlan:
    """The plan in a file; what it says nothing of is as in `before`.

    Raises ProblemError `settings_unreadable`, `lora_not_safetensors`, `lora_without_plan`, `file_unreadable`.
    """
    try:
        if path.suffix.lower() == ".safetensors":
            return _of_lora(path, before, goal)
        if path.stat().st_size > MAX_BYTES:
            raise fail("settings_unreadable", name=path.name, detail=f"> {MAX_BYTES >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise fail("file_unreadable", path=path, detail=error.strerror or error) from error
    if b'"loraferry-preset"' in data:
        preset = own_presets.parsed(data, path.name)
        return _of_ours(preset, "preset", before)
    found = imported(read_settings(data, path.name), before)
    return ReadPlan(path.stem, "kohya", goal, found.config, tuple(found.left))


def _of_lora(path: Path, before: TrainConfig, goal: Goal) -> ReadPlan:
    try:
        facts, metadata = read_facts(path), read_header(path).metadata
    except NotSafetensors as error:
        raise fail("lora_not_safetensors", name=path.name, detail=error) from error
    if facts.config is not None:
        return _of_ours(preset_of(facts.title or path.stem, goal, facts.config), "lora", before)
    settings = from_metadata(metadata)
    if not {"network_dim", "learning_rate", "unet_lr"} & settings.keys():
        raise fail("lora_without_plan", name=path.name)
    found = imported({name: value for name, value in settings.items() if name not in _NO_SETTINGS}, before)
    family = family_of(metadata)
    return ReadPlan(
        facts.title or path.stem,
        "lora",
        goal,
        found.config,
        tuple((name, value) for name, value in found.left if not _is_account(name)),
        family if family != before.base.family else "",
    )


_NO_SETTINGS = frozenset({"sdxl", "v2"})
"""Which model it was, is told apart."""
_ACCOUNTS = (
    "session_", "training_", "sd_", "new_", "vae_", "num_", "tag_frequency", "bucket_info", "dataset", "output_name",
    "steps", "epoch", "base_model_version", "cache_latents", "lowram", "full_fp16", "face_crop", "reg_dataset",
    "full_bf16", "text_encoder_lr", "max_validation",
)  # fmt: skip
"""How names begin that tell of a run and its pictures, not of settings."""


def _is_account(name: str) -> bool:
    return name.startswith(_ACCOUNTS)


def _of_ours(preset: OwnPreset, kind: Kind, before: TrainConfig) -> ReadPlan:
    family = preset.config.base.family
    return ReadPlan(
        preset.name,
        kind,
        preset.goal,
        with_answers(preset, before),
        family=family if family != before.base.family else "",
    )
