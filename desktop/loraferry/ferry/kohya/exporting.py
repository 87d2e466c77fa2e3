"""A plan of ours as a TOML file for sd-scripts' `train_network.py` and `sdxl_train_network.py`."""

import json
from dataclasses import dataclass
from typing import Any

from loraferry.ferry.kohya.importing import ROWS, SCHEDULES
from loraferry_core.config import TrainConfig, sample_prompts
from loraferry_core.config.dotted import differences
from loraferry_core.config.network import LoraNetwork

_TOLD = frozenset(row.path for rows in ROWS.values() for row in rows) | {
    "base.source", "base.family", "base.prediction", "network.kind", "network.dora", "network.targets",
    "optimizer.kind", "optimizer.lr", "schedule.kind", "schedule.warmup", "schedule.warmup_steps",
    "text_encoders.train", "text_encoders.lr", "text_encoders.second_lr", "dataset.resolution", "saving.name",
    "saving.dtype",
}  # fmt: skip
_PLACES = frozenset({"base.tree", "dataset.manifest", "dataset.trigger", "dataset.class_word", "network.parent_tree"})
"""Of this program and of pictures, which other programs are told apart."""
_OPTIMIZER_NAMES = {
    "adamw": "AdamW",
    "adamw8bit": "AdamW8bit",
    "lion": "Lion",
    "adafactor": "Adafactor",
    "prodigy": "Prodigy",
    "schedule_free": "AdamWScheduleFree",
}


@dataclass(frozen=True)
class Exported:
    """A TOML text, and the settings that sd-scripts has no place for, by their dotted names here."""

    toml: str
    left: tuple[str, ...]


def exported(config: TrainConfig) -> Exported:
    """The settings for sd-scripts. Where its pictures lie it must be told apart."""
    settings = {name: value for name, value in _settings(config).items() if value is not None}
    lines = [f"{name} = {_toml(value)}\n" for name, value in settings.items()]
    kinds = {name: type(getattr(config, name))() for name in ("network", "optimizer", "schedule")}
    changed = differences(TrainConfig().replace(**kinds), config)
    return Exported("".join(lines), tuple(path for path in changed if path not in _TOLD and path not in _PLACES))


def _settings(config: TrainConfig) -> dict[str, Any]:
    loop, dataset, network = config.loop, config.dataset, config.network
    by_steps = loop.unit == "steps"
    schedule = next(name for name, kind in reversed(SCHEDULES.items()) if isinstance(config.schedule, kind))
    weighting, noise = config.objective.weighting, config.noise
    rates = list(config.text_encoders.rates(config.optimizer.lr).values())
    return {
        "pretrained_model_name_or_path": config.base.source,
        "v2": config.base.family == "sd2" or None,
        "v_parameterization": config.base.prediction == "v_prediction" or None,
        "output_name": config.saving.name or dataset.trigger or "lora",
        "save_model_as": "safetensors",
        "save_precision": {"fp32": "float"}.get(config.saving.dtype, config.saving.dtype),
        "save_every_n_steps": config.saving.every,
        "network_module": "networks.lora" if _is_plain(network) else "lycoris.kohya",
        "network_dim": network.rank,
        "network_alpha": network.alpha,
        "network_args": _network_arguments(network) or None,
        "network_train_unet_only": not rates or None,
        "learning_rate": config.optimizer.lr,
        "unet_lr": config.optimizer.lr,
        "text_encoder_lr": rates[0] if len(rates) == 1 else rates or None,
        "optimizer_type": _OPTIMIZER_NAMES[config.optimizer.kind],
        "optimizer_args": [f"weight_decay={config.optimizer.weight_decay}"],
        "lr_scheduler": schedule,
        "lr_warmup_steps": config.schedule.warmup_steps or config.schedule.warmup,
        "lr_scheduler_num_cycles": getattr(config.schedule, "cycles", None),
        "lr_scheduler_power": getattr(config.schedule, "power", None),
        "max_train_steps": loop.steps if by_steps else None,
        "max_train_epochs": None if by_steps else loop.epochs,
        "train_batch_size": loop.batch,
        "gradient_accumulation_steps": loop.accumulation,
        "gradient_checkpointing": loop.gradient_checkpointing,
        "mixed_precision": {"auto": "bf16", "fp32": "no"}.get(loop.precision, loop.precision),
        "max_grad_norm": loop.max_grad_norm,
        "seed": loop.seed,
        "resolution": f"{dataset.resolution},{dataset.resolution}",
        "enable_bucket": True,
        "bucket_no_upscale": True,
        "caption_extension": ".txt",
        "shuffle_caption": dataset.shuffle_tags,
        "keep_tokens": dataset.keep_tokens,
        "caption_dropout_rate": dataset.caption_dropout or None,
        "caption_tag_dropout_rate": dataset.tag_dropout or None,
        "max_token_length": 225,
        "flip_aug": dataset.flip,
        "masked_loss": dataset.masked or None,
        "prior_loss_weight": config.regularisation.weight,
        "noise_offset": noise.offset or None,
        "multires_noise_iterations": noise.multires_iterations or None,
        "multires_noise_discount": noise.multires_discount if noise.multires_iterations else None,
        "ip_noise_gamma": noise.input_perturbation or None,
        "zero_terminal_snr": noise.zero_terminal_snr or None,
        "min_snr_gamma": config.objective.min_snr_gamma if weighting == "min_snr" else None,
        "debiased_estimation_loss": weighting == "debiased" or None,
        "loss_type": {"mse": "l2"}.get(config.objective.loss, config.objective.loss),
        "huber_c": config.objective.huber_c if config.objective.loss == "huber" else None,
        "sample_every_n_steps": config.sampling.every,
        "sample_prompts": "sample_prompts.txt" if config.sampling.every and sample_prompts(config) else None,
        "cache_latents": True,
    }


def _is_plain(network: Any) -> bool:
    return isinstance(network, LoraNetwork) and not network.dora


def _network_arguments(network: Any) -> list[str]:
    arguments = [] if _is_plain(network) else [f"algo={'locon' if network.kind == 'lora' else network.kind}"]
    if getattr(network, "dora", False):
        arguments.append("dora_wd=True")
    if network.kind == "lokr":
        arguments.append(f"factor={network.factor}")
    if "convolution" in network.targets:
        arguments += [f"conv_dim={network.conv_rank}", f"conv_alpha={network.conv_alpha}"]
    return arguments


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    # A JSON text is a basic string of TOML too (TOML 1.0), but for U+007F.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F") if isinstance(value, str) else repr(value)
