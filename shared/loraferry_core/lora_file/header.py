"""Reading a safetensors header. The layout: u64 length, that many bytes of JSON, then the tensors' bytes.

Source: the format's description in huggingface/safetensors. Files may come from a hostile machine, so every number is
checked against the file before it is used.
"""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from loraferry_core.bounds import MAX_WHOLE

MAX_HEADER = 16 * 2**20
"""Far beyond any real header; the format allows 100 MiB, which could take gigabytes to read."""
MAX_DIMENSIONS = 16
MAX_SHOWN = 200
"""Characters of a name that an error repeats."""
ITEM_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
    "U16": 2, "U32": 4, "U64": 8, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip


class NotSafetensors(ValueError):
    """The file is not, or not wholly, a safetensors file."""


class CutShort(NotSafetensors):
    """The end of the file is missing, as of a download that broke off."""


@dataclass(frozen=True)
class Tensor:
    """Where one tensor's bytes stand, counted from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """A checked header: tensors by name in the order of their bytes, metadata, and where the tensors begin."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    data_start: int


def read_header(path: Path) -> Header:
    """The header of a file. Raises NotSafetensors when anything in it does not fit the file, OSError as usual."""
    with path.open("rb") as file:
        return _parse(file, path.stat().st_size)


def _parse(file: BinaryIO, file_size: int) -> Header:
    length = int.from_bytes(file.read(8), "little")
    if file_size < 8 or not 2 <= length <= min(MAX_HEADER, file_size - 8):
        raise NotSafetensors("the header's length is beyond the file")
    try:
        table = json.loads(file.read(length))
    except (ValueError, RecursionError) as error:
        raise NotSafetensors("the header is not JSON") from error
    if not isinstance(table, dict):
        raise NotSafetensors("the header is not a table")
    metadata = table.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise NotSafetensors("the metadata are not texts")
    start = 8 + length
    tensors = {name: _tensor(name, entry, start) for name, entry in table.items()}
    ordered = dict(sorted(tensors.items(), key=lambda item: item[1].start))
    end = start
    for name, tensor in ordered.items():
        if tensor.start != end:
            raise NotSafetensors(f"there is a gap or an overlap before {name[:MAX_SHOWN]}")
        end = tensor.end
    if end > file_size:
        raise CutShort(f"the tensors end at byte {end}, the file at {file_size}")
    if end != file_size:
        raise NotSafetensors(f"the tensors end at byte {end}, the file at {file_size}")
    return Header(ordered, metadata, start)


def _tensor(name: str, entry: Any, data_start: int) -> Tensor:
    shown = name[:MAX_SHOWN]
    try:
        dtype, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        item = ITEM_BYTES[dtype]
    except (KeyError, TypeError, ValueError) as error:
        raise NotSafetensors(f"the entry of {shown} is odd") from error
    numbers = (*shape, start, end)
    if len(shape) > MAX_DIMENSIONS or not all(type(n) is int and 0 <= n < MAX_WHOLE for n in numbers):
        raise NotSafetensors(f"the entry of {shown} is odd")
    expected = prod(shape) * item
    if end - start != expected:
        raise NotSafetensors(f"{shown} has {end - start} bytes where its shape needs {expected}")
    return Tensor(dtype, shape, data_start + start, data_start + end)
