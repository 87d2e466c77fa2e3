"""A Stable Diffusion 1 pipeline of random weights with the real one's structure: 192 layers under their real names."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WIDTH = 16
TOKENS = 20


def make(folder: Path, *, levels: int = 4, prediction: str = "epsilon", seed: int = 0) -> Path:
    """Write the pipeline as a folder in the layout of diffusers; 4 pixels of a side make one latent.

    With 4 `levels` it has the layers of the real model; with 2 it is small and fast, one layer a block.
    """
    torch.manual_seed(seed)
    tokenizer = _tokenizer(folder / "tokenizer")
    _text_encoder(tokenizer).save_pretrained(folder / "text_encoder")
    _vae().save_pretrained(folder / "vae")
    _unet(levels).save_pretrained(folder / "unet")
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
    (folder / "model_index.json").write_text(json.dumps(_INDEX), encoding="utf-8")
    return folder


def _text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=TOKENS,
            hidden_act="quick_gelu",
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


def _unet(levels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        down_block_types=(*("CrossAttnDownBlock2D",) * (levels - 1), "DownBlock2D"),
        up_block_types=("UpBlock2D", *("CrossAttnUpBlock2D",) * (levels - 1)),
        block_out_channels=(8, 8, 16, 16)[-levels:],
        layers_per_block=2 if levels == 4 else 1,
        cross_attention_dim=WIDTH,
        attention_head_dim=2,
        norm_num_groups=4,
    )


_INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
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
