"""What the engine asks of a model family. The recipe knows these names and no family's own.

To add a family: its spec in core's `families`, its file here, its line in `loraferry_agent.families`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.dataset.buckets import Fit, Size
from loraferry_core.families import FamilySpec

Conditioning = dict[str, Tensor]
"""What a caption becomes, as named tensors; with a leading batch dimension where the denoiser reads it."""

Part = Literal["text", "image", "denoiser"]


@dataclass(frozen=True)
class Base:
    """A base model on this machine: what the plan calls it, and its folder in the layout of diffusers."""

    source: str
    folder: Path


class TextCoder(Protocol):
    """Tokenizer and text encoder, loaded."""

    def encode(self, text: str, chunks: int) -> Conditioning:
        """The conditioning of one caption in so many chunks, without a batch dimension, on the processor.

        Where a text encoder learns, what a `TextReader` makes the conditioning of.
        """
        ...


class TextReader(Protocol):
    """The text encoders that learn, loaded and frozen but for what is put beside their layers."""

    models: dict[str, torch.nn.Module]
    """By the names that diffusers has for them."""
    modules: dict[str, tuple[str, ...]]
    """For each of them the canonical paths of all layers that an adapter may stand beside."""
    untaught: frozenset[str]
    """Layers that can learn nothing, as nobody reads what they give."""

    def path(self, module: str) -> str:
        """Where a layer with this canonical path is in its model."""
        ...

    def read(self, given: Conditioning) -> Conditioning:
        """The conditioning of several captions, from what a `TextCoder` gave for each of them."""
        ...


class ImageCoder(Protocol):
    """The autoencoder, loaded."""

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the scaled latents (n × channels × h × w) of pixels (n × RGB × H × W in −1 … 1)."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Pixels (n × RGB × H × W, about −1 … 1) of scaled latents."""
        ...

    def tile(self) -> None:
        """Work on tiles from now on, which takes less memory and leaves seams."""
        ...


class Denoiser(Protocol):
    """The network under the LoRA, loaded and frozen."""

    model: torch.nn.Module
    modules: tuple[str, ...]
    """Canonical paths of all layers that an adapter may stand beside."""

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """The prediction for noisy latents (n × channels × h × w) at integer timesteps (n)."""
        ...

    def untaught(self, latents: Iterable[tuple[int, int]]) -> frozenset[str]:
        """Layers that can learn nothing from latents of these heights and widths alone."""
        ...


class Family(Protocol):
    """One kind of base model. Every load raises ProblemError `base_unreadable` with the model's name."""

    spec: FamilySpec

    def unpack(self, file: Path, folder: Path) -> None:
        """Lay a single file out as a folder of diffusers. Raises OSError, `single_file.Lacking` and safetensors' error."""
        ...

    def said_prediction(self, base: Base) -> PredictionKind | None:
        """What the model says of itself that it predicts; None where it does not. Raises `base_wrong_family`."""
        ...

    def guess_prediction(self, base: Base) -> PredictionKind | None:
        """What a model that does not say it is likely to predict, by its weights; None where epsilon is understood.

        Raises ProblemError `base_unreadable`."""
        ...

    def check(self, base: Base) -> None:
        """Read the settings files alone. Raises ProblemError `base_wrong_family` or `base_unreadable`."""
        ...

    def pixels_per_latent(self, base: Base) -> int:
        """How many pixels of a side one latent stands for."""
        ...

    def latent_channels(self, base: Base) -> int:
        """How many channels the latents have."""
        ...

    def noise_settings(self, base: Base) -> dict[str, Any]:
        """The settings of the base model's scheduler, as diffusers names them."""
        ...

    def identity(self, base: Base, part: Part) -> str:
        """SHA-256 in hex of the files that decide what a caption or a picture is encoded to, or what is drawn."""
        ...

    def chunks(self, base: Base, texts: list[str]) -> list[int]:
        """How many chunks of tokens each of these texts needs; at least one."""
        ...

    def geometry(self, size: Size, fitted: Fit) -> Conditioning:
        """What the denoiser is told of a picture of `size` (width, height) that is cut as `fitted` says."""
        ...

    def load_text(
        self, base: Base, device: torch.device, dtype: torch.dtype, learning: Collection[str] = ()
    ) -> TextCoder:
        """Tokenizers and text encoders, but for the encoders that are `learning` (of `spec.text_encoders`)."""
        ...

    def load_reader(
        self, base: Base, device: torch.device, dtype: torch.dtype, learning: Collection[str]
    ) -> TextReader:
        """The encoders that are `learning`."""
        ...

    def load_image(self, base: Base, device: torch.device, dtype: torch.dtype) -> ImageCoder:
        """The autoencoder."""
        ...

    def load_denoiser(self, base: Base, device: torch.device, dtype: torch.dtype) -> Denoiser:
        """The denoiser, frozen. Raises `base_wrong_family` where its layers are not the canonical ones."""
        ...

    def hollow_text(self, base: Base, dtype: torch.dtype, learning: Collection[str] = ()) -> TextCoder:
        """As `load_text` on torch's `meta` device: built from the settings files alone, without weights or tokenizer."""
        ...

    def hollow_reader(self, base: Base, dtype: torch.dtype, learning: Collection[str]) -> TextReader:
        """As `load_reader` on torch's `meta` device: built from the settings files alone."""
        ...

    def hollow_image(self, base: Base, dtype: torch.dtype) -> ImageCoder:
        """As `load_image` on torch's `meta` device: built from the settings files alone."""
        ...

    def hollow_denoiser(self, base: Base, dtype: torch.dtype) -> Denoiser:
        """As `load_denoiser` on torch's `meta` device: built from the settings files alone."""
        ...
