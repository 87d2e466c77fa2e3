"""Pipelines of random weights with the real ones' structure: the same classes, the same layers under their real names."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WIDTH = 16
SECOND_WIDTH = 24
"""Of SDXL's second text encoder."""
TOKENS = 20


def make(
    folder: Path,
    family: str = "sd1",
    *,
    levels: int = 4,
    prediction: str = "epsilon",
    seed: int = 0,
    width: int = WIDTH,
) -> Path:
    """Write a pipeline as a folder in the layout of diffusers; 4 pixels of a side make one latent.

    With 4 `levels` it has all layers of the real model; with 2 it is small and fast. `width` is that of the first text
    encoder: with the real one's it is recognised as what it is, and large.
    """
    torch.manual_seed(seed)
    tokenizer = _tokenizer(folder / "tokenizer")
    _text_encoder(CLIPTextModel, tokenizer, width).save_pretrained(folder / "text_encoder")
    if family == "sdxl":
        second = _tokenizer(folder / "tokenizer_2")
        _text_encoder(CLIPTextModelWithProjection, second, SECOND_WIDTH).save_pretrained(folder / "text_encoder_2")
    _vae().save_pretrained(folder / "vae")
    unet = _sdxl_unet(levels) if family == "sdxl" else _unet(levels, family, width)
    unet.save_pretrained(folder / "unet")
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        steps_offset=1,
        clip_sample=False,
        set_alpha_to_one=False,
        prediction_type=prediction,
    )
    scheduler.save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(_index(family)), encoding="utf-8")
    return folder


def _text_encoder(kind: Any, tokenizer: CLIPTokenizer, width: int) -> Any:
    return kind(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=2 * width,
            projection_dim=width,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=TOKENS,
            hidden_act="quick_gelu" if width == WIDTH else "gelu",
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(4, 8, 8),
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
    )


def _unet(levels: int, family: str, width: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        down_block_types=(*("CrossAttnDownBlock2D",) * (levels - 1), "DownBlock2D"),
        up_block_types=("UpBlock2D", *("CrossAttnUpBlock2D",) * (levels - 1)),
        block_out_channels=(8, 12, 16, 16)[-levels:],
        layers_per_block=2 if levels == 4 else 1,
        cross_attention_dim=width,
        attention_head_dim=2,
        norm_num_groups=4,
        use_linear_projection=family == "sd2",
    )


def _sdxl_unet(levels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(8, 12, 16),
        layers_per_block=2,
        transformer_layers_per_block=(1, 2, 10) if levels == 4 else (1, 1, 2),
        cross_attention_dim=WIDTH + SECOND_WIDTH,
        attention_head_dim=2,
        norm_num_groups=4,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=6 * 4 + SECOND_WIDTH,
    )


def _index(family: str) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
    }
    if family == "sdxl":
        return {
            "_class_name": "StableDiffusionXLPipeline",
            "force_zeros_for_empty_prompt": False,
            **parts,
            "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
            "tokenizer_2": ["transformers", "CLIPTokenizer"],
        }
    return {
        "_class_name": "StableDiffusionPipeline",
        "requires_safety_checker": False,
        **parts,
        "safety_checker": [None, None],
    }


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """A CLIP tokenizer that spells every text byte by byte."""
    folder.mkdir(parents=True, exist_ok=True)
    # In CLIP's own order: what can be printed first, then stand-ins for all other bytes.
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    symbols = [chr(code) for code in (*printable, *range(256, 512 - len(printable)))]
    entries = [*symbols, *(symbol + "</w>" for symbol in symbols), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: index for index, token in enumerate(entries)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=TOKENS, local_files_only=True)
    tokenizer.save_pretrained(folder)
    return tokenizer
