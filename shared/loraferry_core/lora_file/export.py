"""A LoRA in the form of diffusers or of peft: the same numbers under other names, the alphas in the settings."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loraferry_core.lora_file.check import check_lora
from loraferry_core.lora_file.header import Header, Tensor, read_header
from loraferry_core.lora_file.keys import TEXT_ENCODERS, model_of
from loraferry_core.lora_file.names import named
from loraferry_core.lora_file.parts import ALPHA, SCALE, AdapterKind, kind_of
from loraferry_core.lora_file.strengths import SETTINGS_FILE, SETTINGS_KEY, Strength, short_name, strengths_in
from loraferry_core.problems import ProblemError, fail

Form = Literal["diffusers", "peft"]
FILES: dict[Form, str] = {"diffusers": "pytorch_lora_weights.safetensors", "peft": "adapter_model.safetensors"}
"""The names by which either looks for the tensors in a folder."""
_PARTS = {"lora_down.weight": "lora_A.weight", "lora_up.weight": "lora_B.weight", SCALE: "lora_magnitude_vector"}
_HASHES = ("sshs_model_hash", "sshs_legacy_hash")
"""Of the tensors in their old order."""


@dataclass(frozen=True)
class _Entry:
    """A tensor under its new name and shape, and where its bytes stand."""

    name: str
    shape: tuple[int, ...]
    tensor: Tensor


def export(file: Path, folder: Path, form: Form) -> Path:
    """Write a LoRA into `folder`, which is made if need be; returns the file with the tensors.

    Raises ProblemError: what the self-check finds, `export_unfit` for what the form has no names for (peft's holds one
    model, so none of the text encoders); OSError.
    """
    found = check_lora(file)
    if found:
        raise ProblemError(found[0], notes=tuple(found[1:]))
    header = read_header(file)
    names = named(header.tensors)
    kinds = {kind_of(parts.keys()) for parts in names.parts.values()}
    models = sorted({model_of(module) for module in names.parts})
    unfit = kinds != {"lora"} if form == "diffusers" else models != ["unet"]
    if names.unknown or len(kinds) != 1 or unfit:
        raise fail("export_unfit", name=file.name, form=form)
    strengths, kind = strengths_in(file, header, names), kinds.pop()
    settings = {
        model: _settings(kind, header, {m: s for m, s in strengths.items() if model_of(m) == model}, names.parts)
        for model in models
    }
    entries = [
        _Entry(f"{_place(form, module)}.{_part(module, part)}", _shape(part, header.tensors[key]), header.tensors[key])
        for module, parts in names.parts.items()
        for part, key in parts.items()
        if part != ALPHA
    ]
    metadata = {name: text for name, text in header.metadata.items() if name not in _HASHES}
    if form == "diffusers":
        prefixed = {f"{model}.{name}": value for model, own in settings.items() for name, value in own.items()}
        metadata[SETTINGS_KEY] = json.dumps(prefixed)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILES[form]
    _write(file, path, sorted(entries, key=lambda entry: entry.name), {**metadata, "format": "pt"})
    if form == "peft":
        (folder / SETTINGS_FILE).write_text(json.dumps(settings["unet"], indent=1), encoding="utf-8")
    return path


def _place(form: Form, module: str) -> str:
    """The path of a module with what the form has before it."""
    if form == "peft":
        return f"base_model.model.{module}"
    return module if model_of(module) in TEXT_ENCODERS else f"unet.{module}"


def _part(module: str, part: str) -> str:
    """transformers, which reads the text encoders' part of a file, looks for the sizes under their full name."""
    name = _PARTS.get(part, part)
    return f"{name}.weight" if part == SCALE and model_of(module) in TEXT_ENCODERS else name


def _shape(part: str, tensor: Tensor) -> tuple[int, ...]:
    """peft keeps DoRA's sizes as a row: [out], beside a convolution [1, out, 1, 1]."""
    if part != SCALE:
        return tensor.shape
    outputs = tensor.shape[0]
    return (1, outputs, 1, 1) if len(tensor.shape) == 4 else (outputs,)


def _settings(
    kind: AdapterKind, header: Header, strengths: Mapping[str, Strength], parts: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """peft's configuration for one model. Without a split matrix LoKr has no rank; peft then divides alpha by itself."""
    ranks = {module: strength.rank or round(strength.alpha) for module, strength in strengths.items()}
    alphas = {module: strength.alpha for module, strength in strengths.items()}
    rank, alpha = (Counter(values.values()).most_common(1)[0][0] for values in (ranks, alphas))
    found: dict[str, Any] = {
        "peft_type": kind.upper(),
        "r": rank,
        "lora_alpha" if kind == "lora" else "alpha": alpha,
        "rank_pattern": {_pattern(module): own for module, own in ranks.items() if own != rank},
        "alpha_pattern": {_pattern(module): own for module, own in alphas.items() if own != alpha},
        "target_modules": sorted(map(short_name, strengths)),
    }
    if kind == "lora":
        found["use_dora"] = any(SCALE in parts[module] for module in strengths)
    if kind == "lokr":
        found["decompose_both"] = any("lokr_w1_a" in parts[module] for module in strengths)
        found["decompose_factor"] = _factor(header.metadata)
    return found


def _pattern(module: str) -> str:
    name = short_name(module)
    return f"^{name}" if name == module else name


def _factor(metadata: Mapping[str, str]) -> int:
    """LoKr's, as it was trained: −1 where the file does not tell."""
    try:
        return int(json.loads(metadata["ss_network_args"])["factor"])
    except (KeyError, ValueError, TypeError, RecursionError):
        return -1


def _write(source: Path, path: Path, entries: list[_Entry], metadata: dict[str, str]) -> None:
    """A safetensors file with bytes of another one, whole or not at all."""
    table: dict[str, Any] = {"__metadata__": metadata}
    place = 0
    for entry in entries:
        size = entry.tensor.end - entry.tensor.start
        table[entry.name] = {"dtype": entry.tensor.dtype, "shape": entry.shape, "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    partial = path.with_name(path.name + ".part")
    try:
        with source.open("rb") as old, partial.open("wb") as new:
            new.write(len(text).to_bytes(8, "little") + text)
            for entry in entries:
                old.seek(entry.tensor.start)
                new.write(old.read(entry.tensor.end - entry.tensor.start))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
