"""The noise of each picture: plain, or with what the plan adds to it."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from loraferry_agent.data.chance import chance, generator
from loraferry_core.config.objective import Noise


class NoiseSource:
    """The noise of one step, picture after picture. Each kind has its own chance, so that none changes another's."""

    def __init__(self, settings: Noise, seed: int, step: int) -> None:
        self._settings = settings
        self._plain, self._offset, self._coarse, self._hidden = (
            generator(seed, kind, step) for kind in ("noise", "noise offset", "multires", "perturbation")
        )
        self._factors = chance(seed, "multires", step)

    def draw(self, shape: torch.Size) -> tuple[Tensor, Tensor]:
        """Two tensors of `shape` (channels × h × w): one that spreads the latents, and the noise."""
        spread, noise = torch.randn((2, *shape), generator=self._plain)
        if self._settings.offset:
            # Guttenberg 2023, "Diffusion with offset noise": one number a channel.
            noise = noise + self._settings.offset * torch.randn((shape[0], 1, 1), generator=self._offset)
        if self._settings.multires_iterations:
            noise = self._pyramid(noise)
        return spread, noise

    def hidden(self, shape: torch.Size) -> Tensor | None:
        """What is added to the noise without the model being told (Ning et al. 2023, arXiv 2301.11706); None for
        nothing."""
        gamma = self._settings.input_perturbation
        return gamma * torch.randn(shape, generator=self._hidden) if gamma else None

    def _pyramid(self, noise: Tensor) -> Tensor:
        """Coarser and coarser noise on top, by random factors of 2 to 4, as a whole of variance 1 (Whitaker 2023,
        "Multi-resolution noise for diffusion model training")."""
        channels, height, width = noise.shape
        for layer in range(1, self._settings.multires_iterations + 1):
            shrink = (self._factors.random() * 2 + 2) ** layer
            size = (max(1, int(height / shrink)), max(1, int(width / shrink)))
            coarse = torch.randn((1, channels, *size), generator=self._coarse)
            grown = interpolate(coarse, (height, width), mode="bilinear", align_corners=False)[0]
            noise = noise + grown * self._settings.multires_discount**layer
            if 1 in size:
                break
        return noise / noise.std()
