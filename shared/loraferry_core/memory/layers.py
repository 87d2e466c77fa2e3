"""The sizes of the layers that an adapter may stand beside, and how many numbers an adapter of each kind has."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork, Network
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.keys import (
    SD1_UNET,
    SD2_UNET,
    SDXL_UNET,
    UNetShape,
    targeted,
    text_modules,
    unet_modules,
)

_WIDTHS = {"sd1": (320, 640, 1280, 1280), "sd2": (320, 640, 1280, 1280), "sdxl": (320, 640, 1280)}
"""Channels of each level of the published UNets."""
_CONTEXT = {"sd1": 768, "sd2": 1024, "sdxl": 2048}
"""Width of the text states that they read."""
_SHAPES: dict[str, UNetShape] = {"sd1": SD1_UNET, "sd2": SD2_UNET, "sdxl": SDXL_UNET}
_FORWARD = 4
"""How many times wider a transformer's inner layer is."""
_ENCODERS = {
    "sd1": {"text_encoder": (12, 768)},
    "sd2": {"text_encoder": (23, 1024)},
    "sdxl": {"text_encoder": (12, 768), "text_encoder_2": (32, 1280)},
}
"""Layers and width of the published text encoders (CLIP ViT-L, OpenCLIP ViT-H and ViT-bigG), by diffusers' names. Their
inner layers are `_FORWARD` times wider as well."""


@dataclass(frozen=True)
class Layer:
    """A layer of `outputs` × `inputs` × kernel × kernel numbers. At its place a latent is `shrink` times less wide and
    high; 0 where the layer reads the text or the timestep, whose length does not depend on the picture."""

    inputs: int
    outputs: int
    kernel: int
    shrink: int


@lru_cache(maxsize=8)
def layers_of(family: str) -> dict[str, Layer]:
    """Every layer that an adapter may stand beside, by canonical path. Raises KeyError for an unknown family."""
    shape, widths, context = _SHAPES[family], _WIDTHS[family], _CONTEXT[family]
    return {module: _layer(module, shape, widths, context) for module in unet_modules(shape)}


def _layer(module: str, shape: UNetShape, widths: tuple[int, ...], context: int) -> Layer:
    place, level, index = _place(module, len(widths))
    width = widths[level]
    shrink = 2**level
    if module.endswith(("to_k", "to_v")) and ".attn2." in module:
        return Layer(context, width, 1, 0)
    if module.endswith("ff.net.0.proj"):
        return Layer(width, 2 * _FORWARD * width, 1, shrink)
    if module.endswith("ff.net.2"):
        return Layer(_FORWARD * width, width, 1, shrink)
    if module.endswith("time_emb_proj"):
        return Layer(4 * widths[0], width, 1, 0)
    if module.endswith("downsamplers.0.conv"):
        return Layer(width, width, 3, 2 * shrink)
    if module.endswith("upsamplers.0.conv"):
        return Layer(width, width, 3, shrink // 2)
    if module.endswith(("conv1", "conv_shortcut")):
        inputs = _inputs(place, level, index, shape, widths)
        return Layer(inputs, width, 3 if module.endswith("conv1") else 1, shrink)
    return Layer(width, width, 3 if module.endswith("conv2") else 1, shrink)


def _place(module: str, levels: int) -> tuple[str, int, int]:
    """Block, level from the largest resolution down, and number of the layer in it."""
    parts = module.split(".")
    if parts[0] == "mid_block":
        return parts[0], levels - 1, int(parts[2])
    level = int(parts[1])
    return parts[0], level if parts[0] == "down_blocks" else levels - 1 - level, int(parts[3])


def _inputs(place: str, level: int, index: int, shape: UNetShape, widths: tuple[int, ...]) -> int:
    """Channels that come into a residual layer: on the way up those from below and those kept on the way down."""
    if place == "mid_block":
        return widths[level]
    if place == "down_blocks":
        return widths[level] if index else widths[max(0, level - 1)]
    below = widths[level] if index else widths[min(level + 1, len(widths) - 1)]
    kept = widths[max(0, level - 1)] if index == shape.layers_per_block else widths[level]
    return below + kept


def ranks(family: str, network: Network) -> Iterator[tuple[Layer, int]]:
    """Each layer with an adapter, and its rank."""
    spec, layers = FAMILIES[family], layers_of(family)
    endings = tuple(ending for group in network.targets for ending in spec.targets[group])
    for module in targeted(tuple(layers), endings):
        layer = layers[module]
        rank, _ = network.strength(module, convolution=layer.kernel > 1)
        if rank:
            yield layer, rank


@lru_cache(maxsize=64)
def parameters_of(family: str, network: Network) -> int:
    """How many numbers are trained. Raises KeyError for an unknown family."""
    return sum(_numbers(layer, rank, network) for layer, rank in ranks(family, network))


def text_parameters_of(family: str, encoder: str, network: Network) -> int:
    """How many numbers are trained in a text encoder, which diffusers calls `encoder`, with `network` in it; 0 where the
    family has none of that name. Raises KeyError for an unknown family."""
    depth, width = _ENCODERS[family].get(encoder, (0, 0))
    total = 0
    for module in text_modules(encoder, depth):
        rank, _ = network.strength(module, convolution=False)
        inputs = _FORWARD * width if module.endswith("fc2") else width
        outputs = _FORWARD * width if module.endswith("fc1") else width
        if rank:
            total += _numbers(Layer(inputs, outputs, 1, 0), rank, network)
    return total


def _numbers(layer: Layer, rank: int, network: Network) -> int:
    inputs = layer.inputs * layer.kernel**2
    if isinstance(network, LoraNetwork):
        return rank * (inputs + layer.outputs) + (layer.outputs if network.dora else 0)
    if isinstance(network, LohaNetwork):
        return 2 * rank * (inputs + layer.outputs)
    assert isinstance(network, LokrNetwork)
    return _kronecker(layer, rank, network.factor or -1)


def _kronecker(layer: Layer, rank: int, factor: int) -> int:
    """As peft's LoKr divides a layer: the small matrix whole, the other split where the rank is less than half of it."""
    small_in, large_in = _divided(layer.inputs, factor)
    small_out, large_out = _divided(layer.outputs, factor)
    area = layer.kernel**2
    split = rank < max(large_out, large_in) / 2
    large = rank * (large_out + large_in * area) if split else large_out * large_in * area
    return small_in * small_out + large


def _divided(number: int, factor: int) -> tuple[int, int]:
    """Two factors of `number`: the given one first where it divides, else as even as can be, the smaller first."""
    if factor > 0 and number % factor == 0:
        return factor, number // factor
    limit = isqrt(number) if factor == -1 else min(factor, isqrt(number))
    small = max(divisor for divisor in range(1, limit + 1) if number % divisor == 0)
    return small, number // small


@lru_cache(maxsize=64)
def inner_numbers(family: str, network: Network) -> float:
    """How many numbers all adapters together have between their two factors for one latent of the picture."""
    return sum(rank / layer.shrink**2 for layer, rank in ranks(family, network) if layer.shrink)


@lru_cache(maxsize=64)
def full_numbers(family: str, network: Network) -> int:
    """How many numbers the layers with an adapter have themselves."""
    return sum(layer.inputs * layer.outputs * layer.kernel**2 for layer, _ in ranks(family, network))
