"""UNets of the published sizes with random weights, made where they are used, and cached pictures to train on."""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from loraferry_agent.data.batches import Picture
from loraferry_agent.data.captions import Captions
from loraferry_agent.data.latents import Latents
from loraferry_agent.families import FAMILIES
from loraferry_agent.families.latent_diffusion import TIME_IDS, UNet
from loraferry_agent.families.protocol import Conditioning
from loraferry_agent.families.text import POOLED, STATES
from loraferry_core.config.network import TargetGroup
from loraferry_core.lora_file.keys import targeted

_SDXL_BLOCKS: dict[str, Any] = {
    "layers_per_block": 2,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
}


@dataclass(frozen=True)
class Size:
    """A family at one size: what the UNet is built from, and what it is trained on."""

    family: str
    unet: dict[str, Any]
    pixels: int
    """Of a side; 8 of them make one latent."""
    tokens: int = 77
    """Of a caption."""

    @property
    def latent(self) -> int:
        """Side of the latents."""
        return self.pixels // 8


SIZES = {
    # The UNets' settings files of runwayml/stable-diffusion-v1-5 and stabilityai/stable-diffusion-xl-base-1.0.
    "sd15": Size(
        "sd1",
        {
            "layers_per_block": 2,
            "block_out_channels": (320, 640, 1280, 1280),
            "cross_attention_dim": 768,
            "attention_head_dim": 8,
        },
        512,
    ),
    "sdxl": Size(
        "sdxl",
        {
            **_SDXL_BLOCKS,
            "block_out_channels": (320, 640, 1280),
            "cross_attention_dim": 2048,
            "attention_head_dim": (5, 10, 20),
            "transformer_layers_per_block": (1, 2, 10),
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 2816,
        },
        1024,
    ),
}
TINY = {
    "sd15": Size(
        "sd1",
        {
            "layers_per_block": 1,
            "block_out_channels": (8, 16, 16, 16),
            "cross_attention_dim": 16,
            "attention_head_dim": 2,
            "norm_num_groups": 4,
        },
        128,
    ),
    "sdxl": Size(
        "sdxl",
        {
            **_SDXL_BLOCKS,
            "block_out_channels": (8, 16, 16),
            "cross_attention_dim": 32,
            "attention_head_dim": 2,
            "transformer_layers_per_block": (1, 1, 2),
            "addition_time_embed_dim": 4,
            "projection_class_embeddings_input_dim": 40,
            "norm_num_groups": 4,
        },
        128,
    ),
}


def unet(size: Size, device: torch.device, dtype: torch.dtype) -> UNet2DConditionModel:
    """A UNet with random weights that keep the signal's size, made on the device. Always the same on one device."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device("meta"):
            model = UNet2DConditionModel(**size.unet)
    finally:
        torch.set_default_dtype(before)
    if device.type == "meta":
        return model
    model = model.to_empty(device=device)
    chance = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for module in model.modules():
            _fill(module, chance)
    return model


def _fill(module: nn.Module, chance: torch.Generator) -> None:
    for name, parameter in module.named_parameters(recurse=False):
        if parameter.dim() > 1:
            parameter.normal_(0, prod(parameter.shape[1:]) ** -0.5, generator=chance)
        else:
            parameter.fill_(1 if name == "weight" else 0)


def pictures(size: Size, count: int) -> tuple[list[Picture], dict[str, Conditioning]]:
    """Cached pictures with a caption each, and what the captions became."""
    chance = torch.Generator().manual_seed(1)
    shape = (4, size.latent, size.latent)
    made, captions = [], {}
    for index in range(count):
        text = f"picture {index}"
        latents = Latents(torch.randn(shape, generator=chance), torch.full(shape, 0.1))
        geometry = {TIME_IDS: torch.tensor([size.pixels, size.pixels, 0, 0, size.pixels, size.pixels]).float()}
        made.append(Picture(latents, Captions((text,)), geometry if size.family == "sdxl" else {}))
        captions[text] = _conditioning(size, chance)
    captions[""] = _conditioning(size, chance)
    return made, captions


def modules(size: Size, targets: tuple[TargetGroup, ...]) -> list[str]:
    """The layers that the trainer puts adapters beside, so that other loops do the same."""
    with torch.device("meta"):
        model = UNet2DConditionModel(**size.unet)
    endings = tuple(ending for group in targets for ending in FAMILIES[size.family].spec.targets[group])
    return list(targeted(UNet(model).modules, endings))


@dataclass(frozen=True)
class Encoders:
    """Autoencoder and text encoder of Stable Diffusion 1.5."""

    vae: AutoencoderKL
    text: CLIPTextModel


def encoders(folder: Path | None, device: torch.device, dtype: torch.dtype) -> Encoders:
    """Those of a pipeline's folder, or random ones of the published size."""
    if folder:
        vae = AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=dtype)
        text = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=dtype)
    else:
        vae = AutoencoderKL(**_VAE).to(dtype)
        text = CLIPTextModel(CLIPTextConfig(**_CLIP)).to(dtype)
    return Encoders(vae.to(device).eval().requires_grad_(False), text.to(device).eval().requires_grad_(False))


_VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "sample_size": 512,
}
_CLIP: dict[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 77,
}


def tokens_of(folder: Path) -> int:
    """How many tokens a caption has in a pipeline."""
    settings = json.loads((folder / "text_encoder" / "config.json").read_text(encoding="utf-8"))
    return int(settings["max_position_embeddings"])


def _conditioning(size: Size, chance: torch.Generator) -> dict[str, Tensor]:
    states = {STATES: torch.randn((size.tokens, size.unet["cross_attention_dim"]), generator=chance)}
    if size.family != "sdxl":
        return states
    pooled = size.unet["projection_class_embeddings_input_dim"] - 6 * size.unet["addition_time_embed_dim"]
    return {**states, POOLED: torch.randn((pooled,), generator=chance)}
