"""Regularisation pictures that the base model draws itself, before it learns anything."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from loraferry_agent.data.batches import Picture
from loraferry_agent.data.captions import Captions
from loraferry_agent.data.latents import Latents
from loraferry_agent.data.tensor_cache import TensorCache, key_of
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.prepare import Prepared, step_of
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.sampler import Sampler, Wish
from loraferry_agent.families.protocol import Base, Conditioning, Denoiser, Family
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig, regularisation_prompts
from loraferry_core.dataset.buckets import bucket_for, buckets, fit
from loraferry_core.problems import fail, problem


@dataclass(frozen=True)
class Drawing:
    """Draws a plan's regularisation pictures with the bare denoiser, `batch` at once, or reads them from the cache.

    They stay latents: no autoencoder blurs what the model is to keep. The first has seed 0, each further one the next.
    """

    sampler: Sampler
    cache: TensorCache
    identity: str
    """Hash of the denoiser and of what reads its prompts."""
    conditioning: dict[str, Conditioning]
    """By prompt."""
    geometry: Conditioning
    batch: int
    frugal: bool
    """One picture at a time, and its passes one after the other, where memory is short."""

    def pictures(
        self, config: TrainConfig, denoiser: Denoiser, progress: Callable[[int, int], None], report: Reporter
    ) -> Iterator[Picture]:
        """One picture after the other; what is not finite is left out. `progress(done, total)` may raise to end it.
        Raises OSError."""
        prompts = regularisation_prompts(config)
        for first in range(0, len(prompts), self.batch):
            progress(first, len(prompts))
            group = prompts[first : first + self.batch]
            for prompt, latents in zip(group, self._latents(denoiser, group, first), strict=True):
                if not latents.isfinite().all():
                    report.warn(problem("image_skipped", name=prompt, detail="the base model drew no numbers"))
                    continue
                drawn = Latents(latents, latents.new_zeros(latents.shape))
                yield Picture(drawn, Captions((prompt,)), self.geometry, config.regularisation.weight, name=prompt)
        progress(len(prompts), len(prompts))

    def _latents(self, denoiser: Denoiser, prompts: Sequence[str], first_seed: int) -> Sequence[Tensor]:
        key = self._key(prompts, first_seed)
        found = self.cache.read(key)
        if found is None:
            wishes = [
                Wish(prompt, first_seed + index, {**self.conditioning[prompt], **self.geometry})
                for index, prompt in enumerate(prompts)
            ]
            several = [[wish] for wish in wishes] if self.frugal else [wishes]
            found = {"latents": torch.cat([self.sampler.latents(denoiser, some) for some in several])}
            self.cache.write(key, found)
        return list(found["latents"])

    def _key(self, prompts: Sequence[str], first_seed: int) -> str:
        """The group as a whole: what is drawn beside a picture changes how its numbers are rounded."""
        sampler = self.sampler
        return key_of(
            kind="drawn", model=self.identity, prompts=list(prompts), seed=first_seed, shape=sampler.shape,
            steps=sampler.settings.steps, guidance=sampler.settings.guidance, negative=sampler.settings.negative,
            scheduler={name: str(value) for name, value in sampler.scheduler.items()}, prediction=sampler.prediction,
            precision=sampler.device.precision,
        )  # fmt: skip


def check(config: TrainConfig) -> None:
    """Raises ProblemError `class_word_missing` where the base model would not know what to draw."""
    asked = config.regularisation.prompts or ("{class}",)
    if config.regularisation.make and not config.dataset.class_word and any("{class}" in prompt for prompt in asked):
        raise fail("class_word_missing")


def drawing(
    config: TrainConfig,
    family: Family,
    base: Base,
    sampler: Sampler,
    prepared: Prepared,
    layout: Layout,
    *,
    device: Device,
    frugal: bool,
) -> Drawing:
    """What draws a plan's pictures on `device`, where the denoiser lies: as test pictures are made, in the square bucket of
    the training resolution."""
    square = (config.dataset.resolution, config.dataset.resolution)
    size = bucket_for(square, buckets(config.dataset.resolution, step_of(config, family, base)))
    geometry, unit = family.geometry(size, fit(size, size)), family.pixels_per_latent(base)
    negative = {**prepared.words.drawn[config.sampling.negative], **geometry}
    shape = (family.latent_channels(base), size[1] // unit, size[0] // unit)
    return Drawing(
        sampler=replace(sampler, negative=negative, shape=shape, device=device, apart=frugal),
        cache=TensorCache(layout.caches / "drawn"),
        identity=f"{family.identity(base, 'denoiser')} {family.identity(base, 'text')}",
        conditioning=prepared.words.drawn,
        geometry=geometry,
        batch=config.loop.batch,
        frugal=frugal,
    )
