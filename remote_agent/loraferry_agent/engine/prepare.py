"""What happens before the denoiser is loaded: captions and pictures are encoded, one encoder in memory at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.data.batches import Batches, Picture
from loraferry_agent.data.captions import NONE, Captions, captions_of, encoded
from loraferry_agent.data.decode import Undecodable
from loraferry_agent.data.latents import Encoded, LatentSource, Recipe
from loraferry_agent.data.order import Order
from loraferry_agent.data.tensor_cache import TensorCache
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop
from loraferry_agent.families import Family
from loraferry_agent.families.protocol import Base, Conditioning, ImageCoder, TextCoder
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig, sample_prompts
from loraferry_core.dataset.buckets import buckets
from loraferry_core.dataset.manifest import Manifest, ManifestEntry
from loraferry_core.events import Phase
from loraferry_core.problems import fail, problem


@dataclass(frozen=True)
class Dataset:
    """The approved pictures: their list and where each lies."""

    manifest: Manifest
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Prepared:
    """All that the steps and the test pictures read."""

    pictures: tuple[Picture, ...]
    conditioning: dict[str, Conditioning]
    """By caption; also the prompts of the test pictures, what they should not show, and no caption at all."""

    def batches(self, config: TrainConfig, timesteps: int, *, pin: bool) -> Batches:
        """The tensors of every step of a plan."""
        shapes = [tuple(picture.latents.mean.shape) for picture in self.pictures]
        size = config.loop.batch * config.loop.accumulation
        return Batches(
            self.pictures,
            self.conditioning,
            Order(shapes, config.dataset.repeats, size, config.loop.seed),
            batch=config.loop.batch,
            seed=config.loop.seed,
            caption_dropout=config.dataset.caption_dropout,
            noise=config.noise,
            timesteps=timesteps,
            pin=pin,
        )


def open_dataset(manifest_hash: str, layout: Layout) -> Dataset:
    """Read the list of pictures. Raises ProblemError `no_images_approved`, `manifest_unknown` or `blobs_missing`."""
    if not manifest_hash:
        raise fail("no_images_approved")
    store = BlobStore(layout)
    manifest = store.manifest(manifest_hash)
    if not manifest.entries:
        raise fail("no_images_approved")
    paths = tuple(store.place(entry.sha256) for entry in manifest.entries)
    missing = sum(not path.is_file() for path in paths)
    if missing:
        raise fail("blobs_missing", count=missing)
    return Dataset(manifest, paths)


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
        captions = [captions_of(e, self._config.dataset, self._config.loop.seed) for e in dataset.manifest.entries]
        conditioning = self._encode_captions(captions)
        self._device.free()
        pictures = self._encode_pictures(dataset, captions)
        self._device.free()
        if not pictures:
            raise fail("dataset_unusable", count=len(dataset.paths))
        return Prepared(tuple(pictures), conditioning)

    def _encode_captions(self, captions: list[Captions]) -> dict[str, Conditioning]:
        texts = {variant for several in captions for variant in several.variants}
        texts |= {NONE, self._config.sampling.negative, *sample_prompts(self._config)}

        def load() -> TextCoder:
            self._report.phase("load_text_encoder")
            return self._family.load_text(self._base, self._device.torch, self._device.dtype)

        return encoded(
            texts,
            TensorCache(self._layout.caches / "captions"),
            self._family.identity(self._base, "text"),
            self._device.precision,
            self._family.chunks(self._base, sorted(texts)),
            load,
            self._progress("cache_captions"),
        )

    def _encode_pictures(self, dataset: Dataset, captions: list[Captions]) -> list[Picture]:
        def load() -> ImageCoder:
            self._report.phase("load_vae")
            return self._family.load_image(self._base, self._device.torch, torch.float32)

        source = LatentSource(self._recipe(), TensorCache(self._layout.caches / "latents"), load)
        progress = self._progress("cache_latents")
        pictures = []
        entries = dataset.manifest.entries
        for done, (entry, path, several) in enumerate(zip(entries, dataset.paths, captions, strict=True)):
            progress(done, len(entries))
            picture = self._encoded(source, entry, path)
            if picture is not None:
                geometry = self._family.geometry(picture.size, picture.fitted)
                pictures.append(Picture(picture.latents, several, geometry))
        progress(len(entries), len(entries))
        return pictures

    def _encoded(self, source: LatentSource, entry: ManifestEntry, path: Path) -> Encoded | None:
        try:
            return source.get(entry, path)
        except Undecodable as error:
            self._report.warn(problem("image_skipped", name=entry.name, detail=error))
            return None

    def _recipe(self) -> Recipe:
        resolution, unit = self._config.dataset.resolution, self._family.pixels_per_latent(self._base)
        step = max(unit, min(self._family.spec.bucket_step, resolution) // unit * unit)
        return Recipe(
            identity=self._family.identity(self._base, "image"),
            resolution=resolution,
            choices=buckets(resolution, step),
            mirror=self._config.dataset.flip,
        )

    def _progress(self, phase: Phase) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            self._stop.check()
            self._report.phase(phase, done, total)

        return tell
