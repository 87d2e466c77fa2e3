"""The canonical key names of a LoRA: frozen tables, never read off a model.

A loader maps keys by name alone, and libraries rename modules between releases (transformers 5.6 flattened
CLIPTextModel), so names come from here and the trainer checks its modules against them.
Kohya's format: `<prefix>_<module path with . as _>` + `.lora_down.weight`, `.lora_up.weight`, `.alpha`.
"""

import re
from dataclasses import dataclass
from typing import Literal

Naming = Literal["diffusers", "ldm"]
"""Whose module paths the keys hold: Stable Diffusion 1 and 2 go by diffusers', SDXL by the original code's."""
KOHYA_PARTS = ("lora_down.weight", "lora_up.weight", "alpha")


@dataclass(frozen=True)
class UNetShape:
    """What decides the module names of a UNet of the Stable Diffusion kind.

    `depths` tells for each level, from the largest resolution down, how many transformer blocks each of its attentions
    holds; 0 where the level has none.
    """

    depths: tuple[int, ...] = (1, 1, 1, 0)
    middle: int = 1
    layers_per_block: int = 2


SD1_UNET = SD2_UNET = UNetShape()
SDXL_UNET = UNetShape(depths=(0, 2, 10), middle=10)
_TRANSFORMER = (
    "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0",
    "attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0",
    "ff.net.0.proj", "ff.net.2",
)  # fmt: skip


def unet_modules(shape: UNetShape) -> tuple[str, ...]:
    """Paths of all linear and 1×1 layers of the transformers, in diffusers' names: 192 for Stable Diffusion 1 and 2, 722
    for SDXL."""
    places = [
        (f"down_blocks.{level}.attentions.{layer}", depth)
        for level, depth in enumerate(shape.depths)
        for layer in range(shape.layers_per_block)
    ]
    places.append(("mid_block.attentions.0", shape.middle))
    places += [
        (f"up_blocks.{level}.attentions.{layer}", depth)
        for level, depth in enumerate(reversed(shape.depths))
        for layer in range(shape.layers_per_block + 1)
    ]
    names: list[str] = []
    for place, depth in places:
        if depth:
            names.append(f"{place}.proj_in")
            names += [f"{place}.transformer_blocks.{block}.{part}" for block in range(depth) for part in _TRANSFORMER]
            names.append(f"{place}.proj_out")
    return tuple(names)


def targeted(modules: tuple[str, ...], endings: tuple[str, ...]) -> tuple[str, ...]:
    """Those modules whose path ends in one of `endings`, at a dot."""
    return tuple(name for name in modules if any(name == e or name.endswith(f".{e}") for e in endings))


# Blocks of a level are numbered through in the original code: two residual layers and the change of size after them.
_PLACE = re.compile(r"^(down_blocks|mid_block|up_blocks)(?:\.(\d+))?\.attentions\.(\d+)\.")


def ldm_path(module: str) -> str:
    """A module's path in the original code of SDXL, from diffusers'. Raises KeyError where there is none."""
    found = _PLACE.match(module)
    if not found:
        raise KeyError(module)
    level, layer = int(found[2] or 0), int(found[3])
    place = {
        "down_blocks": f"input_blocks.{3 * level + layer + 1}.1",
        "mid_block": f"middle_block.{2 * layer + 1}",
        "up_blocks": f"output_blocks.{3 * level + layer}.1",
    }[found[1]]
    return f"{place}.{module[found.end() :]}"


def kohya_key(module: str, naming: Naming = "diffusers", prefix: str = "lora_unet") -> str:
    """The name a module has in kohya's format, without the tensor's part."""
    path = ldm_path(module) if naming == "ldm" else module
    return f"{prefix}_{path.replace('.', '_')}"


def kohya_keys(modules: tuple[str, ...], naming: Naming = "diffusers", prefix: str = "lora_unet") -> tuple[str, ...]:
    """All keys of a LoRA on these modules, sorted as they stand in the file."""
    return tuple(sorted(f"{kohya_key(module, naming, prefix)}.{part}" for module in modules for part in KOHYA_PARTS))
