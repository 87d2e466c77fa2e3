"""What the Stable Diffusion families share: an AutoencoderKL, a UNet2DConditionModel, diffusers' folder layout."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel

from loraferry_agent.families.clip import (
    ClipModel,
    TextEncoder,
    blank_tokens,
    chunks_of,
    hollow_encoder,
    load_encoder,
    load_tokens,
)
from loraferry_agent.families.folder import finite, hash_files, load_part, read_settings
from loraferry_agent.families.protocol import Base, Conditioning, Part
from loraferry_agent.families.single_file import Release, unpack
from loraferry_agent.families.text import POOLED, STATES, ClipReader, ClipText
from loraferry_agent.families.unet_shape import shape_of
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.dataset.buckets import Fit, Size
from loraferry_core.families import FamilySpec
from loraferry_core.lora_file.keys import unet_modules, untaught
from loraferry_core.problems import ProblemError, fail

TIME_IDS = "time_ids"
_STEM = "diffusion_pytorch_model"


class KlImage:
    """The autoencoder, with latents scaled to a deviation of about 1."""

    def __init__(self, model: AutoencoderKL, device: torch.device) -> None:
        self._model = model
        self._device = device
        self._scale = float(model.config.scaling_factor)
        self._shift = float(model.config.shift_factor or 0.0)

    @torch.inference_mode()
    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the posterior, scaled, on the processor in single precision."""
        posterior = self._model.encode(pixels.to(self._device, self._model.dtype)).latent_dist
        mean = (posterior.mean.float() - self._shift) * self._scale
        return mean.cpu(), (posterior.std.float() * self._scale).cpu()

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """Pixels on the processor in single precision."""
        unscaled = latents.to(self._device, self._model.dtype) / self._scale + self._shift
        return self._model.decode(unscaled).sample.float().cpu()

    def tile(self) -> None:
        """Work on tiles from now on, which takes less memory and leaves seams."""
        self._model.enable_tiling()


class UNet:
    """The frozen UNet. Where it is told the size of a picture, that comes with the conditioning."""

    def __init__(self, model: UNet2DConditionModel) -> None:
        self.model = model
        self._shape = shape_of(model.config)
        self.modules = unet_modules(self._shape)

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """The UNet's output, of the shape of `noisy`."""
        added = None
        if POOLED in conditioning:
            added = {"text_embeds": conditioning[POOLED], "time_ids": conditioning[TIME_IDS]}
        return self.model(
            noisy,
            timesteps,
            # Once here, not once in each of the layers that read it.
            encoder_hidden_states=conditioning[STATES].to(noisy.dtype),
            added_cond_kwargs=added,
            return_dict=False,
        )[0]

    def untaught(self, latents: Iterable[tuple[int, int]]) -> frozenset[str]:
        """See `protocol.Denoiser`."""
        return untaught(self._shape, latents)


class LatentDiffusion(ABC):
    """All of `protocol.Family` but what tells the families apart."""

    spec: FamilySpec
    tokenizers: tuple[str, ...] = ("tokenizer",)
    encoders: tuple[str, ...] = ("text_encoder",)
    kinds: tuple[type[ClipModel], ...] = (CLIPTextModel,)
    penultimate: bool = False
    """Whether the states before the last layer of the text encoders are read."""
    release: Release
    """What single files of this family have in common."""

    @abstractmethod
    def fits(self, unet: dict[str, Any], text: dict[str, Any]) -> bool:
        """Whether the settings of UNet and first text encoder are those of this family."""

    def unpack(self, file: Path, folder: Path) -> None:
        """See `protocol.Family`."""
        unpack(file, self.release, folder)

    def said_prediction(self, base: Base) -> PredictionKind | None:
        """See `protocol.Family`."""
        own = self.noise_settings(base).get("prediction_type")
        if own is not None and own not in self.spec.predictions:
            raise self.wrong(base)
        return own

    def guess_prediction(self, base: Base) -> PredictionKind | None:
        """All programs take a model of this family that says nothing for one that predicts the noise."""
        return None

    def check(self, base: Base) -> None:
        """Read the settings files alone. Raises ProblemError `base_wrong_family` or `base_unreadable`."""
        if (base.folder / "transformer").is_dir():
            raise self.wrong(base)
        second = (base.folder / "text_encoder_2").is_dir()
        if second is not (len(self.encoders) == 2):
            raise self.wrong(base)
        unet = read_settings(base, "unet/config.json")
        text = read_settings(base, f"{self.encoders[0]}/config.json")
        vae = read_settings(base, "vae/config.json")
        read_settings(base, "scheduler/scheduler_config.json")
        same = (
            unet.get("_class_name") == "UNet2DConditionModel"
            and unet.get("in_channels", 4) == vae.get("latent_channels", 4)
            and isinstance(unet.get("layers_per_block", 2), int)
            and self.fits(unet, text)
        )
        if not same:
            raise self.wrong(base)

    def pixels_per_latent(self, base: Base) -> int:
        """Each level of the autoencoder but the last halves the sides."""
        return int(2 ** (len(read_settings(base, "vae/config.json").get("block_out_channels", [0])) - 1))

    def latent_channels(self, base: Base) -> int:
        """4 in every published model of these families."""
        return int(read_settings(base, "vae/config.json").get("latent_channels", 4))

    def noise_settings(self, base: Base) -> dict[str, Any]:
        """The scheduler's settings file."""
        return read_settings(base, "scheduler/scheduler_config.json")

    def identity(self, base: Base, part: Part) -> str:
        """The hash of the sub-folders of the part."""
        folders = {"text": (*self.tokenizers, *self.encoders), "image": ("vae",), "denoiser": ("unet",)}
        return hash_files(base, folders[part])

    def chunks(self, base: Base, texts: list[str]) -> list[int]:
        """See `protocol.Family`."""
        return chunks_of([load_tokens(base, name) for name in self.tokenizers], texts)

    def geometry(self, size: Size, fitted: Fit) -> Conditioning:
        """Nothing: the UNet is not told of sizes."""
        return {}

    def load_text(
        self, base: Base, device: torch.device, dtype: torch.dtype, learning: Collection[str] = ()
    ) -> ClipText:
        """See `protocol.Family`."""
        names = dict(zip(self.encoders, self.tokenizers, strict=True))
        tokens = {encoder: load_tokens(base, tokenizer) for encoder, tokenizer in names.items()}
        return ClipText(tokens, self._encoders(base, device, dtype, [name for name in names if name not in learning]))

    def load_reader(
        self, base: Base, device: torch.device, dtype: torch.dtype, learning: Collection[str]
    ) -> ClipReader:
        """See `protocol.Family`."""
        return ClipReader(base, self.encoders, self._encoders(base, device, dtype, learning))

    def _encoders(
        self, base: Base, device: torch.device, dtype: torch.dtype, names: Collection[str]
    ) -> dict[str, TextEncoder]:
        return {
            name: TextEncoder(load_encoder(base, name, kind, device, dtype), penultimate=self.penultimate)
            for name, kind in zip(self.encoders, self.kinds, strict=True)
            if name in names
        }

    def hollow_text(self, base: Base, dtype: torch.dtype, learning: Collection[str] = ()) -> ClipText:
        """See `protocol.Family`."""
        encoders = self._hollow_encoders(base, dtype, [name for name in self.encoders if name not in learning])
        return ClipText({name: blank_tokens(base, name) for name in self.encoders}, encoders)

    def hollow_reader(self, base: Base, dtype: torch.dtype, learning: Collection[str]) -> ClipReader:
        """See `protocol.Family`."""
        return ClipReader(base, self.encoders, self._hollow_encoders(base, dtype, learning))

    def _hollow_encoders(self, base: Base, dtype: torch.dtype, names: Collection[str]) -> dict[str, TextEncoder]:
        return {
            name: TextEncoder(hollow_encoder(base, name, kind, dtype), penultimate=self.penultimate)
            for name, kind in zip(self.encoders, self.kinds, strict=True)
            if name in names
        }

    def load_image(self, base: Base, device: torch.device, dtype: torch.dtype) -> KlImage:
        """The autoencoder."""
        model = load_part(base, "vae", AutoencoderKL.from_pretrained, _STEM, torch_dtype=dtype)
        model = model.to(device, memory_format=torch.channels_last)
        return KlImage(finite(base, "vae", model).eval().requires_grad_(False), device)

    def load_denoiser(self, base: Base, device: torch.device, dtype: torch.dtype) -> UNet:
        """The UNet."""
        model = load_part(base, "unet", UNet2DConditionModel.from_pretrained, _STEM, torch_dtype=dtype)
        return self._frozen(base, finite(base, "unet", model.to(device, memory_format=torch.channels_last)))

    def hollow_image(self, base: Base, dtype: torch.dtype) -> KlImage:
        """See `protocol.Family`."""
        with torch.device("meta"):
            model = AutoencoderKL.from_config(read_settings(base, "vae/config.json"))
        model = model.to(dtype=dtype, memory_format=torch.channels_last)
        return KlImage(model.eval().requires_grad_(False), torch.device("meta"))

    def hollow_denoiser(self, base: Base, dtype: torch.dtype) -> UNet:
        """See `protocol.Family`."""
        with torch.device("meta"):
            model = UNet2DConditionModel.from_config(read_settings(base, "unet/config.json"))
        return self._frozen(base, model.to(dtype=dtype, memory_format=torch.channels_last))

    def _frozen(self, base: Base, model: UNet2DConditionModel) -> UNet:
        unet = UNet(model.requires_grad_(False))
        present = {name for name, _ in model.named_modules()}
        if not present.issuperset(unet.modules):
            raise self.wrong(base)
        return unet

    def wrong(self, base: Base) -> ProblemError:
        """The problem of a base model of another family."""
        return fail("base_wrong_family", source=base.source, family=self.spec.label)
