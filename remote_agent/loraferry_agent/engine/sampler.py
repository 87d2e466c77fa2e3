"""Test pictures at fixed seeds: deterministic DDIM (Song et al. 2021, arXiv 2010.02502) with guidance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler
from PIL import Image
from torch import Tensor

from loraferry_agent.engine.device import Device
from loraferry_agent.engine.durable import written
from loraferry_agent.engine.prepare import Prepared
from loraferry_agent.families.protocol import Base, Conditioning, Denoiser, Family, ImageCoder
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.config.sampling import Sampling
from loraferry_core.config.train import TrainConfig, sample_prompts
from loraferry_core.dataset.buckets import fit


@dataclass(frozen=True)
class Wish:
    """One test picture: what it shows and from which noise it starts."""

    prompt: str
    seed: int
    conditioning: Conditioning


@dataclass(frozen=True)
class Sampler:
    """Makes the test pictures of a run. `shape` is that of the latents: channels, height, width."""

    wishes: Sequence[Wish]
    negative: Conditioning
    settings: Sampling
    scheduler: dict[str, Any]
    prediction: PredictionKind
    shape: tuple[int, int, int]
    device: Device
    load_image: Callable[[], ImageCoder]

    def draw(self, denoiser: Denoiser, progress: Callable[[int, int], None]) -> list[Image.Image]:
        """One picture a wish, in order. The autoencoder is in memory only while it decodes.

        `progress(done, total)` is told after each step of denoising, and may raise to end it.
        """
        latents = []
        total = len(self.wishes) * self.settings.steps
        for index, wish in enumerate(self.wishes):
            for done, latest in enumerate(self._denoised(denoiser, wish)):
                progress(index * self.settings.steps + done, total)
                last = latest
            latents.append(last)
        coder = self.load_image()
        pictures = [_image(coder.decode(latent)) for latent in latents]
        del coder
        self.device.free()
        progress(total, total)
        return pictures

    def _denoised(self, denoiser: Denoiser, wish: Wish) -> Iterator[Tensor]:
        """The latents 1 × channels × h × w after each step of denoising."""
        scheduler = DDIMScheduler.from_config(self.scheduler, prediction_type=self.prediction, clip_sample=False)
        scheduler.set_timesteps(self.settings.steps)
        device = self.device.torch
        both = {
            name: torch.stack((self.negative[name], tensor)).to(device) for name, tensor in wish.conditioning.items()
        }
        noise = torch.randn((1, *self.shape), generator=torch.Generator().manual_seed(wish.seed))
        latents = noise.to(device) * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            doubled = torch.cat((latents, latents)).to(self.device.dtype)
            with torch.no_grad(), self.device.autocast():
                predicted = denoiser.predict(doubled, timestep.to(device).repeat(2), both)
            without, with_prompt = predicted.float().chunk(2)
            guided = without + self.settings.guidance * (with_prompt - without)
            latents = scheduler.step(guided, timestep, latents).prev_sample
            yield latents


def build(
    config: TrainConfig,
    family: Family,
    base: Base,
    schedule: dict[str, Any],
    prediction: PredictionKind,
    prepared: Prepared,
    device: Device,
) -> Sampler:
    """The maker of a plan's test pictures; their sides are cut to whole latents."""
    unit = family.pixels_per_latent(base)
    side = max(1, (config.sampling.size or config.dataset.resolution) // unit)
    size = (side * unit, side * unit)
    geometry = family.geometry(size, fit(size, size))
    wishes = [
        Wish(prompt, config.sampling.seed + index, {**prepared.conditioning[prompt], **geometry})
        for index, prompt in enumerate(sample_prompts(config))
    ]
    return Sampler(
        wishes=wishes,
        negative={**prepared.conditioning[config.sampling.negative], **geometry},
        settings=config.sampling,
        scheduler=schedule,
        prediction=prediction,
        shape=(family.latent_channels(base), side, side),
        device=device,
        load_image=partial(family.load_image, base, device.torch, device.dtype),
    )


def sample_path(folder: Path, step: int, index: int) -> Path:
    """Where a test picture lies."""
    return folder / f"{step:06d}-{index}.png"


def save_picture(image: Image.Image, path: Path) -> None:
    """Write a PNG, whole or not at all. Raises OSError."""
    with written(path) as part:
        image.save(part, format="PNG")


def _image(pixels: Tensor) -> Image.Image:
    """A picture of pixels 1 × RGB × height × width in −1 … 1."""
    values = ((pixels[0].clamp(-1, 1) + 1) * 127.5).round().permute(1, 2, 0)
    return Image.fromarray(values.numpy().astype(np.uint8))
