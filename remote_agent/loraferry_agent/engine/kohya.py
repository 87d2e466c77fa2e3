"""The finished file: a LoRA in kohya's format, which every image program reads, checked before anyone hears of it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from loraferry_agent.data import tensor_file
from loraferry_agent.engine.adapter import Adapter
from loraferry_agent.engine.durable import written
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.config.train import TrainConfig
from loraferry_core.dataset.buckets import Size
from loraferry_core.dataset.manifest import Manifest
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.check import check_lora
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.keys import Naming, kohya_key, kohya_keys
from loraferry_core.lora_file.metadata import tensor_hash, training_metadata
from loraferry_core.lora_file.parts import SCALE, STARTS
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import ProblemError

_DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
_LEGACY_START, _LEGACY_LENGTH = 0x100000, 0x10000
_MAX_STEM = 80
ENDING = ".safetensors"


@dataclass(frozen=True)
class Facts:
    """What a LoRA file says of the run it comes from."""

    config: TrainConfig
    manifest: Manifest
    name: str
    prediction: PredictionKind
    started: float
    buckets: Mapping[Size, int] = field(default_factory=dict)
    """How many pictures were trained at each size."""
    untaught: frozenset[str] = frozenset()
    """Modules that these sizes leave nothing to learn."""
    parent: str = ""
    """The hash of the LoRA that the run began with."""


def save(path: Path, state: dict[str, Tensor], adapter: Adapter, facts: Facts, step: int, *, final: bool) -> None:
    """Write a `state` of the adapter (see `Adapter.state`) after `step` steps to `path`, whole or not at all.

    Before the `final` one what was learned may be too little yet for the numbers of a file.

    Raises ProblemError with the first thing the self-check finds (`lora_zero` where nothing was learned), OSError.
    """
    naming = FAMILIES[facts.config.base.family].naming
    metadata = training_metadata(
        facts.config,
        facts.manifest,
        name=facts.name,
        prediction=facts.prediction,
        steps=step,
        started=facts.started,
        buckets=facts.buckets,
        untaught={kohya_key(module, naming) for module in facts.untaught & adapter.parts.keys()},
        parent=facts.parent,
    )
    tensors = kohya_tensors(state, adapter, facts.config)
    with written(path) as part:
        tensor_file.save(tensors, part, {key: value for key, value in metadata.items() if key.startswith("ss_")})
        tensor_file.save(tensors, part, {**metadata, **_hashes(part)})
        unborn = () if final else _unborn(state, adapter, tensors, naming)
        found = check_lora(part, kohya_keys(adapter.parts, naming), may_be_zero=unborn)
        if found:
            raise ProblemError(found[0], notes=tuple(found[1:]))


def _unborn(state: dict[str, Tensor], adapter: Adapter, tensors: dict[str, Tensor], naming: Naming) -> set[str]:
    """The keys of factors that start at zero and only for that reason are zero in the file: all of them where nothing was
    learned yet, else those whose numbers are too small for its format."""
    starts = {
        f"{kohya_key(module, naming)}.{part}": state[f"{module}.{part}"]
        for module, parts in adapter.parts.items()
        for part in parts
        if part in STARTS
    }
    learned = {key for key, tensor in starts.items() if tensor.any()}
    return {key for key in learned if not tensors[key].any()} if learned else set(starts)


def kohya_tensors(state: dict[str, Tensor], adapter: Adapter, config: TrainConfig) -> dict[str, Tensor]:
    """The tensors and alpha of each module under kohya's names, in the number format of the plan."""
    dtype, naming = _DTYPES[config.saving.dtype], FAMILIES[config.base.family].naming
    tensors: dict[str, Tensor] = {}
    for module, parts in adapter.parts.items():
        key = kohya_key(module, naming)
        for part in parts:
            tensor = state[f"{module}.{part}"].to(dtype)
            if part == SCALE:
                # One number an output, in the dimensions of the layer's weight.
                dimensions = state[f"{module}.lora_down.weight"].dim()
                tensor = tensor.reshape(-1, *[1] * (dimensions - 1))
            tensors[f"{key}.{part}"] = tensor.contiguous()
        # In full precision, as alpha may be any number; readers take it as one.
        tensors[f"{key}.alpha"] = torch.tensor(adapter.alphas[module], dtype=torch.float32)
    return tensors


def _hashes(path: Path) -> dict[str, str]:
    """kohya's two hashes, of a file whose metadata are the `ss_` fields alone."""
    with path.open("rb") as file:
        file.seek(_LEGACY_START)
        legacy = hashlib.sha256(file.read(_LEGACY_LENGTH)).hexdigest()[:8]
    return {"sshs_model_hash": tensor_hash(path, read_header(path)), "sshs_legacy_hash": legacy}


def file_stem(*wishes: str) -> str:
    """The first of `wishes` that makes a file name on every system, cleaned; `lora` where none does."""
    for wish in wishes:
        stem = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', " ", wish)
        stem = re.sub(r"\s+", " ", stem)[:_MAX_STEM].strip(" .")
        while len(stem.encode("utf-8", "ignore")) > 2 * _MAX_STEM:
            stem = stem[:-1].strip(" .")
        if stem and is_safe_relative(stem + ENDING):
            return stem
    return "lora"
