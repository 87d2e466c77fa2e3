"""What happens before the denoiser is loaded: captions and pictures are encoded, one encoder in memory at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.data.batches import Batches, Picture
from loraferry_agent.data.captions import Captions
from loraferry_agent.data.decode import Undecodable
from loraferry_agent.data.latents import Encoded, LatentSource, Recipe
from loraferry_agent.data.order import Order
from loraferry_agent.data.tensor_cache import TensorCache
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop
from loraferry_agent.engine.words import Reader, Words, captions_by_index
from loraferry_agent.families import Family
from loraferry_agent.families.protocol import Base, ImageCoder
from loraferry_agent.layout import Layout
from loraferry_core.config.train import (
    TrainConfig,
    regularisation_places,
)
from loraferry_core.dataset.caption import MOST_CHUNKS
from loraferry_core.dataset.manifest import Manifest, ManifestEntry
from loraferry_core.dataset.roles import Roles, roles_of
from loraferry_core.events import Phase
from loraferry_core.problems import fail, problem


@dataclass(frozen=True)
class Dataset:
    """The approved pictures: their list and where each lies."""

    manifest: Manifest
    paths: tuple[Path, ...]
    roles: Roles

    @property
    def trained(self) -> Manifest:
        """The list of what is learned alone."""
        return Manifest(entries=tuple(self.manifest.entries[index] for index in self.roles.trained))

    def file(self, index: int) -> tuple[ManifestEntry, Path]:
        """One entry and where its bytes lie."""
        return self.manifest.entries[index], self.paths[index]


@dataclass(frozen=True)
class Prepared:
    """All that the steps and the test pictures read."""

    pictures: tuple[Picture, ...]
    known: tuple[Picture, ...]
    """Regularisation pictures of the dataset."""
    held_out: tuple[Picture, ...]
    words: Words

    def batches(
        self, config: TrainConfig, drawn: Sequence[Picture], timesteps: int, *, pin: bool, share: tuple[int, int]
    ) -> Batches:
        """The tensors of every step of a plan; `drawn` are the regularisation pictures that the base model made. `share` is
        that of `Batches`."""
        pictures = (*self.pictures, *self.known, *drawn)
        times = [picture.repeats for picture in pictures]
        own = len(self.pictures)
        order = Order(
            [tuple(picture.latents.mean.shape) for picture in pictures],
            config.dataset.repeats,
            config.loop.batch * config.loop.accumulation,
            config.loop.seed,
            times=times,
            regularisation=len(pictures) - own,
            places=regularisation_places(config, sum(times[:own]), sum(times[own:])),
        )
        return Batches(
            pictures,
            self.words.captions,
            order,
            batch=config.loop.batch,
            seed=config.loop.seed,
            caption_dropout=config.dataset.caption_dropout,
            noise=config.noise,
            timesteps=timesteps,
            outside_weight=config.dataset.outside_weight,
            pin=pin,
            share=share,
        )


def open_dataset(config: TrainConfig, layout: Layout) -> Dataset:
    """Read the list of pictures and what each is for. Raises ProblemError `no_images_approved`, `manifest_unknown`,
    `blobs_missing`, or `regularisation_alone` where nothing is left to be learned."""
    if not config.dataset.manifest:
        raise fail("no_images_approved")
    store = BlobStore(layout)
    manifest = store.manifest(config.dataset.manifest)
    if not manifest.entries:
        raise fail("no_images_approved")
    paths = tuple(store.place(entry.sha256) for entry in manifest.entries)
    missing = sum(not path.is_file() for path in paths)
    if missing:
        raise fail("blobs_missing", count=missing)
    roles = roles_of(manifest.entries, config)
    if not roles.trained:
        folders = [config.regularisation.folder, *(c.folder for c in config.dataset.concepts if c.regularisation)]
        raise fail("regularisation_alone", folder=", ".join(filter(None, folders)))
    return Dataset(manifest, paths, roles)


def step_of(config: TrainConfig, family: Family, base: Base) -> int:
    """What the sides of all training pictures are multiples of, in pixels: of whole latents."""
    resolution, unit = config.dataset.resolution, family.pixels_per_latent(base)
    return max(unit, min(family.spec.bucket_step, resolution) // unit * unit)


class Preparation:
    """Encodes a dataset for a plan. Each method raises StopRequested when a stop is asked for."""

    def __init__(
        self,
        config: TrainConfig,
        family: Family,
        base: Base,
        layout: Layout,
        device: Device,
        report: Reporter,
        stop: Stop,
    ) -> None:
        self._config = config
        self._family = family
        self._base = base
        self._layout = layout
        self._device = device
        self._report = report
        self._stop = stop

    def run(self, dataset: Dataset) -> Prepared:
        """Captions first, then pictures. Raises ProblemError `dataset_unusable` when no picture can be used."""
        roles = dataset.roles
        captions = captions_by_index(dataset.manifest.entries, roles, self._config)
        words = self._words(dataset, captions)
        self._device.free()
        found = self._encode_pictures(dataset, captions)
        self._device.free()
        pictures, known, held_out = (
            tuple(found[index] for index in indexes if index in found)
            for indexes in (roles.trained, roles.regularisation, roles.held_out)
        )
        if not pictures:
            raise fail("dataset_unusable", count=len(roles.trained))
        return Prepared(pictures, known, held_out, words)

    def _words(self, dataset: Dataset, captions: dict[int, Captions]) -> Words:
        progress = self._progress("cache_captions")
        reader = Reader(self._config, self._family, self._base, self._layout, self._device, self._report, progress)
        chunks = reader.chunks(text for several in captions.values() for text in several.variants)
        for index, several in sorted(captions.items()):
            if max(chunks[text] for text in several.variants) > MOST_CHUNKS:
                self._report.warn(problem("caption_long", name=dataset.manifest.entries[index].name))
        return reader.words(captions.values())

    def _encode_pictures(self, dataset: Dataset, captions: dict[int, Captions]) -> dict[int, Picture]:
        """By index, without those that cannot be read."""

        def load() -> ImageCoder:
            self._report.phase("load_vae")
            return self._family.load_image(self._base, self._device.torch, torch.float32)

        source = LatentSource(self._recipe(), TensorCache(self._layout.caches / "latents"), load)
        progress = self._progress("cache_latents")
        pictures = {}
        roles = dataset.roles
        weights = dict.fromkeys(roles.regularisation, self._config.regularisation.weight)
        for done, (index, several) in enumerate(sorted(captions.items(), key=lambda item: item[0])):
            progress(done, len(captions))
            picture = self._encoded(source, dataset, index)
            if picture is not None:
                geometry = self._family.geometry(picture.size, picture.fitted)
                weight = weights.get(index, 1.0) * roles.weight(index)
                name, repeats = dataset.manifest.entries[index].name, roles.repeats(index)
                pictures[index] = Picture(picture.latents, several, geometry, weight, name, repeats)
        progress(len(captions), len(captions))
        return pictures

    def _encoded(self, source: LatentSource, dataset: Dataset, index: int) -> Encoded | None:
        entry, path = dataset.file(index)
        try:
            found = source.get(entry, path)
            if not self._config.dataset.masked or index in dataset.roles.regularisation:
                return found
            mask = dataset.roles.masks.get(index)
            unit = self._family.pixels_per_latent(self._base)
            counts = source.mask((entry, path), None if mask is None else dataset.file(mask), unit)
            return replace(found, latents=replace(found.latents, mask=counts))
        except Undecodable as error:
            self._report.warn(problem("image_skipped", name=entry.name, detail=error))
            return None

    def _recipe(self) -> Recipe:
        return Recipe(
            identity=self._family.identity(self._base, "image"),
            resolution=self._config.dataset.resolution,
            step=step_of(self._config, self._family, self._base),
            mirror=self._config.dataset.flip,
        )

    def _progress(self, phase: Phase) -> Callable[[int, int], None]:
        return progress_of(phase, self._report, self._stop)


def progress_of(phase: Phase, report: Reporter, stop: Stop) -> Callable[[int, int], None]:
    """Tells how far a phase is, `done` of `total`; raises StopRequested when a stop is asked for."""

    def tell(done: int, total: int) -> None:
        stop.check()
        report.phase(phase, done, total)

    return tell
