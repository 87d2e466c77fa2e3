"""Which files of a model are needed: of one in the layout of diffusers, its one single file, or those of a captioner."""

import re
from collections.abc import Iterable

from loraferry_core.models import Purpose
from loraferry_core.names import is_safe_relative

INDEX = "model_index.json"
"""What makes a folder one in the layout of diffusers."""
SETTINGS = "config.json"
"""What makes a folder one that transformers loads."""
TAGGER, TAGS = "model.onnx", "selected_tags.csv"
"""What makes a folder a tagger of the WD layout."""
_FOLDERS = re.compile(r"(unet|transformer|vae|text_encoder(_\d)?|tokenizer(_\d)?|scheduler)/[^/]+")
"""The parts that a LoRA is trained on; safety checkers and the like stay away."""
_SETTINGS = (".json", ".txt", ".model")
_WEIGHTS = re.compile(
    r"(?:diffusion_pytorch_model|model)(?P<shard>-\d{5}-of-\d{5})?(?P<half>\.fp16)?(?P<late>-\d{5}-of-\d{5})?\.safetensors"
)
_INDEXES = re.compile(r".*\.safetensors\.index(?P<half>\.fp16)?\.json")


def needed(names: Iterable[str], purpose: Purpose = "base") -> tuple[str, ...]:
    """The names of what is needed, sorted; empty where there is no model for this purpose among them.

    Of weights the half precise ones where there are any: half the bytes, and training rounds them so anyway. Never
    pickled ones. Names that could not become a path are passed over.
    """
    there = sorted(name for name in names if is_safe_relative(name))
    if purpose == "tagger":
        return (TAGGER, TAGS) if {TAGGER, TAGS} <= set(there) else ()
    if purpose == "transformers":
        return _of_transformers(there)
    if INDEX not in there:
        return _single(there)
    parts = [name for name in there if _FOLDERS.fullmatch(name)]
    chosen = [INDEX]
    for folder in sorted({name.partition("/")[0] for name in parts}):
        chosen += _of_folder([name for name in parts if name.startswith(f"{folder}/")])
    return tuple(chosen)


def _of_folder(names: list[str]) -> list[str]:
    weights = {name: match for name in names if (match := _WEIGHTS.fullmatch(name.rpartition("/")[2]))}
    half = any(match["half"] for match in weights.values())
    taken = [name for name, match in weights.items() if bool(match["half"]) == half]
    for name in names:
        index = _INDEXES.fullmatch(name)
        if name.endswith(_SETTINGS) and (index is None or bool(index["half"]) == half):
            taken.append(name)
    return taken


def _of_transformers(names: list[str]) -> tuple[str, ...]:
    """The top folder in full precision, as transformers looks for it by itself."""
    taken = _of_folder([name for name in names if "/" not in name and ".fp16." not in name])
    whole = SETTINGS in taken and any(name.endswith(".safetensors") for name in taken)
    return tuple(taken) if whole else ()


def _single(names: list[str]) -> tuple[str, ...]:
    """The one file of the top folder, or the one that is pruned to half precision, as its makers name it."""
    files = [name for name in names if "/" not in name and name.endswith(".safetensors")]
    for mark in ("", "fp16", "pruned"):
        found = [name for name in files if mark in name.lower()]
        if len(found) == 1:
            return tuple(found)
    return ()
