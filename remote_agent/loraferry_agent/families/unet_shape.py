"""Reading the shape that decides the canonical names off a UNet's settings."""

from typing import Any

from loraferry_core.lora_file.keys import UNetShape


def shape_of(settings: Any) -> UNetShape:
    """The shape that decides the canonical names, from a UNet's settings."""
    blocks, layers = settings["down_block_types"], settings["transformer_layers_per_block"]
    widths = settings["block_out_channels"]
    depths = [layers] * len(blocks) if isinstance(layers, int) else list(layers)
    return UNetShape(
        depths=tuple(depth if "CrossAttn" in block else 0 for block, depth in zip(blocks, depths, strict=True)),
        middle=depths[-1],
        layers_per_block=settings["layers_per_block"],
        widens=tuple(before != width for before, width in zip((widths[0], *widths), widths, strict=False)),
    )
