"""The most memory that each phase of a run has in use at once, found by carrying it out without content.

The steps, encoders and samples are the recipe's own, on torch's `meta` device: no weights, no graphics card, some
seconds. What a driver and cuDNN take for themselves is not in the figures (see `loraferry_core.memory`).
"""

import json
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine import optim
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.memory.card import like_a_card
from loraferry_agent.engine.memory.counting import LiveBytes
from loraferry_agent.engine.memory.eight_bit import EightBitStates
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.reading import as_one
from loraferry_agent.engine.sampler import Sampler, Wish, decoding_dtype
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES, Family
from loraferry_agent.families.protocol import Base, Conditioning, Denoiser
from loraferry_agent.families.published import PUBLISHED
from loraferry_core.config import TrainConfig
from loraferry_core.config.optimizers import AdamW8bit, Optimizer
from loraferry_core.dataset.buckets import Size, buckets, fit
from loraferry_core.memory.buckets import largest

_META = torch.device("meta")
_CHANNELS = 3


@dataclass(frozen=True)
class Traced:
    """One training step: bytes in use before it, at most in its passes, and at most while the optimizer steps."""

    resting: int
    passes: int
    applying: int
    parameters: int
    """How many numbers the adapter has."""

    @property
    def peak(self) -> int:
        """The most bytes of the step."""
        return max(self.passes, self.applying)


def predicted_peak(config: TrainConfig, *, precision: str = "bf16", base: Base | None = None) -> dict[str, int]:
    """Bytes by phase of a run of `config` on a graphics card: what `torch.cuda.max_memory_allocated` should say.

    The phases are `cache_captions`, `cache_latents` (one picture of the largest bucket), `load_denoiser`, `train` (so
    many pictures of the largest bucket as `loop.batch` says, with `loop.gradient_checkpointing` and `loop.ema`) and
    `sample`. `precision` is that of the frozen model. `base` is a folder whose settings files are read; without one the
    published model of `base.family` is meant. Takes some seconds.
    """
    family = FAMILIES[config.base.family]
    if base is None:
        with published(config.base.family) as found:
            return _peaks(config, family, found, precision)
    return _peaks(config, family, base, precision)


def _peaks(config: TrainConfig, family: Family, base: Base, precision: str) -> dict[str, int]:
    size = largest(buckets(config.dataset.resolution, family.spec.bucket_step))
    step = trace_step(config, family, base, size, precision)
    return {
        "cache_captions": trace_captions(family, base, precision, config.text_encoders.trained),
        "cache_latents": trace_latents(family, base, size),
        "load_denoiser": trace_loading(family, base, precision, config.text_encoders.trained),
        "train": step.peak,
        "sample": max(trace_sample(config, family, base, precision)),
    }


@contextmanager
def published(family: str) -> Iterator[Base]:
    """A folder with the settings files of the published model of a family, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        for name, table in PUBLISHED[family].items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(table), encoding="utf-8")
        yield Base(family, Path(folder))


def trace_captions(family: Family, base: Base, precision: str, learning: Collection[str] = ()) -> int:
    """The peak of encoding one caption of one chunk with the encoders that are not `learning`."""
    with LiveBytes("meta") as count:
        coder = family.hollow_text(base, Device(_META, precision).dtype, learning)
        count.restart()
        coder.encode("", 1)
    return count.peak


def trace_latents(family: Family, base: Base, size: Size) -> int:
    """The peak of encoding one picture of `size` (width, height)."""
    with like_a_card(), LiveBytes("meta") as count:
        family.hollow_image(base, torch.float32).encode(torch.empty((1, _CHANNELS, *reversed(size)), device=_META))
    return count.peak


def trace_loading(family: Family, base: Base, precision: str, learning: Collection[str] = ()) -> int:
    """The bytes of the denoiser and of the text encoders that are `learning`."""
    dtype = Device(_META, precision).dtype
    with LiveBytes("meta") as count:
        loaded = (family.hollow_denoiser(base, dtype), family.hollow_reader(base, dtype, learning))
        found = count.live
        del loaded
    return found


def trace_step(config: TrainConfig, family: Family, base: Base, size: Size, precision: str) -> Traced:
    """The second step of a run, `loop.batch` pictures of `size` at once: then the optimizer has all its states."""
    with like_a_card(), LiveBytes("meta") as count:
        denoiser, update, parameters = _loaded(config, family, base, precision)
        _fill_states(update, parameters)
        batch = _batch(config, family, base, size, denoiser, Device(_META, precision))
        count.restart()
        return measured(count, update, batch, parameters)


def measured(count: LiveBytes, update: Update, batch: StepBatch, parameters: list[Parameter]) -> Traced:
    """Make one step, counted."""
    resting, apply, passes = count.live, update.apply, 0

    def applied(loss: Tensor) -> Tensor:
        nonlocal passes
        passes = count.peak
        count.restart()
        return apply(loss)

    update.apply = applied  # type: ignore[method-assign]
    try:
        update(batch, 1e-4)
    finally:
        del update.apply
    return Traced(resting, passes, count.peak, sum(parameter.numel() for parameter in parameters))


def trace_sample(config: TrainConfig, family: Family, base: Base, precision: str) -> tuple[int, int]:
    """The peaks of denoising and of decoding one test picture, beside all that training keeps."""
    unit, device = family.pixels_per_latent(base), Device(_META, precision)
    side = (config.sampling.size or config.dataset.resolution) // unit
    with like_a_card(), LiveBytes("meta") as count:
        denoiser, update, parameters = _loaded(config, family, base, precision)
        _fill_states(update, parameters)
        size = (side * unit, side * unit)
        conditioning = {name: rows[0] for name, rows in _conditioning(config, family, base, size, 1, device).items()}
        coding = decoding_dtype(device)
        drawing = Sampler(
            wishes=[Wish("", 0, conditioning)],
            negative=conditioning,
            settings=config.sampling.replace(steps=1),
            scheduler=family.noise_settings(base),
            prediction="epsilon",
            shape=(family.latent_channels(base), side, side),
            device=device,
            load_image=lambda: family.hollow_image(base, coding),
        )
        count.restart()
        latents = drawing.latents(denoiser, drawing.wishes)
        denoising = count.peak
        count.restart()
        drawing.load_image().decode(latents)
        return denoising, count.peak


def _loaded(
    config: TrainConfig, family: Family, base: Base, precision: str
) -> tuple[Denoiser, Update, list[Parameter]]:
    device = Device(_META, precision)
    learning = config.text_encoders.trained
    reader = family.hollow_reader(base, device.dtype, learning) if learning else None
    models = as_one(config, family.hollow_denoiser(base, device.dtype), reader)
    denoiser, parameters = models.denoiser, models.attach(config, family.spec).parameters
    objective = Objective(family.noise_settings(base), "epsilon", config.objective, _META)
    optimizer = _optimizer(config.optimizer, parameters)
    loop = config.loop
    update = Update(denoiser, objective, optimizer, parameters, device, loop.max_grad_norm, loop.ema)
    return denoiser, update, parameters


def _optimizer(config: Optimizer, parameters: list[Parameter]) -> torch.optim.Optimizer:
    if isinstance(config, AdamW8bit):
        return EightBitStates(parameters)
    return optim.build(config, parameters)


def _fill_states(update: Update, parameters: list[Parameter]) -> None:
    """A step with a gradient of nothing, for the states that the optimizer makes in its first."""
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    update.apply(torch.zeros((), device=_META))


def _batch(
    config: TrainConfig, family: Family, base: Base, size: Size, denoiser: Denoiser, device: Device
) -> StepBatch:
    images, unit = config.loop.batch, family.pixels_per_latent(base)
    shape = (images, family.latent_channels(base), size[1] // unit, size[0] // unit)
    latents, noise = torch.empty(shape), torch.empty(shape)
    conditioning = _conditioning(config, family, base, size, images, device)
    micro = MicroBatch(latents, noise, noise, torch.zeros(images, dtype=torch.int64), conditioning)
    return StepBatch(step=0, images=images, micro=(micro,), names=("",) * images)


def _conditioning(
    config: TrainConfig, family: Family, base: Base, size: Size, images: int, device: Device
) -> Conditioning:
    """What a caption of one chunk becomes, on the processor, once for each picture."""
    encoded = family.hollow_text(base, device.dtype, config.text_encoders.trained).encode("", 1)
    encoded = {name: torch.empty(tensor.shape, dtype=tensor.dtype) for name, tensor in encoded.items()}
    encoded |= family.geometry(size, fit(size, size))
    return {name: torch.stack([tensor] * images) for name, tensor in encoded.items()}
