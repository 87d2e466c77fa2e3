"""The pictures of a run as latents: read from the cache, or decoded, cut and encoded once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from loraferry_agent.data.decode import (
    Undecodable,
    decode,
    mask_values,
    opacity,
    read_blob,
    size_of,
    training_pixels,
)
from loraferry_agent.data.tensor_cache import TensorCache, key_of
from loraferry_agent.families.protocol import ImageCoder
from loraferry_core.dataset.buckets import Fit, Size, fit, training_bucket
from loraferry_core.dataset.manifest import ManifestEntry

DTYPE = torch.float32
"""Autoencoders overflow or lose colour in half precision, and each picture is encoded only once."""


@dataclass(frozen=True)
class Latents:
    """The posterior of one picture (channels × h × w, scaled), and of its mirror image where the run mirrors."""

    mean: Tensor
    std: Tensor
    mirrored_mean: Tensor | None = None
    mirrored_std: Tensor | None = None
    mask: Tensor | None = None
    """Where the picture counts (1 × h × w, 0 … 1); None where all of it does."""


@dataclass(frozen=True)
class Encoded:
    """One picture: its latents, its own size (width, height) and how it was cut."""

    latents: Latents
    size: Size
    fitted: Fit


@dataclass(frozen=True)
class Recipe:
    """What besides the picture decides its latents."""

    identity: str
    """Hash of the autoencoder."""
    resolution: int
    step: int
    """Of the buckets, in pixels."""
    mirror: bool

    def fitted(self, size: Size) -> Fit:
        """How a picture of this size is cut."""
        return fit(size, training_bucket(size, self.resolution, self.step))

    def key(self, sha256: str, fitted: Fit, mirrored: bool) -> str:
        """The name of the latents of one picture in the cache."""
        return key_of(
            kind="latents", picture=sha256, encoder=self.identity, resolution=self.resolution, dtype=str(DTYPE),
            bucket=fitted.bucket, box=fitted.box, mirrored=mirrored,
        )  # fmt: skip


class LatentSource:
    """Gives the latents of one picture after the other; loads the autoencoder when the first is not in the cache."""

    def __init__(self, recipe: Recipe, cache: TensorCache, load: Callable[[], ImageCoder]) -> None:
        self._recipe = recipe
        self._cache = cache
        self._load = load
        self._coder: ImageCoder | None = None

    def get(self, entry: ManifestEntry, path: Path) -> Encoded:
        """One picture. Raises Undecodable; OSError where the cache cannot be written."""
        size = size_of(path)
        fitted = self._recipe.fitted(size)
        mean, std = self._posterior(entry, path, fitted, mirrored=False)
        if not self._recipe.mirror:
            return Encoded(Latents(mean, std), size, fitted)
        mirrored = self._posterior(entry, path, fitted, mirrored=True)
        return Encoded(Latents(mean, std, *mirrored), size, fitted)

    def mask(self, picture: tuple[ManifestEntry, Path], mask: tuple[ManifestEntry, Path] | None, unit: int) -> Tensor:
        """Where a picture counts (1 × h × w, 0 … 1), a number for each latent of `unit` pixels.

        `mask` is the grey picture that says so; without one the picture's transparency does, and without any all counts.
        Raises Undecodable, OSError.
        """
        entry, path = mask or picture
        size = size_of(picture[1])
        fitted = self._recipe.fitted(size)
        key = key_of(
            kind="mask", picture=entry.sha256, alpha=mask is None, size=size, bucket=fitted.bucket, box=fitted.box,
            unit=unit,
        )  # fmt: skip
        found = self._cache.read(key)
        if found is None:
            data = read_blob(path, entry.sha256)
            grey = opacity(data) if mask is None else decode(data).convert("L")
            if grey is None:
                grey = Image.new("L", size, 255)
            found = {"mask": mask_values(grey, size, fitted, unit)}
            self._cache.write(key, found)
        return found["mask"]

    def _posterior(self, entry: ManifestEntry, path: Path, fitted: Fit, mirrored: bool) -> tuple[Tensor, Tensor]:
        key = self._recipe.key(entry.sha256, fitted, mirrored)
        found = self._cache.read(key)
        if found is None:
            pixels = training_pixels(decode(read_blob(path, entry.sha256)), fitted)
            found = self._encode(pixels.flip(-1) if mirrored else pixels)
            self._cache.write(key, found)
        return found["mean"], found["std"]

    def _encode(self, pixels: Tensor) -> dict[str, Tensor]:
        if self._coder is None:
            self._coder = self._load()
        mean, std = self._coder.encode(pixels)
        if not (mean.isfinite().all() and std.isfinite().all()):
            raise Undecodable("the autoencoder made numbers out of range of it")
        return {"mean": mean[0].contiguous(), "std": std[0].contiguous()}
