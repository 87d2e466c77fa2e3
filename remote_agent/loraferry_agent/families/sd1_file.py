"""Stable Diffusion 1.x in a single file, as ComfyUI and WebUI read it, laid out as a folder of diffusers.

The file holds the weights under the names of the original release. What it lacks is the same for all models of the
family: the settings below (those of the release, CompVis/stable-diffusion) and the text encoder's vocabulary, which
follows from its list of merges (openai/CLIP, MIT).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors.torch import load_file, save_file
from torch import Tensor

from loraferry_core.model_links import order
from loraferry_core.models import FetchSource

MERGES = order(
    [
        FetchSource(kind="hub", place="openai/clip-vit-large-patch14", file="merges.txt"),
        FetchSource(kind="hub", place="stable-diffusion-v1-5/stable-diffusion-v1-5", file="tokenizer/merges.txt"),
        FetchSource(kind="modelscope", place="AI-ModelScope/stable-diffusion-v1-5", file="tokenizer/merges.txt"),
    ],
    name="CLIP vocabulary",
    sha256="9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a",
    size=524619,
)

SETTINGS: dict[str, dict[str, Any]] = {
    "unet/config.json": {
        "_class_name": "UNet2DConditionModel",
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
        "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
        "block_out_channels": [320, 640, 1280, 1280],
        "layers_per_block": 2,
        "cross_attention_dim": 768,
        "attention_head_dim": 8,
    },
    "vae/config.json": {
        "_class_name": "AutoencoderKL",
        "sample_size": 512,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 4,
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "block_out_channels": [128, 256, 512, 512],
        "layers_per_block": 2,
        "scaling_factor": 0.18215,
    },
    "text_encoder/config.json": {
        "architectures": ["CLIPTextModel"],
        "model_type": "clip_text_model",
        "vocab_size": 49408,
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "max_position_embeddings": 77,
        "hidden_act": "quick_gelu",
        "projection_dim": 768,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
    },
    "tokenizer/tokenizer_config.json": {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
    },
    "scheduler/scheduler_config.json": {
        "_class_name": "DDIMScheduler",
        "num_train_timesteps": 1000,
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "prediction_type": "epsilon",
        "steps_offset": 1,
        "clip_sample": False,
        "set_alpha_to_one": False,
    },
    "model_index.json": {
        "_class_name": "StableDiffusionPipeline",
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    },
}
_TEXT = "cond_stage_model.transformer."
_WITHIN = "text_model."


def unpack(file: Path, merges: Path, folder: Path, settings: Mapping[str, dict[str, Any]] = SETTINGS) -> None:
    """Write the folder of the model in `file`; `merges` is CLIP's list of merges.

    Raises OSError, safetensors' error, and KeyError where weights are missing.
    """
    for name, table in settings.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(table, indent=1), encoding="utf-8")
    text = merges.read_text(encoding="utf-8")
    (folder / "tokenizer" / "merges.txt").write_text(text, newline="\n", encoding="utf-8")
    vocabulary = json.dumps(vocabulary_of(text), ensure_ascii=False)
    (folder / "tokenizer" / "vocab.json").write_text(vocabulary, encoding="utf-8")
    weights = load_file(file)
    _write(folder / "text_encoder" / "model.safetensors", _text_encoder(weights))
    for part, convert in (("unet", convert_ldm_unet_checkpoint), ("vae", convert_ldm_vae_checkpoint)):
        _write(folder / part / "diffusion_pytorch_model.safetensors", convert(weights, settings[f"{part}/config.json"]))


def _text_encoder(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Some merged models lack the middle part of the names; the list of positions is no weight."""
    found = {name.removeprefix(_TEXT): tensor for name, tensor in weights.items() if name.startswith(_TEXT)}
    found = {name if name.startswith(_WITHIN) else _WITHIN + name: tensor for name, tensor in found.items()}
    return {name: tensor for name, tensor in found.items() if not name.endswith("position_ids")}


def _write(path: Path, weights: Mapping[str, Tensor]) -> None:
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path, {"format": "pt"})


def vocabulary_of(merges: str) -> dict[str, int]:
    """CLIP's vocabulary: every byte, every byte at a word's end, what each merge makes, and the two marks.

    Source: openai/CLIP, `simple_tokenizer.py`.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]
    made = ["".join(line.split()) for line in merges.splitlines()[1:] if line.strip()]
    entries = [*symbols, *(f"{symbol}</w>" for symbol in symbols), *made, "<|startoftext|>", "<|endoftext|>"]
    return {entry: index for index, entry in enumerate(entries)}
