"""Reading the keys of LoRA files from anywhere: which layer, by its canonical path, and which of its tensors.

Dialects: kohya's (`lora_unet_….lora_down.weight`, layers named as diffusers or as the original code do), peft's and
diffusers' (`base_model.model.….lora_A.weight`, `unet.….lora_A.weight`), and diffusers' older one with processors.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from loraferry_core.lora_file.keys import (
    TEXT_ENCODERS,
    Naming,
    UNetShape,
    kohya_key,
    text_encoders,
    text_modules,
    unet_modules,
)
from loraferry_core.lora_file.parts import LORA_PARTS, SCALE

_EVERY = UNetShape(depths=(10,) * 4, middle=10, widens=(True,) * 4)
"""Has every layer that a UNet of these families can have."""
_MOST_LAYERS = 32
"""Of a text encoder: those of SDXL's second one."""
_NAMINGS: tuple[Naming, ...] = ("diffusers", "ldm")
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
    module = _in_text_encoder(module) if module.startswith(TEXT_ENCODERS) else re.sub(r"\.to_out$", ".to_out.0", module)
    if module not in _modules():
        return None
    return module, _FOREIGN_PARTS.get(found["part"], found["part"])


def _in_text_encoder(module: str) -> str:
    """The canonical path: the oldest files have diffusers' names of the projections, the newest lack a level."""
    encoder, _, inner = module.partition(".")
    inner = re.sub(r"\.self_attn\.to_(q|k|v|out)$", r".self_attn.\1_proj", inner)
    return f"{encoder}.{inner if inner.startswith('text_model.') else f'text_model.{inner}'}"


@cache
def _modules() -> frozenset[str]:
    return frozenset((*unet_modules(_EVERY), *(m for name in TEXT_ENCODERS for m in text_modules(name, _MOST_LAYERS))))


@cache
def _by_kohya_name() -> dict[str, str]:
    return {
        kohya_key(module, naming): module
        for naming in _NAMINGS
        for module in (
            *unet_modules(_EVERY),
            *(m for name in text_encoders(naming) for m in text_modules(name, _MOST_LAYERS)),
        )
    }
