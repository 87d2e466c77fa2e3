"""Three dialects of one language: sd-scripts' own names (TOML), the names of kohya_ss's GUI (JSON), and `ss_*` metadata.

All become sd-scripts' names here (its `train_network.py --help`), so that the rest knows one dialect only.
"""

import json
from collections.abc import Mapping
from typing import Any

import tomllib

from loraferry_core.problems import fail

MAX_BYTES = 1 << 20

Settings = dict[str, Any]
"""Setting by sd-scripts' name; arguments of network and optimizer as `network_args.NAME` and `optimizer_args.NAME`."""

_FROM_GUI = {
    "optimizer": "optimizer_type",
    "epoch": "max_train_epochs",
    "max_resolution": "resolution",
    "lr_scheduler_num_cycles": "lr_scheduler_num_cycles",
    "conv_dim": "network_args.conv_dim",
    "conv_alpha": "network_args.conv_alpha",
    "factor": "network_args.factor",
}
_GUI_KINDS: dict[str, dict[str, Any]] = {
    "Standard": {},
    "LoRA-C3Lier": {},
    "LyCORIS/LoCon": {"network_args.algo": "locon"},
    "LyCORIS/LoHa": {"network_args.algo": "loha"},
    "LyCORIS/LoKr": {"network_args.algo": "lokr"},
    "LyCORIS/DoRA": {"network_args.algo": "locon", "network_args.dora_wd": True},
}
"""`LoRA_type` of the GUI."""
_FROM_METADATA = {
    "ss_total_batch_size": "train_batch_size",
    "ss_batch_size_per_device": "train_batch_size",
    "ss_num_epochs": "max_train_epochs",
    "ss_optimizer": "optimizer_type",
    "ss_v2": "v2",
}


def read_settings(data: bytes, name: str) -> Settings:
    """The settings in a TOML or JSON file. `name` is the file's, for the problem.

    Raises ProblemError `settings_unreadable`.
    """
    if len(data) > MAX_BYTES:
        raise fail("settings_unreadable", name=name, detail=f"> {MAX_BYTES >> 20} MB")
    try:
        text = data.decode("utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise fail("settings_unreadable", name=name, detail=str(error)[:200]) from error
    return from_gui(found) if "LoRA_type" in found or "max_resolution" in found else plain(found)


def plain(found: Mapping[str, Any]) -> Settings:
    """sd-scripts' own names; what stands in sections of a TOML file counts as well."""
    settings: Settings = {}
    for name, value in found.items():
        if isinstance(value, Mapping):
            settings |= plain(value)
        elif name in ("network_args", "optimizer_args"):
            settings |= _arguments(name, value)
        else:
            settings[name] = value
    return settings


def from_gui(found: Mapping[str, Any]) -> Settings:
    """Names of kohya_ss's GUI. An empty text or a zero there means that the setting is off."""
    settings = plain({_FROM_GUI.get(name, name): value for name, value in found.items() if value not in ("", None)})
    settings |= _GUI_KINDS.get(str(found.get("LoRA_type", "Standard")), {})
    settings.pop("LoRA_type", None)
    if "lr_warmup" in settings:
        # Percent of all steps.
        settings["lr_warmup_steps"] = number(settings.pop("lr_warmup")) / 100
    for name in ("max_train_steps", "min_snr_gamma", "multires_noise_iterations", "network_args.conv_dim"):
        if not number(settings.get(name, 1)):
            del settings[name]
    return settings


def from_metadata(metadata: Mapping[str, str]) -> Settings:
    """What the metadata of a LoRA file tells of its training."""
    settings: Settings = {}
    for name, value in metadata.items():
        if not name.startswith("ss_") or value in ("None", ""):
            continue
        settings[_FROM_METADATA.get(name, name.removeprefix("ss_"))] = value
    if "network_args" in settings:
        try:
            arguments = json.loads(settings.pop("network_args"))
        except ValueError:
            arguments = {}
        if isinstance(arguments, dict):
            settings |= {f"network_args.{name}": value for name, value in arguments.items()}
    if "optimizer_type" in settings:
        settings |= _optimizer(str(settings.pop("optimizer_type")))
    if str(metadata.get("ss_base_model_version", "")).startswith("sdxl"):
        settings["sdxl"] = True
    if metadata.get("modelspec.prediction_type") == "v":
        settings["v_parameterization"] = True
    if not any(text in settings for text in ("text_encoder_lr", "text_encoder_lr1")):
        settings["network_train_unet_only"] = True
    return settings


def _arguments(owner: str, value: Any) -> Settings:
    """`["conv_dim=4", "algo=loha"]`, or one text with spaces between, as `network_args.conv_dim` and so on."""
    parts = value.split() if isinstance(value, str) else [str(part) for part in value or ()]
    pairs = (part.split("=", 1) for part in parts if "=" in part)
    return {f"{owner}.{name.strip()}": text.strip().strip("\"'") for name, text in pairs}


def _optimizer(told: str) -> Settings:
    """`bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)`: what the metadata calls an optimizer."""
    name, _, arguments = told.partition("(")
    settings: Settings = {"optimizer_type": name.rpartition(".")[2]}
    return settings | _arguments("optimizer_args", arguments.rstrip(")").replace(",betas", " betas").split(","))


def number(value: Any) -> float:
    """A number that may be written as text; 0 where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def switch(value: Any) -> bool:
    """A switch that may be written as text."""
    return value is True or str(value).strip().lower() in ("true", "1", "1.0")
