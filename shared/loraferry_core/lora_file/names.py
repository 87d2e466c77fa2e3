"""Reading the keys of LoRA files from anywhere: which layer of the UNet, by its canonical path, and which of its tensors.

Dialects: kohya's (`lora_unet_….lora_down.weight`, layers named as diffusers or as the original code do), peft's and
diffusers' (`base_model.model.….lora_A.weight`, `unet.….lora_A.weight`), and diffusers' older one with processors.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from loraferry_core.lora_file.keys import UNetShape, kohya_key, unet_modules
from loraferry_core.lora_file.parts import LORA_PARTS, SCALE

_EVERY = UNetShape(depths=(10,) * 4, middle=10, widens=(True,) * 4)
"""Has every layer that a UNet of these families can have."""
_DOWN, _UP = LORA_PARTS
_FOREIGN_PARTS = {
    "lora_A.weight": _DOWN, "lora_B.weight": _UP, "lora.down.weight": _DOWN, "lora.up.weight": _UP,
    "lora_linear_layer.down.weight": _DOWN, "lora_linear_layer.up.weight": _UP,
    "lora_magnitude_vector": SCALE, "lora_magnitude_vector.weight": SCALE,
}  # fmt: skip
_DOTTED = re.compile(
    r"^(?:base_model\.model\.)?(?:unet\.)?(?P<module>.+?)"
    r"(?:\.|_(?=lora\.(?:down|up)\.weight$))(?P<part>lora[_.].+|hada_\w+|lokr_\w+|dora_scale|alpha)$"
)


@dataclass(frozen=True)
class Named:
    """The keys of a file: those that are understood, as (canonical path, part), and the others."""

    places: dict[str, tuple[str, str]]
    unknown: tuple[str, ...]

    @property
    def parts(self) -> dict[str, dict[str, str]]:
        """For each module its parts, and the key of each."""
        found: dict[str, dict[str, str]] = {}
        for key, (module, part) in self.places.items():
            found.setdefault(module, {})[part] = key
        return found


def named(keys: Iterable[str]) -> Named:
    """Understand the keys of a file, whatever its dialect."""
    places: dict[str, tuple[str, str]] = {}
    unknown = []
    for key in keys:
        place = _kohya(key) or _dotted(key)
        if place is None:
            unknown.append(key)
        else:
            places[key] = place
    return Named(places, tuple(unknown))


def _kohya(key: str) -> tuple[str, str] | None:
    name, _, part = key.partition(".")
    module = _by_kohya_name().get(name)
    return (module, part) if module and part else None


def _dotted(key: str) -> tuple[str, str] | None:
    found = _DOTTED.match(key)
    if not found:
        return None
    module = found["module"].replace(".processor.to_", ".to_")
    if module.endswith(".to_out"):
        module += ".0"
    if module not in _modules():
        return None
    return module, _FOREIGN_PARTS.get(found["part"], found["part"])


@cache
def _modules() -> frozenset[str]:
    return frozenset(unet_modules(_EVERY))


@cache
def _by_kohya_name() -> dict[str, str]:
    return {kohya_key(module, naming): module for module in _modules() for naming in ("diffusers", "ldm")}
