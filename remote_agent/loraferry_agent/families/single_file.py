"""A base model in a single file under the original names, as ComfyUI and WebUI read it, laid out as a folder of diffusers.

The file holds weights alone. Settings and vocabulary are the same for all models of a family and ship with this package.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from loraferry_agent.families.original import Origin, text_tensors, unet_name, vae_name
from loraferry_agent.families.published import SCHEDULER, UNET, VAE, Settings
from loraferry_agent.families.unet_shape import shape_of
from loraferry_agent.families.vocabulary import write_vocabulary
from loraferry_core.families.recognise import has_zero_terminal_snr, prediction_of_file
from loraferry_core.lora_file.header import Header, read_header

_UNET, _VAE = "model.diffusion_model.", "first_stage_model."
Origins = Callable[[Iterable[str], str], dict[str, Origin]]


@dataclass(frozen=True)
class Encoder:
    """Where a release keeps a text encoder."""

    prefix: str
    origins: Origins


@dataclass(frozen=True)
class Release:
    """What one family's single files have in common."""

    settings: Settings
    encoders: Mapping[str, Encoder]
    """By the folder that each becomes."""


@dataclass(frozen=True)
class Wanted:
    """One tensor of the folder: where it comes from, and the shape it must have."""

    origin: Origin
    shape: tuple[int, ...]


class Lacking(Exception):
    """A weight is not in the file, or has another shape than the family's; carries its name."""


def unpack(file: Path, release: Release, folder: Path) -> None:
    """Write the folder of the model in `file`.

    Raises Lacking before any weight is read, NotSafetensors, OSError, and safetensors' error.
    """
    header = read_header(file)
    parts = {name: located(wanted, header) for name, wanted in wanted_of(release).items()}
    write_settings(release.settings, header, folder)
    with safe_open(file, "pt") as weights:
        for name, found in parts.items():
            save_file({key: taken(weights, *place) for key, place in found.items()}, folder / name, {"format": "pt"})


def wanted_of(release: Release) -> dict[str, dict[str, Wanted]]:
    """For each file of weights in the folder its tensors."""
    settings = release.settings
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(settings[UNET])
        vae = AutoencoderKL.from_config(settings[VAE])
    shape, levels = shape_of(unet.config), len(settings[VAE]["block_out_channels"])
    parts = {
        "unet/diffusion_pytorch_model.safetensors": _plain(
            unet.state_dict(), _UNET, lambda name: unet_name(name, shape)
        ),
        "vae/diffusion_pytorch_model.safetensors": _plain(vae.state_dict(), _VAE, lambda name: vae_name(name, levels)),
    }
    for place, encoder in release.encoders.items():
        shapes = text_tensors(settings[f"{place}/config.json"])
        origins = encoder.origins(shapes, encoder.prefix)
        parts[f"{place}/model.safetensors"] = {name: Wanted(origins[name], shape) for name, shape in shapes.items()}
    return parts


def _plain(tensors: Mapping[str, Tensor], prefix: str, rename: Callable[[str], str]) -> dict[str, Wanted]:
    return {name: Wanted(Origin((prefix + rename(name),)), tuple(t.shape)) for name, t in tensors.items()}


def located(wanted: Mapping[str, Wanted], header: Header) -> dict[str, tuple[str, Wanted]]:
    """For each tensor the name by which it is in the file. Raises Lacking."""
    found = {}
    for name, want in wanted.items():
        there = next((known for known in want.origin.names if known in header.tensors), None)
        if there is None or _without_ones(_shape(want.origin, header.tensors[there].shape)) != _without_ones(
            want.shape
        ):
            raise Lacking(there or want.origin.names[0])
        found[name] = (there, want)
    return found


def _shape(origin: Origin, shape: tuple[int, ...]) -> tuple[int, ...]:
    if origin.third is not None:
        return (shape[0] // 3, *shape[1:]) if shape and shape[0] % 3 == 0 else ()
    return shape[::-1] if origin.transposed else shape


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Some layers are convolutions of one pixel in one code and linear in the other."""
    return tuple(size for size in shape if size != 1)


def taken(weights: Any, name: str, wanted: Wanted) -> Tensor:
    """A tensor of an open file as the folder wants it."""
    tensor: Tensor = weights.get_tensor(name)
    if wanted.origin.third is not None:
        # Tensors that share their bytes cannot be saved.
        tensor = tensor.chunk(3)[wanted.origin.third].clone()
    if wanted.origin.transposed:
        tensor = tensor.T
    return tensor.reshape(wanted.shape).contiguous()


def write_settings(settings: Settings, header: Header, folder: Path) -> None:
    """Write settings and vocabulary; what the model predicts only where the file says it. Raises OSError."""
    said = prediction_of_file(header)
    scheduler = settings[SCHEDULER] | ({"prediction_type": said} if said else {})
    if has_zero_terminal_snr(header):
        # Lin et al. 2023, arXiv 2305.08891.
        scheduler |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    for name, table in {**settings, SCHEDULER: scheduler}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(table, indent=1), encoding="utf-8")
        if path.name == "tokenizer_config.json":
            write_vocabulary(path.parent)
