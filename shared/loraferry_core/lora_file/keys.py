"""The canonical key names of a LoRA: frozen tables, never read off a model.

A loader maps keys by name alone, and libraries rename modules between releases (transformers 5.6 flattened
CLIPTextModel), so names come from here and the trainer checks its modules against them.
Kohya's format: `<prefix>_<module path with . as _>` + `.lora_down.weight`, `.lora_up.weight`, `.alpha`.
"""

from dataclasses import dataclass

KOHYA_PARTS = ("lora_down.weight", "lora_up.weight", "alpha")


@dataclass(frozen=True)
class UNetShape:
    """What decides the module names of a UNet of the Stable Diffusion 1 and 2 kind.

    `attention` tells for each level, from the largest resolution down, whether its blocks hold transformers.
    """

    attention: tuple[bool, ...] = (True, True, True, False)
    layers_per_block: int = 2
    depth: int = 1


SD1_UNET = UNetShape()
_TRANSFORMER = (
    "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0",
    "attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0",
    "ff.net.0.proj", "ff.net.2",
)  # fmt: skip


def unet_modules(shape: UNetShape) -> tuple[str, ...]:
    """Paths of all linear and 1×1 layers of the transformers, in diffusers' names: 192 for Stable Diffusion 1."""
    levels = len(shape.attention)
    places = [
        f"down_blocks.{level}.attentions.{layer}"
        for level in range(levels)
        if shape.attention[level]
        for layer in range(shape.layers_per_block)
    ]
    places.append("mid_block.attentions.0")
    places += [
        f"up_blocks.{level}.attentions.{layer}"
        for level in range(levels)
        if shape.attention[levels - 1 - level]
        for layer in range(shape.layers_per_block + 1)
    ]
    names: list[str] = []
    for place in places:
        names.append(f"{place}.proj_in")
        names += [f"{place}.transformer_blocks.{i}.{part}" for i in range(shape.depth) for part in _TRANSFORMER]
        names.append(f"{place}.proj_out")
    return tuple(names)


def targeted(modules: tuple[str, ...], endings: tuple[str, ...]) -> tuple[str, ...]:
    """Those modules whose path ends in one of `endings`, at a dot."""
    return tuple(name for name in modules if any(name == e or name.endswith(f".{e}") for e in endings))


def kohya_key(module: str, prefix: str = "lora_unet") -> str:
    """The name a module has in kohya's format, without the tensor's part."""
    return f"{prefix}_{module.replace('.', '_')}"


def kohya_keys(modules: tuple[str, ...], prefix: str = "lora_unet") -> tuple[str, ...]:
    """All keys of a LoRA on these modules, sorted as they stand in the file."""
    return tuple(sorted(f"{kohya_key(module, prefix)}.{part}" for module in modules for part in KOHYA_PARTS))
