"""The self-check of a LoRA file: would it load everywhere, and does it do anything? Pure stdlib, megabytes a millisecond.

Each tensor is read once. Non-finite numbers are found by their exponent bytes, an adapter without effect by a factor of
zeros alone (ΔW is a product of all factors: it is zero then, and only then for trained ones).
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from loraferry_core.lora_file.header import Header, NotSafetensors, Tensor, read_header
from loraferry_core.lora_file.parts import STARTS, completed
from loraferry_core.problems import Problem, problem

# Index of the byte with the exponent's high bits (little-endian), the values it takes when all of them are set, and
# the bits of the next lower byte that belong to the exponent too.
_EXPONENT = {
    "F16": (1, frozenset(sign | rest for sign in (0x00, 0x80) for rest in range(0x7C, 0x80)), 0x00),
    "BF16": (1, frozenset({0x7F, 0xFF}), 0x80),
    "F32": (3, frozenset({0x7F, 0xFF}), 0x80),
}
_WIDTH = {"F16": 2, "BF16": 2, "F32": 4}
UNTAUGHT = "loraferry_untaught"
"""Metadata: modules, split by commas, that had nothing to learn: by the sizes of the pictures (`keys.untaught`), or as
the last layer of a text encoder that nobody reads."""
_MAY_BE_UNTAUGHT = re.compile(r"_attn1_to_[qk]$|^lora_te1_text_model_encoder_layers_[0-9]+_")


def all_finite(data: bytes, dtype: str) -> bool:
    """Whether no number in `data` is infinite or NaN. Knows F16, BF16 and F32; raises KeyError for others."""
    high, full, lower_bits = _EXPONENT[dtype]
    tops = data[high :: _WIDTH[dtype]]
    if len(tops.translate(None, bytes(full))) == len(tops):
        return True
    if not lower_bits:
        return False
    lowers = data[high - 1 :: _WIDTH[dtype]]
    return not any(top in full and low & lower_bits for top, low in zip(tops, lowers, strict=True))


def all_zero(data: bytes, dtype: str) -> bool:
    """Whether every number in `data` is 0 or -0. Knows the same types as `all_finite`."""
    if data.strip(b"\0\x80"):
        return False
    width = _WIDTH[dtype]
    return not any(data[place::width].strip(b"\0") for place in range(width - 1))


def check_lora(
    path: Path, expected: tuple[str, ...] | None = None, *, may_be_zero: Collection[str] = ()
) -> list[Problem]:
    """Everything wrong with a kohya-format LoRA; an empty list is a good file.

    `expected` are all keys it must have and no others; None checks that its modules are complete.
    `may_be_zero` are keys of factors that start at zero and may be so still, as after the first steps. Queries and keys of self-attention that the file names as untaught may be zero too.
    Raises OSError when the file cannot be read.
    """
    try:
        header = read_header(path)
    except NotSafetensors as error:
        return [problem("lora_not_safetensors", name=path.name, detail=error)]
    if not header.tensors:
        return [problem("lora_not_safetensors", name=path.name, detail="there are no tensors in it")]
    found = _key_problems(header, expected or _completed(header))
    foreign = sorted({tensor.dtype for tensor in header.tensors.values()} - _WIDTH.keys())
    if foreign:
        return [*found, problem("lora_not_safetensors", name=path.name, detail=f"its numbers are {foreign[0]}")]
    with path.open("rb") as file:
        return found + _value_problems(file, header, {*may_be_zero, *_untaught(header)})


def _completed(header: Header) -> tuple[str, ...]:
    modules: dict[str, set[str]] = {}
    for key in header.tensors:
        module, _, part = key.partition(".")
        modules.setdefault(module, set()).add(part)
    return tuple(f"{module}.{part}" for module in sorted(modules) for part in completed(modules[module]))


def _untaught(header: Header) -> set[str]:
    """The keys of factors that stayed zero for want of anything to learn."""
    named = {name for name in header.metadata.get(UNTAUGHT, "").split(",") if _MAY_BE_UNTAUGHT.search(name)}
    return {f"{name}.{part}" for name in named for part in STARTS}


def _key_problems(header: Header, expected: tuple[str, ...]) -> list[Problem]:
    missing = sorted(set(expected) - header.tensors.keys())
    unexpected = sorted(header.tensors.keys() - set(expected))
    found = []
    if missing:
        found.append(problem("lora_key_missing", count=len(missing), example=missing[0]))
    if unexpected:
        found.append(problem("lora_key_unexpected", count=len(unexpected), example=unexpected[0]))
    return found


def _value_problems(file: BinaryIO, header: Header, may_be_zero: Collection[str]) -> list[Problem]:
    found, zero = [], []
    for key, tensor in header.tensors.items():
        data = _bytes(file, tensor)
        if not all_finite(data, tensor.dtype):
            found.append(problem("lora_not_finite", key=key))
        if key not in may_be_zero and all_zero(data, tensor.dtype):
            zero.append(key)
    if zero:
        found.append(problem("lora_zero", count=len(zero), example=zero[0]))
    return found


def _bytes(file: BinaryIO, tensor: Tensor) -> bytes:
    file.seek(tensor.start)
    return file.read(tensor.end - tensor.start)
