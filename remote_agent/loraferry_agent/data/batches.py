"""The tensors of each step, made on the processor from the seed and the step's number alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class StepBatch:
    """All pictures of one step. `step` counts from 0."""

    step: int
    images: int
    micro: tuple[MicroBatch, ...]


@dataclass(frozen=True)
class _Draw:
    latents: Tensor
    noise: Tensor
    disturbed: Tensor
    timestep: int
    conditioning: Conditioning


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
        pin: bool = False,
    ) -> None:
        self._pictures = pictures
        self._shapes = [tuple(picture.latents.mean.shape) for picture in pictures]
        self._conditioning = conditioning
        self._order = order
        self._batch = batch
        self._seed = seed
        self._dropout = caption_dropout
        self._noise = noise
        self._timesteps = timesteps
        self._pin = pin

    def at(self, step: int) -> StepBatch:
        """The tensors of `step`."""
        indexes = self._order.pictures(step)
        scalars, noise = chance(self._seed, "step", step), NoiseSource(self._noise, self._seed, step)
        draws = [self._draw(self._pictures[index], scalars, noise) for index in indexes]
        groups = split(indexes, self._shapes, self._batch)
        micro = tuple(self._stacked([draws[position] for position in group]) for group in groups)
        return StepBatch(step, len(indexes), micro)

    def _draw(self, picture: Picture, scalars: random.Random, source: NoiseSource) -> _Draw:
        # Every number is drawn whether a setting needs it or not, so that settings do not change each other's chance.
        mirrored, dropped, which = scalars.random() < 0.5, scalars.random() < self._dropout, scalars.random()
        timestep = scalars.randrange(self._timesteps)
        latents, variants = picture.latents, picture.captions.variants
        mean, std = latents.mean, latents.std
        if mirrored and latents.mirrored_mean is not None and latents.mirrored_std is not None:
            mean, std = latents.mirrored_mean, latents.mirrored_std
        spread, noise = source.draw(mean.shape)
        hidden = source.hidden(mean.shape)
        caption = NONE if dropped else variants[int(which * len(variants))]
        disturbed = noise if hidden is None else noise + hidden
        conditioning = {**self._conditioning[caption], **picture.geometry}
        return _Draw(torch.addcmul(mean, std, spread), noise, disturbed, timestep, conditioning)

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
        )

    def _pinned(self, tensor: Tensor) -> Tensor:
        return tensor.pin_memory() if self._pin else tensor
