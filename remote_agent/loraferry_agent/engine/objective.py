"""What is learned: to tell the noise, or the velocity, in a noised picture.

Noising: x_t = √ᾱ_t · x + √(1 − ᾱ_t) · ε (Ho et al. 2020, arXiv 2006.11239).
Velocity: v = √ᾱ_t · ε − √(1 − ᾱ_t) · x (Salimans and Ho 2022, arXiv 2202.00512).
"""

from typing import Any

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from loraferry_agent.families.protocol import Base, Family
from loraferry_core.config.pretrained import PredictionKind, Pretrained
from loraferry_core.problems import fail


class Objective:
    """Noise schedule, target and error."""

    def __init__(self, settings: dict[str, Any], prediction: PredictionKind, device: torch.device) -> None:
        kept = DDIMScheduler.from_config(settings).alphas_cumprod
        self.prediction = prediction
        self.timesteps = len(kept)
        self._signal = kept.sqrt().to(device)
        self._noise = (1 - kept).sqrt().to(device)

    def noised(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """`latents` (n × channels × h × w) with as much noise as belongs to `timesteps` (n)."""
        return self._at(self._signal, timesteps) * latents + self._at(self._noise, timesteps) * noise

    def target(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """What the denoiser should predict."""
        if self.prediction == "epsilon":
            return noise
        return self._at(self._signal, timesteps) * noise - self._at(self._noise, timesteps) * latents

    def errors(self, predicted: Tensor, target: Tensor) -> Tensor:
        """The mean squared error of each picture (n)."""
        return (predicted.float() - target).square().mean(dim=(1, 2, 3))

    def _at(self, table: Tensor, timesteps: Tensor) -> Tensor:
        return table[timesteps].view(-1, 1, 1, 1)


def prediction_of(wanted: Pretrained, family: Family, base: Base) -> PredictionKind:
    """What the base model predicts: as the plan says, or as its own settings do. Raises `base_wrong_family`."""
    if wanted.prediction != "auto":
        return wanted.prediction
    own = family.noise_settings(base).get("prediction_type", "epsilon")
    if own not in family.spec.predictions:
        raise fail("base_wrong_family", source=base.source, family=family.spec.label)
    return own
