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
    apart: bool = False
    """With prompt and without it go through the denoiser one after the other, which takes half the memory."""
    tiles: bool = False
    """Pictures are decoded in tiles, whose seams can be seen, instead of as a whole."""

    def draw(self, denoiser: Denoiser, progress: Callable[[int, int], None]) -> list[Image.Image]:
        """One picture a wish, in order. The autoencoder is in memory only while it decodes.

        `progress(done, total)` is told after each step of denoising, and may raise to end it.
        """
        latents = []
        total = len(self.wishes) * self.settings.steps
        for index, wish in enumerate(self.wishes):
            for done, latest in enumerate(self._denoised(denoiser, [wish])):
                progress(index * self.settings.steps + done, total)
                last = latest
            latents.append(last)
        coder = self.load_image()
        if self.tiles:
            coder.tile()
        pictures = [_image(coder.decode(latent)) for latent in latents]
        del coder
        self.device.free()
        progress(total, total)
        return pictures

    def latents(self, denoiser: Denoiser, wishes: Sequence[Wish]) -> Tensor:
        """The latents (n × channels × h × w) of n wishes at once, on the processor in single precision."""
        for latest in self._denoised(denoiser, wishes):
            last = latest
        return last.float().cpu()

    def _denoised(self, denoiser: Denoiser, wishes: Sequence[Wish]) -> Iterator[Tensor]:
        """The latents n × channels × h × w after each step of denoising."""
        scheduler = DDIMScheduler.from_config(self.scheduler, prediction_type=self.prediction, clip_sample=False)
        scheduler.set_timesteps(self.settings.steps)
        device = self.device.torch
        both = {
            name: torch.stack([self.negative[name]] * len(wishes) + [w.conditioning[name] for w in wishes]).to(device)
            for name in self.negative
        }
        noise = torch.stack(
            [torch.randn(self.shape, generator=torch.Generator().manual_seed(wish.seed)) for wish in wishes]
        )
        latents = noise.to(device) * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            doubled = torch.cat((latents, latents)).to(self.device.dtype)
            with torch.no_grad():
                without, with_prompt = self._predicted(denoiser, doubled, timestep.to(device), both)
            guided = without + self.settings.guidance * (with_prompt - without)
            latents = scheduler.step(guided, timestep, latents).prev_sample
            yield latents

    def _predicted(
        self, denoiser: Denoiser, doubled: Tensor, timestep: Tensor, both: Conditioning
    ) -> tuple[Tensor, Tensor]:
        """What the denoiser tells of the first half, which has no prompt, and of the second."""
        if not self.apart:
            first, second = denoiser.predict(doubled, timestep.repeat(len(doubled)), both).float().chunk(2)
            return first, second
        first, second = (
            denoiser.predict(
                half, timestep.repeat(len(half)), {name: tensor.chunk(2)[index] for name, tensor in both.items()}
            )
            for index, half in enumerate(doubled.chunk(2))
        )
        return first.float(), second.float()


def decoding_dtype(device: Device) -> torch.dtype:
    """Half precision overflows in the autoencoder of SDXL, and the pictures are black."""
    return torch.bfloat16 if device.dtype is torch.bfloat16 else torch.float32


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
        Wish(prompt, config.sampling.seed + index, {**prepared.words.samples[prompt], **geometry})
        for index, prompt in enumerate(sample_prompts(config))
    ]
    return Sampler(
        wishes=wishes,
        negative={**prepared.words.samples[config.sampling.negative], **geometry},
        settings=config.sampling,
        scheduler=schedule,
        prediction=prediction,
        shape=(family.latent_channels(base), side, side),
        device=device,
        load_image=partial(family.load_image, base, device.torch, decoding_dtype(device)),
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
