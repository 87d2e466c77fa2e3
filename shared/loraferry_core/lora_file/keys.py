"""The canonical key names of a LoRA: frozen tables, never read off a model.

A loader maps keys by name alone, and libraries rename modules between releases (transformers 5.6 flattened
CLIPTextModel), so names come from here and the trainer checks its modules against them.
Kohya's format: `<prefix of the model>_<module path with . as _>` + `.lora_down.weight`, `.lora_up.weight`, `.alpha`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from loraferry_core.lora_file.parts import ALPHA

Naming = Literal["diffusers", "ldm"]
"""Whose module paths the keys hold: Stable Diffusion 1 and 2 go by diffusers', SDXL by the original code's."""


@dataclass(frozen=True)
class UNetShape:
    """What decides the module names of a UNet of the Stable Diffusion kind.

    `depths` tells for each level, from the largest resolution down, how many transformer blocks each of its attentions
    holds; 0 where the level has none. `widens` tells which levels have more channels than the one before.
    """

    depths: tuple[int, ...] = (1, 1, 1, 0)
    middle: int = 1
    layers_per_block: int = 2
    widens: tuple[bool, ...] = (False, True, True, False)


SD1_UNET = SD2_UNET = UNetShape()
SDXL_UNET = UNetShape(depths=(0, 2, 10), middle=10, widens=(False, True, True))
_TRANSFORMER = (
    "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0",
    "attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0",
    "ff.net.0.proj", "ff.net.2",
)  # fmt: skip
_RESIDUAL = ("conv1", "time_emb_proj", "conv2")
_CLIP = (
    "self_attn.k_proj", "self_attn.v_proj", "self_attn.q_proj", "self_attn.out_proj", "mlp.fc1", "mlp.fc2",
)  # fmt: skip
TEXT_ENCODERS = ("text_encoder", "text_encoder_2")
"""What diffusers calls them, in order."""
_TEXT_PREFIXES: dict[Naming, dict[str, str]] = {
    "diffusers": {"text_encoder": "lora_te"},
    "ldm": {"text_encoder": "lora_te1", "text_encoder_2": "lora_te2"},
}


def unet_modules(shape: UNetShape) -> tuple[str, ...]:
    """Paths of all layers that an adapter may stand beside, in diffusers' names: first those of the transformers (192 for
    Stable Diffusion 1 and 2, 722 for SDXL), then those of the residual blocks."""
    return (*_transformer_modules(shape), *_residual_modules(shape))


def _transformer_modules(shape: UNetShape) -> Iterator[str]:
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
    for place, depth in places:
        if depth:
            yield f"{place}.proj_in"
            yield from (f"{place}.transformer_blocks.{block}.{part}" for block in range(depth) for part in _TRANSFORMER)
            yield f"{place}.proj_out"


def _residual_modules(shape: UNetShape) -> Iterator[str]:
    last = len(shape.depths) - 1
    for level, widens in enumerate(shape.widens):
        for layer in range(shape.layers_per_block):
            yield from _residual(f"down_blocks.{level}.resnets.{layer}", shortcut=widens and layer == 0)
        if level < last:
            yield f"down_blocks.{level}.downsamplers.0.conv"
    for layer in range(2):
        yield from _residual(f"mid_block.resnets.{layer}", shortcut=False)
    for level in range(last + 1):
        for layer in range(shape.layers_per_block + 1):
            # What came down is put beside what goes up, so each of these changes the number of channels.
            yield from _residual(f"up_blocks.{level}.resnets.{layer}", shortcut=True)
        if level < last:
            yield f"up_blocks.{level}.upsamplers.0.conv"


def _residual(place: str, *, shortcut: bool) -> Iterator[str]:
    yield from (f"{place}.{part}" for part in _RESIDUAL)
    if shortcut:
        yield f"{place}.conv_shortcut"


def untaught(shape: UNetShape, latents: Iterable[tuple[int, int]]) -> frozenset[str]:
    """Queries and keys that nothing can teach with latents of these heights and widths.

    Where self-attention sees a single token its softmax is 1 whatever they are, so their gradient is zero.
    """
    sizes = tuple(latents)
    last = len(shape.depths) - 1
    levels = {level for level in range(last + 1) if all(_tokens(size, level) == 1 for size in sizes)}
    return frozenset(
        module
        for module in _transformer_modules(shape)
        if module.endswith(("attn1.to_q", "attn1.to_k")) and _level(module, last) in levels
    )


def _tokens(size: tuple[int, int], level: int) -> int:
    scale = 1 << level
    return ceil(size[0] / scale) * ceil(size[1] / scale)


def _level(module: str, last: int) -> int:
    """How often the sides were halved where a module stands."""
    side, number = module.split(".")[:2]
    if side == "mid_block":
        return last
    return int(number) if side == "down_blocks" else last - int(number)


def has_kernel(module: str) -> bool:
    """Whether a layer is a convolution that sees more than one pixel at a time."""
    return module.endswith((".conv1", ".conv2", ".conv"))


def targeted(modules: tuple[str, ...], endings: tuple[str, ...]) -> tuple[str, ...]:
    """Those modules whose path ends in one of `endings`, at a dot."""
    return tuple(name for name in modules if any(name == e or name.endswith(f".{e}") for e in endings))


def text_modules(encoder: str, layers: int) -> tuple[str, ...]:
    """Paths of all layers of a CLIP text encoder that an adapter may stand beside: behind the `encoder`'s name (one of
    `TEXT_ENCODERS`), in the names that transformers had when the formats came about."""
    return tuple(f"{encoder}.text_model.encoder.layers.{layer}.{part}" for layer in range(layers) for part in _CLIP)


def text_encoders(naming: Naming) -> tuple[str, ...]:
    """Which of `TEXT_ENCODERS` the families of this naming have."""
    return tuple(_TEXT_PREFIXES[naming])


def model_of(module: str) -> str:
    """The model that a path belongs to: one of `TEXT_ENCODERS`, or `unet`, whose paths have nothing before them."""
    name = module.partition(".")[0]
    return name if name in TEXT_ENCODERS else "unet"


# Blocks of a level are numbered through in the original code: two residual layers and the change of size after them.
_PLACE = re.compile(
    r"^(down_blocks|mid_block|up_blocks)(?:\.(\d+))?\.(attentions|resnets|downsamplers|upsamplers)\.(\d+)\."
)
_INNER = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}


def ldm_path(module: str, shape: UNetShape = SDXL_UNET) -> str:
    """A block's module's path in the original code (of Stability AI and CompVis), from diffusers'. Raises KeyError where
    there is none."""
    found = _PLACE.match(module)
    if not found:
        raise KeyError(module)
    block, level, part, layer = found[1], int(found[2] or 0), found[3], int(found[4])
    inner, width = module[found.end() :], shape.layers_per_block + 1
    if part == "downsamplers":
        return f"input_blocks.{width * (level + 1)}.0.op"
    if part == "upsamplers":
        attends = shape.depths[-1 - level] > 0
        return f"output_blocks.{width * (level + 1) - 1}.{1 + attends}.conv"
    side = int(part == "attentions")
    place = {
        "down_blocks": f"input_blocks.{width * level + layer + 1}.{side}",
        "mid_block": f"middle_block.{2 * layer + side}",
        "up_blocks": f"output_blocks.{width * level + layer}.{side}",
    }[block]
    return f"{place}.{inner if side else _INNER[inner]}"


def kohya_key(module: str, naming: Naming = "diffusers") -> str:
    """The name a module has in kohya's format, without the tensor's part. Raises KeyError where it has none."""
    model = model_of(module)
    if model != "unet":
        return f"{_TEXT_PREFIXES[naming][model]}_{module.partition('.')[2].replace('.', '_')}"
    path = ldm_path(module) if naming == "ldm" else module
    return f"lora_unet_{path.replace('.', '_')}"


def kohya_keys(parts: Mapping[str, tuple[str, ...]], naming: Naming = "diffusers") -> tuple[str, ...]:
    """All keys of a file, sorted as they stand in it. `parts` gives for each module the names of its adapter's tensors;
    alpha is in every adapter."""
    return tuple(
        sorted(f"{kohya_key(module, naming)}.{part}" for module, names in parts.items() for part in (*names, ALPHA))
    )
