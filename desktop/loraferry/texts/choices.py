"""Labels of the fixed choices in settings, and of the kinds in a union such as optimizer."""

import inspect

from loraferry.texts.translation import lookup
from loraferry_core.config import Config

LABELS: dict[str, str] = {
    # caption style, precision, prediction
    "auto": "Automatic",
    "tags": "Tags",
    "prose": "Sentences",
    "bf16": "bf16 (16 bit, wide range)",
    "fp16": "fp16 (16 bit)",
    "fp32": "fp32 (32 bit, exact)",
    "epsilon": "Noise (epsilon)",
    "v_prediction": "Velocity (v)",
    # run
    "steps": "Steps",
    "epochs": "Epochs",
    # compile
    "on": "On",
    "off": "Off",
    # trained parts
    "attention": "Attention",
    "feed_forward": "Feed forward",
    "projection": "Projections",
    "convolution": "Convolutions",
    # text encoders
    "first": "The first",
    "second": "The second",
    # objective
    "mse": "Mean squared error",
    "huber": "Huber",
    "none": "None",
    "min_snr": "Min-SNR",
    "debiased": "Debiased",
    # unions
    "adamw": "AdamW",
    "adamw8bit": "AdamW 8-bit",
    "lion": "Lion",
    "adafactor": "Adafactor",
    "prodigy": "Prodigy",
    "schedule_free": "Schedule-free AdamW",
    "constant": "Constant",
    "linear": "Linear",
    "cosine": "Cosine",
    "cosine_restarts": "Cosine with restarts",
    "polynomial": "Polynomial",
    "lora": "LoRA",
    "loha": "LoHa",
    "lokr": "LoKr",
    # model families
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sdxl": "Stable Diffusion XL",
    # what is taught
    "character": "A character",
    "style": "A style",
    "object": "An object",
    # switches in lists of values
    "True": "On",
    "False": "Off",
}


def choice_label(value: str) -> str:
    """What a choice is called."""
    return lookup("Choice", LABELS.get(value, value))


def config_title(config: type[Config]) -> str:
    """The first line of a config class's docstring without the name of its source, in the user's language."""
    return lookup("Config", title_of(config))


def title_of(config: type[Config]) -> str:
    """The English title of a config class."""
    first = inspect.cleandoc(config.__doc__ or "").partition("\n")[0]
    head, bracket, _ = first.rpartition(" (")
    return f"{head}." if bracket and first.endswith(").") else first
