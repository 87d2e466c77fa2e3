"""The settings of the published base models, which a single file does not hold.

Sources: CompVis/stable-diffusion (`configs/stable-diffusion/v1-inference.yaml`), Stability-AI/stablediffusion
(`configs/stable-diffusion/v2-inference.yaml`), Stability-AI/generative-models (`configs/inference/sd_xl_base.yaml`), and
the settings files of the same models in the layout of diffusers.
"""

from typing import Any

Settings = dict[str, dict[str, Any]]
"""By the path of each settings file in a folder of diffusers."""

UNET, VAE, SCHEDULER, INDEX = (
    "unet/config.json",
    "vae/config.json",
    "scheduler/scheduler_config.json",
    "model_index.json",
)
_TOKENIZER: dict[str, Any] = {
    "tokenizer_class": "CLIPTokenizer",
    "model_max_length": 77,
    "bos_token": "<|startoftext|>",
    "eos_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
    "pad_token": "<|endoftext|>",
}
_OPEN_TOKENIZER = {**_TOKENIZER, "pad_token": "!"}
"""OpenCLIP fills up with token 0."""
_PARTS = {
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}

SD1: Settings = {
    UNET: {
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
    VAE: {
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
    "tokenizer/tokenizer_config.json": _TOKENIZER,
    SCHEDULER: {
        "_class_name": "DDIMScheduler",
        "num_train_timesteps": 1000,
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "steps_offset": 1,
        "clip_sample": False,
        "set_alpha_to_one": False,
    },
    INDEX: {"_class_name": "StableDiffusionPipeline", **_PARTS},
}
SD2: Settings = {
    **SD1,
    UNET: {
        **SD1[UNET],
        "sample_size": 96,
        "cross_attention_dim": 1024,
        "attention_head_dim": [5, 10, 20, 20],
        "use_linear_projection": True,
    },
    "text_encoder/config.json": {
        **SD1["text_encoder/config.json"],
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 23,
        "num_attention_heads": 16,
        "hidden_act": "gelu",
        "projection_dim": 512,
    },
    "tokenizer/tokenizer_config.json": _OPEN_TOKENIZER,
}
SDXL: Settings = {
    **SD1,
    UNET: {
        **SD1[UNET],
        "sample_size": 128,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
        "block_out_channels": [320, 640, 1280],
        "transformer_layers_per_block": [1, 2, 10],
        "attention_head_dim": [5, 10, 20],
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
    VAE: {**SD1[VAE], "sample_size": 1024, "scaling_factor": 0.13025},
    "text_encoder_2/config.json": {
        **SD1["text_encoder/config.json"],
        "architectures": ["CLIPTextModelWithProjection"],
        "hidden_size": 1280,
        "intermediate_size": 5120,
        "num_hidden_layers": 32,
        "num_attention_heads": 20,
        "hidden_act": "gelu",
        "projection_dim": 1280,
    },
    "tokenizer_2/tokenizer_config.json": _OPEN_TOKENIZER,
    INDEX: {
        "_class_name": "StableDiffusionXLPipeline",
        "force_zeros_for_empty_prompt": True,
        **_PARTS,
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
    },
}
PUBLISHED: dict[str, Settings] = {"sd1": SD1, "sd2": SD2, "sdxl": SDXL}
"""By the family's id."""
