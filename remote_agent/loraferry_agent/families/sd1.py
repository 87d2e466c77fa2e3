"""Stable Diffusion 1.x through diffusers: one CLIP text encoder, AutoencoderKL, UNet2DConditionModel."""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from loraferry_agent.families import sd1_file
from loraferry_agent.families.folder import hash_files, load_part, read_settings
from loraferry_agent.families.protocol import Base, Conditioning, Part
from loraferry_core.families.sd1 import SD1
from loraferry_core.lora_file.keys import UNetShape, unet_modules
from loraferry_core.problems import fail

# The run tells its progress itself; bars would only fill the log.
transformers_logging.disable_progress_bar()

STATES = "states"
_FOLDERS: dict[Part, tuple[str, ...]] = {"text": ("tokenizer", "text_encoder"), "image": ("vae",)}
_UNET_STEM = _VAE_STEM = "diffusion_pytorch_model"


class ClipText:
    """The last hidden states of the text encoder (tokens × width), as Stable Diffusion 1 is conditioned."""

    def __init__(self, tokenizer: CLIPTokenizer, model: CLIPTextModel, device: torch.device) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._device = device

    @torch.inference_mode()
    def encode(self, text: str) -> Conditioning:
        """The states of one caption, padded or cut to the model's number of tokens."""
        length = self._model.config.max_position_embeddings
        tokens = self._tokenizer(text, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
        states = self._model(tokens.input_ids.to(self._device)).last_hidden_state
        return {STATES: states[0].cpu().clone()}


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


class UNet:
    """The frozen UNet."""

    def __init__(self, model: UNet2DConditionModel) -> None:
        self.model = model
        self.modules = unet_modules(shape_of(model.config))

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """The UNet's output, of the shape of `noisy`."""
        return self.model(noisy, timesteps, encoder_hidden_states=conditioning[STATES], return_dict=False)[0]


def shape_of(settings: Any) -> UNetShape:
    """The shape that decides the canonical names, from a UNet's settings."""
    return UNetShape(
        attention=tuple("CrossAttn" in block for block in settings["down_block_types"]),
        layers_per_block=settings["layers_per_block"],
        depth=settings["transformer_layers_per_block"],
    )


class Sd1:
    """Stable Diffusion 1.x; implements `protocol.Family`."""

    spec = SD1
    lacking = sd1_file.MERGES

    def unpack(self, file: Path, lacking: Path, folder: Path) -> None:
        """The original release's names become those of diffusers."""
        sd1_file.unpack(file, lacking, folder)

    def check(self, base: Base) -> None:
        """Tell Stable Diffusion 1 from its relatives: two text encoders, transformers, inpainting, linear projections."""
        if (base.folder / "transformer").is_dir() or (base.folder / "text_encoder_2").is_dir():
            raise self._wrong(base)
        unet = read_settings(base, "unet/config.json")
        text = read_settings(base, "text_encoder/config.json")
        vae = read_settings(base, "vae/config.json")
        read_settings(base, "scheduler/scheduler_config.json")
        same = (
            unet.get("_class_name") == "UNet2DConditionModel"
            and unet.get("cross_attention_dim") == text.get("hidden_size")
            and unet.get("in_channels", 4) == vae.get("latent_channels", 4)
            and not unet.get("addition_embed_type")
            and not unet.get("use_linear_projection", False)
            and isinstance(unet.get("layers_per_block", 2), int)
            and isinstance(unet.get("transformer_layers_per_block", 1), int)
        )
        if not same:
            raise self._wrong(base)

    def pixels_per_latent(self, base: Base) -> int:
        """Each level of the autoencoder but the last halves the sides."""
        return int(2 ** (len(read_settings(base, "vae/config.json").get("block_out_channels", [0])) - 1))

    def latent_channels(self, base: Base) -> int:
        """4 in every published model of the family."""
        return int(read_settings(base, "vae/config.json").get("latent_channels", 4))

    def noise_settings(self, base: Base) -> dict[str, Any]:
        """The scheduler's settings file."""
        return read_settings(base, "scheduler/scheduler_config.json")

    def identity(self, base: Base, part: Part) -> str:
        """The hash of the sub-folders of the part."""
        return hash_files(base, _FOLDERS[part])

    def load_text(self, base: Base, device: torch.device, dtype: torch.dtype) -> ClipText:
        """Tokenizer and CLIP text encoder."""
        try:
            tokenizer = CLIPTokenizer.from_pretrained(base.folder / "tokenizer", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise fail("base_unreadable", source=base.source, detail=f"tokenizer: {error}") from error
        model = load_part(base, "text_encoder", CLIPTextModel.from_pretrained, "model", dtype=dtype)
        return ClipText(tokenizer, model.to(device).eval().requires_grad_(False), device)

    def load_image(self, base: Base, device: torch.device, dtype: torch.dtype) -> KlImage:
        """The autoencoder."""
        model = load_part(base, "vae", AutoencoderKL.from_pretrained, _VAE_STEM, torch_dtype=dtype)
        model = model.to(device, memory_format=torch.channels_last)
        return KlImage(model.eval().requires_grad_(False), device)

    def load_denoiser(self, base: Base, device: torch.device, dtype: torch.dtype) -> UNet:
        """The UNet."""
        model = load_part(base, "unet", UNet2DConditionModel.from_pretrained, _UNET_STEM, torch_dtype=dtype)
        unet = UNet(model.to(device, memory_format=torch.channels_last).requires_grad_(False))
        present = {name for name, _ in model.named_modules()}
        if not present.issuperset(unet.modules):
            raise self._wrong(base)
        return unet

    def _wrong(self, base: Base) -> Exception:
        return fail("base_wrong_family", source=base.source, family=self.spec.label)
