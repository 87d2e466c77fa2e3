"""Rank and alpha of the adapters in a file, whether it is kohya's, with a number beside each, or peft's, with settings."""

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from loraferry_core.lora_file.header import Header, NotSafetensors, Tensor
from loraferry_core.lora_file.keys import TEXT_ENCODERS, model_of
from loraferry_core.lora_file.names import Named
from loraferry_core.lora_file.parts import ALPHA

SETTINGS_KEY = "lora_adapter_metadata"
"""Metadata: where diffusers keeps peft's settings, each behind the name of the model's part."""
SETTINGS_FILE = "adapter_config.json"
"""Where peft keeps them, beside the tensors."""
MAX_SETTINGS = 4 * 2**20
_INNER = ("lora_down.weight", "hada_w1_b", "lokr_w1_b", "lokr_w2_b")
"""Parts whose first dimension is the rank."""
_FORMATS = {"F16": "<e", "F32": "<f", "F64": "<d"}
_LEVEL = "text_model."
"""The level of a text encoder that not every release of transformers has."""
_PLAIN = re.compile(r"\^?[\w.]+\$?")


@dataclass(frozen=True)
class Strength:
    """Of one adapter. `rank` is None where no matrix is split, as in small LoKrs; then alpha has no meaning."""

    rank: int | None
    alpha: float


def short_name(module: str) -> str:
    """A path within its model without the level that a text encoder may lack. peft finds a layer by the end of its path,
    so this one fits with and without it."""
    encoder, _, inner = module.partition(".")
    return inner.removeprefix(_LEVEL) if encoder in TEXT_ENCODERS else module


def strengths_in(path: Path, header: Header, names: Named) -> dict[str, Strength]:
    """Of each module in a file. What has neither a number nor settings acts with alpha equal to its rank.

    Raises NotSafetensors where that cannot be read, OSError.
    """
    settings = _settings(path, header)
    found = {}
    for module, parts in names.parts.items():
        shapes = (header.tensors[parts[part]].shape for part in _INNER if part in parts)
        rank = next((shape[0] for shape in shapes if shape), None)
        own = parts.get(ALPHA)
        alpha = number(path, header.tensors[own]) if own else _set_alpha(_of_model(settings, module), module, rank)
        found[module] = Strength(rank, alpha)
    return found


def number(path: Path, tensor: Tensor) -> float:
    """The one number of a tensor. Raises NotSafetensors where it holds more, or in a format that is not read; OSError."""
    with path.open("rb") as file:
        file.seek(tensor.start)
        data = file.read(min(tensor.end - tensor.start, 16))
    kind, layout = tensor.dtype, _FORMATS.get(tensor.dtype, "<f")
    if kind == "BF16":
        data = b"\0\0" + data
    if (kind not in _FORMATS and kind != "BF16") or len(data) != struct.calcsize(layout):
        raise NotSafetensors("alpha is not a number")
    return float(struct.unpack(layout, data)[0])


def _settings(path: Path, header: Header) -> Mapping[str, Any]:
    beside = path.with_name(SETTINGS_FILE)
    text = header.metadata.get(SETTINGS_KEY, "")
    if not text and beside.is_file():
        with beside.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MAX_SETTINGS)
    try:
        table = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise NotSafetensors("the settings are not JSON") from error
    if not isinstance(table, dict):
        raise NotSafetensors("the settings are not a table")
    return table


def _of_model(settings: Mapping[str, Any], module: str) -> Mapping[str, Any]:
    """Those for the model that a module is of: behind its name, or, for the UNet, behind none."""
    model = model_of(module)
    found = {} if model in TEXT_ENCODERS else dict(settings)
    before = f"{model}."
    return found | {name[len(before) :]: value for name, value in settings.items() if name.startswith(before)}


def _set_alpha(settings: Mapping[str, Any], module: str, rank: int | None) -> float:
    """peft's settings for one module: the usual alpha, or that of the first pattern that fits."""
    usual = settings.get("lora_alpha", settings.get("alpha", rank or 1))
    patterns = settings.get("alpha_pattern") or {}
    if not isinstance(patterns, dict) or not all(_PLAIN.fullmatch(pattern) for pattern in patterns):
        raise NotSafetensors("the settings of single layers are not names of layers")
    name = short_name(module)
    own = next((alpha for pattern, alpha in patterns.items() if _fits(pattern, name)), usual)
    if not isinstance(own, int | float) or isinstance(own, bool):
        raise NotSafetensors("alpha is not a number")
    return own * sqrt(rank) if settings.get("use_rslora") and rank else float(own)


def _fits(pattern: str, module: str) -> bool:
    if pattern.startswith("^"):
        return module == pattern.strip("^$").removeprefix(_LEVEL)
    return f".{module}".endswith(f".{pattern.strip('$').removeprefix(_LEVEL)}")
