"""The error on held-out pictures: always at the same degrees of noise, with the same noise, with nothing else by chance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from loraferry_agent.data.batches import Picture, counting
from loraferry_agent.data.chance import generator
from loraferry_agent.data.order import split
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.objective import Objective, masked_mean
from loraferry_agent.families.protocol import Conditioning, Denoiser


@dataclass(frozen=True)
class _Case:
    """One picture at one degree of noise."""

    picture: int
    timestep: int


@dataclass(frozen=True)
class Validation:
    """Measures the mean square error, unweighted, so that runs with other objectives can be compared."""

    pictures: Sequence[Picture]
    conditioning: dict[str, Conditioning]
    objective: Objective
    device: Device
    batch: int
    degrees: int
    outside_weight: float

    @property
    def timesteps(self) -> tuple[int, ...]:
        """The middles of equal parts of the noise schedule."""
        return tuple((2 * k + 1) * self.objective.timesteps // (2 * self.degrees) for k in range(self.degrees))

    def losses(self, denoiser: Denoiser, progress: Callable[[int, int], None]) -> dict[int, float]:
        """The mean error of all pictures at each timestep. `progress(done, total)` may raise to end it."""
        cases = [_Case(picture, timestep) for timestep in self.timesteps for picture in range(len(self.pictures))]
        shapes = [tuple(picture.latents.mean.shape) for picture in self.pictures]
        groups = split([case.picture for case in cases], shapes, self.batch)
        found = torch.zeros(len(cases), device=self.device.torch)
        done = 0
        for group in groups:
            progress(done, len(cases))
            found[group] = self._errors(denoiser, [cases[position] for position in group])
            done += len(group)
        progress(len(cases), len(cases))
        return dict(self._means(cases, found.tolist()))

    def _means(self, cases: Sequence[_Case], errors: Sequence[float]) -> Iterator[tuple[int, float]]:
        for timestep in self.timesteps:
            at = [error for case, error in zip(cases, errors, strict=True) if case.timestep == timestep]
            yield timestep, sum(at) / len(at)

    @torch.no_grad()
    def _errors(self, denoiser: Denoiser, cases: Sequence[_Case]) -> Tensor:
        pictures = [self.pictures[case.picture] for case in cases]
        latents = self._stacked([picture.latents.mean for picture in pictures])
        noise = self._stacked([self._noise(case) for case in cases])
        timesteps = torch.tensor([case.timestep for case in cases], device=self.device.torch)
        encoded = [{**self.conditioning[p.captions.variants[0]], **p.geometry} for p in pictures]
        conditioning = {name: self._stacked([each[name] for each in encoded]) for name in encoded[0]}
        noisy = self.objective.noised(latents, noise, timesteps).to(self.device.dtype)
        predicted = denoiser.predict(noisy, timesteps, conditioning)
        difference = predicted.float() - self.objective.target(latents, noise, timesteps)
        masks = [p.latents.mask for p in pictures]
        known = [counting(mask, self.outside_weight) for mask in masks if mask is not None]
        return masked_mean(difference.square(), self._stacked(known) if len(known) == len(cases) else None)

    def _noise(self, case: _Case) -> Tensor:
        shape = self.pictures[case.picture].latents.mean.shape
        return torch.randn(shape, generator=generator("validation", case.picture, case.timestep))

    def _stacked(self, tensors: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(tensors)).to(self.device.torch)
