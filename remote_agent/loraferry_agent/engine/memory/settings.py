"""The settings of the published base models that decide how much memory they take, as their own files say.

Sources: the `config.json` files of stabilityai/stable-diffusion-2-1 and stabilityai/stable-diffusion-xl-base-1.0.
"""

from typing import Any

from loraferry_agent.families.sd1_file import SETTINGS as SD1

Settings = dict[str, dict[str, Any]]

SD2: Settings = {
    **SD1,
    "unet/config.json": {
        **SD1["unet/config.json"],
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
}
SDXL: Settings = {
    **SD1,
    "unet/config.json": {
        **SD1["unet/config.json"],
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
    "vae/config.json": {**SD1["vae/config.json"], "sample_size": 1024, "scaling_factor": 0.13025},
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
}
PUBLISHED: dict[str, Settings] = {"sd1": SD1, "sd2": SD2, "sdxl": SDXL}
"""By the family's id."""
