"""Safetensors files built by hand, so that they can be wrong in every way."""

import json
import struct
from pathlib import Path

KEY = "lora_unet_mid_block_attentions_0_proj_in"
PARTS = {"alpha": b"\x00\x48", "lora_down.weight": b"\x00\x3c" * 4, "lora_up.weight": b"\x00\xbc" * 4}


def table(tensors: dict[str, tuple[str, list[int], bytes]], metadata: dict[str, str] | None = None) -> dict:
    """The header's table for tensors that follow one another."""
    found: dict = {} if metadata is None else {"__metadata__": metadata}
    place = 0
    for name, (dtype, shape, data) in tensors.items():
        found[name] = {"dtype": dtype, "shape": shape, "data_offsets": [place, place + len(data)]}
        place += len(data)
    return found


def raw(header: object, data: bytes = b"") -> bytes:
    """A file of this header (JSON, or bytes as they are) and this data."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def lora(
    path: Path, metadata: dict[str, str] | None = None, module: str = KEY, dtype: str = "F16", **parts: bytes
) -> Path:
    """Writes a LoRA of one module with rank 2; `parts` (`alpha`, `down`, `up`) replace the bytes of its tensors."""
    names = {"alpha": "alpha", "down": "lora_down.weight", "up": "lora_up.weight"}
    data = {**PARTS, **{names[part]: content for part, content in parts.items()}}
    width = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}[dtype]
    tensors = {f"{module}.{part}": (dtype, [len(bytes_) // width], bytes_) for part, bytes_ in data.items()}
    path.write_bytes(raw(table(tensors, metadata), b"".join(data.values())))
    return path
