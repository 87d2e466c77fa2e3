"""What is learned: to tell the noise, or the velocity, in a noised picture, and how much each error counts.

Noising: x_t = √ᾱ_t · x + √(1 − ᾱ_t) · ε (Ho et al. 2020, arXiv 2006.11239).
Velocity: v = √ᾱ_t · ε − √(1 − ᾱ_t) · x (Salimans and Ho 2022, arXiv 2202.00512).
"""

from typing import Any

import torch
from diffusers import DDIMScheduler
from torch import Tensor

from loraferry_core.config.objective import Objective as Settings
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.problems import fail

MAX_SNR = 1000.0
"""Where the debiased weight ends, so that the least noise does not outweigh all other (as in kohya's sd-scripts)."""


class Objective:
    """Noise schedule, target and error."""

    def __init__(
        self, schedule: dict[str, Any], prediction: PredictionKind, settings: Settings, device: torch.device
    ) -> None:
        kept = DDIMScheduler.from_config(schedule).alphas_cumprod
        self.prediction = prediction
        self.timesteps = len(kept)
        self._settings = settings
        self._signal = kept.sqrt().to(device)
        self._noise = (1 - kept).sqrt().to(device)
        self._weights = weights(kept, prediction, settings).to(device)

    def noised(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """`latents` (n × channels × h × w) with as much noise as belongs to `timesteps` (n)."""
        return self._at(self._signal, timesteps) * latents + self._at(self._noise, timesteps) * noise

    def target(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """What the denoiser should predict."""
        if self.prediction == "epsilon":
            return noise
        return self._at(self._signal, timesteps) * noise - self._at(self._noise, timesteps) * latents

    def errors(self, predicted: Tensor, target: Tensor, timesteps: Tensor, mask: Tensor | None = None) -> Tensor:
        """The weighted mean error of each picture (n), over what `mask` (n × 1 × h × w) lets count."""
        difference = predicted.float() - target
        if self._settings.loss == "huber":
            # Pseudo-Huber, scaled to the square for small errors: 2c(√(x² + c²) − c).
            c = self._settings.huber_c
            each = 2 * c * ((difference.square() + c * c).sqrt() - c)
        else:
            each = difference.square()
        return masked_mean(each, mask) * self._weights[timesteps]

    def _at(self, table: Tensor, timesteps: Tensor) -> Tensor:
        return table[timesteps].view(-1, 1, 1, 1)


def masked_mean(each: Tensor, mask: Tensor | None) -> Tensor:
    """The mean of each picture's errors (n × channels × h × w), weighted by `mask` (n × 1 × h × w).

    So a picture counts alike however little of it the mask leaves; one of which nothing is left has no error.
    """
    if mask is None:
        return each.mean(dim=(1, 2, 3))
    return (each * mask).mean(dim=(1, 2, 3)) / mask.mean(dim=(1, 2, 3)).clamp(min=1e-6)


def weights(kept: Tensor, prediction: PredictionKind, settings: Settings) -> Tensor:
    """How much the error at each timestep counts. `kept` is ᾱ (t); the signal-to-noise ratio is ᾱ / (1 − ᾱ).

    Min-SNR: Hang et al. 2023, arXiv 2303.09556. Debiased: Yu et al. 2023, arXiv 2310.08442. Where nothing of the signal
    is left, Min-SNR's min(SNR, γ) / SNR is 1.
    """
    snr = kept / (1 - kept)
    if settings.weighting == "min_snr":
        cut = snr.clamp(max=settings.min_snr_gamma)
        if prediction == "v_prediction":
            return cut / (snr + 1)
        return torch.where(snr > 0, cut / snr.clamp(min=1e-12), torch.ones_like(snr))
    if settings.weighting == "debiased":
        bounded = snr.clamp(max=MAX_SNR)
        return 1 / (bounded + 1) if prediction == "v_prediction" else bounded.rsqrt()
    return torch.ones_like(kept)


def noise_schedule(own: dict[str, Any], prediction: PredictionKind, zero_terminal_snr: bool) -> dict[str, Any]:
    """The base model's noise schedule as the plan wants it, for training and for test pictures.

    With zero terminal SNR the last step has no signal left, and pictures must be made from there (Lin et al. 2024,
    arXiv 2305.08891). Raises ProblemError `zero_snr_needs_velocity`: told noise, a model learns nothing from noise.
    """
    if not zero_terminal_snr:
        return own
    if prediction != "v_prediction":
        raise fail("zero_snr_needs_velocity")
    return {**own, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
