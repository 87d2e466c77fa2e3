"""What a run takes of a graphics card, phase by phase, from a table that was fitted to traces of real training steps.

`python -m tests.bench.memory --fit` makes the table (`fitted.py`) anew. A step's memory is linear in pictures at once ×
latent pixels and in the numbers of the adapter; only the coefficients differ between families, kinds of adapters and
gradient checkpointing.
"""

from dataclasses import dataclass

from loraferry_core.config import TrainConfig
from loraferry_core.config.network import LoraNetwork, Network
from loraferry_core.dataset.buckets import Size, buckets
from loraferry_core.families import FAMILIES
from loraferry_core.memory.buckets import largest
from loraferry_core.memory.fitted import ENCODERS, OPTIMIZERS, PASSES, PICTURES, WEIGHTS
from loraferry_core.memory.layers import full_numbers, inner_numbers, parameters_of

SINGLE = 4
"""Bytes of a number in single precision, in which adapters, their gradients and their running mean are."""
HALF = 2
"""Bytes of a number in half precision, in which a card calculates."""
LATENT = 8
"""Pixels of a side that one latent stands for, in all families of the table."""
Features = dict[str, float]


@dataclass(frozen=True)
class Request:
    """What decides how much memory a run takes. `size` is the largest bucket (width, height), `at_once` how many
    pictures go through the denoiser together, `sample` the side of test pictures or 0 for none; all in pixels."""

    family: str
    network: Network
    optimizer: str
    size: Size
    at_once: int
    checkpointing: bool
    ema: bool = False
    sample: int = 0


def request_of(config: TrainConfig) -> Request:
    """What a plan asks for. Raises KeyError for a family that the table does not know."""
    step = FAMILIES[config.base.family].bucket_step
    return Request(
        family=config.base.family,
        network=config.network,
        optimizer=config.optimizer.kind,
        size=largest(buckets(config.dataset.resolution, step)),
        at_once=config.loop.batch,
        checkpointing=config.loop.gradient_checkpointing,
        ema=config.loop.ema > 0,
        sample=(config.sampling.size or config.dataset.resolution) if config.sampling.every else 0,
    )


def is_known(family: str) -> bool:
    """Whether the table has this family."""
    return family in WEIGHTS


def phases(request: Request) -> dict[str, int]:
    """Bytes by phase, as the trainer's allocator counts them, on a card that calculates in half precision. What driver
    and kernels take for themselves comes on top (`solve.needed_on_card`)."""
    found = {
        "cache_captions": ENCODERS[request.family],
        "cache_latents": _picture("encode", request.family, request.size[0] * request.size[1]),
        "load_denoiser": WEIGHTS[request.family],
        "train": step_bytes(request),
    }
    if request.sample:
        found["sample"] = resting_bytes(request) + copies_bytes(request) + _sample(request)
    return found


def peak(request: Request) -> int:
    """The most bytes of all phases."""
    return max(phases(request).values())


def resting_bytes(request: Request) -> int:
    """What lies in memory between two steps: frozen weights, adapter, states of the optimizer, running mean."""
    numbers = parameters_of(request.family, request.network)
    kept = SINGLE + OPTIMIZERS[request.optimizer]["state"] + (SINGLE if request.ema else 0)
    return WEIGHTS[request.family] + round(numbers * kept)


def step_bytes(request: Request) -> int:
    """The most of one training step: while the passes run, or while the optimizer steps."""
    numbers = parameters_of(request.family, request.network)
    applying = OPTIMIZERS[request.optimizer]["step"] * numbers + copies_bytes(request)
    return resting_bytes(request) + round(max(passes_bytes(request), applying))


def copies_bytes(request: Request) -> int:
    """The copies in half precision that a plain LoRA keeps where activations are not calculated twice."""
    if kind_of(request.network) != "lora" or request.checkpointing:
        return 0
    return HALF * parameters_of(request.family, request.network)


def passes_bytes(request: Request) -> float:
    """What forward and backward pass take on top of what lies there anyway."""
    coefficients = PASSES[request.family][kind_of(request.network)][request.checkpointing]
    values = features(request)
    return sum(coefficient * values[name] for name, coefficient in coefficients.items())


def features(request: Request) -> Features:
    """The numbers that the table's coefficients are multiplied with."""
    latents = request.at_once * request.size[0] * request.size[1] / LATENT**2
    network = request.network
    return {
        "one": 1.0,
        "latents": latents,
        **{group: latents * (group in network.targets) for group in ("feed_forward", "projection", "convolution")},
        "inner": latents * inner_numbers(request.family, network),
        "parameters": float(parameters_of(request.family, network)),
        "full": float(full_numbers(request.family, network)),
    }


def kind_of(network: Network) -> str:
    """The table's name for a kind of adapter."""
    return "dora" if isinstance(network, LoraNetwork) and network.dora else network.kind


def _sample(request: Request) -> int:
    pixels = request.sample**2
    return max(_picture("denoise", request.family, pixels), _picture("decode", request.family, pixels))


def _picture(what: str, family: str, pixels: int) -> int:
    fixed, each = PICTURES[what][family]
    return round(fixed + each * pixels)
