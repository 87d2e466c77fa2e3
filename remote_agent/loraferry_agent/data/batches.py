"""The tensors of each step, made on the processor from the seed and the step's number alone."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import itemgetter
from typing import Any

import torch
from torch import Tensor

from loraferry_agent.data.captions import NONE, Captions
from loraferry_agent.data.chance import chance
from loraferry_agent.data.latents import Latents
from loraferry_agent.data.noise import NoiseSource
from loraferry_agent.data.order import Order, split
from loraferry_agent.families.protocol import Conditioning
from loraferry_core.config.objective import Noise


@dataclass(frozen=True)
class Picture:
    """One picture that is trained on."""

    latents: Latents
    captions: Captions
    geometry: Conditioning = field(default_factory=dict)
    """What the denoiser is told of its size and crop."""
    weight: float = 1.0
    """How much its error counts."""
    name: str = ""
    repeats: int = 1
    """How often it comes where others come once."""


@dataclass(frozen=True)
class MicroBatch:
    """What one pass through the denoiser takes: n pictures of one shape."""

    latents: Tensor
    noise: Tensor
    """What the model is to tell."""
    disturbed: Tensor
    """What is put on the latents: the noise, and perhaps something on top."""
    timesteps: Tensor
    conditioning: Conditioning
    weights: Tensor | None = None
    """How much the error of each picture counts (n); None where all count alike."""
    mask: Tensor | None = None
    """How much the error of each latent counts (n × 1 × h × w); None where all count alike."""

    def parts(self, at_once: int) -> Iterator["MicroBatch"]:
        """The same pictures, at most so many at a time; all of them for 0."""
        if not at_once or len(self.latents) <= at_once:
            yield self
            return
        for start in range(0, len(self.latents), at_once):
            yield self.each(itemgetter(slice(start, start + at_once)))

    def each(self, change: Callable[[Tensor], Tensor]) -> "MicroBatch":
        """The same with every tensor changed; what was one tensor stays one."""
        changed = replace(self, **{each.name: _changed(getattr(self, each.name), change) for each in fields(self)})
        return replace(changed, disturbed=changed.noise) if self.disturbed is self.noise else changed


def _changed(value: Tensor | Conditioning | None, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, dict):
        return {name: change(tensor) for name, tensor in value.items()}
    return None if value is None else change(value)


@dataclass(frozen=True)
class StepBatch:
    """All pictures of one step. `step` counts from 0."""

    step: int
    images: int
    micro: tuple[MicroBatch, ...]
    names: tuple[str, ...]
    """What all pictures of the step are called, in the order in which the passes have them; where several processes share
    them, each has every so manieth."""
    arrived: "torch.cuda.Event | None" = None
    """Until then the tensors are on their way to the device; None where nobody has sent them."""


@dataclass(frozen=True)
class _Draw:
    latents: Tensor
    noise: Tensor
    disturbed: Tensor
    timestep: int
    conditioning: Conditioning
    weight: float
    mask: Tensor | None


class Batches:
    """Step number → tensors. The draws of a picture depend on its place in the step, not on how the step is split."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        conditioning: dict[str, Conditioning],
        order: Order,
        *,
        batch: int,
        seed: int,
        caption_dropout: float,
        noise: Noise,
        timesteps: int,
        outside_weight: float = 0.0,
        pin: bool = False,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """`share`: which of how many parts of each step's pictures are wanted; each takes every so manieth picture."""
        self._pictures = pictures
        self._shapes = [tuple(picture.latents.mean.shape) for picture in pictures]
        self._conditioning = conditioning
        self._order = order
        self._batch = batch
        self._seed = seed
        self._dropout = caption_dropout
        self._noise = noise
        self._timesteps = timesteps
        self._outside = outside_weight
        self._pin = pin
        self._share = share

    def at(self, step: int) -> StepBatch:
        """The tensors of `step`."""
        indexes = self._order.pictures(step)
        scalars, noise = chance(self._seed, "step", step), NoiseSource(self._noise, self._seed, step)
        draws = [self._draw(self._pictures[index], scalars, noise) for index in indexes]
        ordered = [position for group in split(indexes, self._shapes, self._batch) for position in group]
        number, count = self._share
        own = ordered[number::count]
        own_groups = split([indexes[position] for position in own], self._shapes, self._batch)
        micro = tuple(self._stacked([draws[own[position]] for position in group]) for group in own_groups)
        names = tuple(self._pictures[indexes[position]].name for position in ordered)
        return StepBatch(step, len(indexes), micro, names)

    def _draw(self, picture: Picture, scalars: random.Random, source: NoiseSource) -> _Draw:
        # Every number is drawn whether a setting needs it or not, so that settings do not change each other's chance.
        mirrored, dropped, which = scalars.random() < 0.5, scalars.random() < self._dropout, scalars.random()
        timestep = scalars.randrange(self._timesteps)
        latents, variants = picture.latents, picture.captions.variants
        mean, std, mask = latents.mean, latents.std, latents.mask
        if mirrored and latents.mirrored_mean is not None and latents.mirrored_std is not None:
            mean, std = latents.mirrored_mean, latents.mirrored_std
            mask = mask.flip(-1) if mask is not None else None
        spread, noise = source.draw(mean.shape)
        hidden = source.hidden(mean.shape)
        caption = NONE if dropped else variants[int(which * len(variants))]
        disturbed = noise if hidden is None else noise + hidden
        conditioning = {**self._conditioning[caption], **picture.geometry}
        counts = None if mask is None else counting(mask, self._outside)
        drawn = torch.addcmul(mean, std, spread)
        return _Draw(drawn, noise, disturbed, timestep, conditioning, picture.weight, counts)

    def _stacked(self, draws: list[_Draw]) -> MicroBatch:
        encoded = [draw.conditioning for draw in draws]
        noise = self._pinned(torch.stack([draw.noise for draw in draws]))
        plain = all(draw.disturbed is draw.noise for draw in draws)
        return MicroBatch(
            latents=self._pinned(torch.stack([draw.latents for draw in draws])),
            noise=noise,
            disturbed=noise if plain else self._pinned(torch.stack([draw.disturbed for draw in draws])),
            timesteps=self._pinned(torch.tensor([draw.timestep for draw in draws])),
            conditioning={name: self._pinned(torch.stack([e[name] for e in encoded])) for name in encoded[0]},
            weights=self._weights_of(draws),
            mask=self._mask_of(draws),
        )

    def _weights_of(self, draws: list[_Draw]) -> Tensor | None:
        if all(draw.weight == 1 for draw in draws):
            return None
        return self._pinned(torch.tensor([draw.weight for draw in draws]))

    def _mask_of(self, draws: list[_Draw]) -> Tensor | None:
        if all(draw.mask is None for draw in draws):
            return None
        everything = torch.ones((1, *draws[0].latents.shape[1:]))
        return self._pinned(torch.stack([everything if draw.mask is None else draw.mask for draw in draws]))

    def _pinned(self, tensor: Tensor) -> Tensor:
        return tensor.pin_memory() if self._pin else tensor


def counting(mask: Tensor, outside: float) -> Tensor:
    """How much each latent counts: 1 inside the mask (1 × h × w, 0 … 1), `outside` beside it."""
    return outside + (1 - outside) * mask
