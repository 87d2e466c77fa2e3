"""A plan of ours from settings of kohya's, and what of them could not be taken over."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from loraferry.ferry.kohya.dialects import Settings, number, switch
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import read, replace_at
from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork
from loraferry_core.config.optimizers import Adafactor, AdamW, AdamW8bit, Lion, Prodigy, ScheduleFreeAdamW
from loraferry_core.config.schedule import Constant, Cosine, CosineRestarts, Linear, Polynomial

OPTIMIZERS = {
    "adamw": AdamW,
    "adamw8bit": AdamW8bit,
    "pagedadamw8bit": AdamW8bit,
    "lion": Lion,
    "adafactor": Adafactor,
    "prodigy": Prodigy,
    "adamwschedulefree": ScheduleFreeAdamW,
}
"""By sd-scripts' `optimizer_type` in small letters."""
SCHEDULES = {
    "constant": Constant,
    "constant_with_warmup": Constant,
    "linear": Linear,
    "cosine": Cosine,
    "cosine_with_restarts": CosineRestarts,
    "polynomial": Polynomial,
}
SILENT = frozenset(
    {
        "pretrained_model_name_or_path", "train_data_dir", "reg_data_dir", "output_dir", "logging_dir", "vae",
        "caption_extension", "network_module", "save_model_as", "xformers", "sdpa", "mem_eff_attn", "cache_latents",
        "cache_latents_to_disk", "cache_text_encoder_outputs", "max_data_loader_n_workers", "sdxl", "v2",
        "v_parameterization", "enable_bucket", "bucket_no_upscale", "max_token_length", "log_prefix", "log_with",
        "persistent_data_loader_workers", "console_log_level", "save_precision", "sample_sampler", "output_name",
        "bucket_reso_steps", "min_bucket_reso", "max_bucket_reso", "model_train_type", "text_encoder_lr", "unet_lr",
        "network_train_unet_only", "network_train_text_encoder_only", "lr_warmup_steps", "resolution",
    }
)  # fmt: skip
"""Settings that need no setting here: places of that computer, what always happens here, and what is read otherwise."""


@dataclass
class Imported:
    """The plan, and settings that it has no place for: (name, value as it was written)."""

    config: TrainConfig
    left: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One setting: its path here, and its value here by the value there."""

    path: str
    ours: Callable[[Any], Any]


def _whole(value: Any) -> int:
    return int(number(value))


def _precision(value: Any) -> str:
    return {"bf16": "bf16", "fp16": "fp16", "no": "fp32"}.get(str(value), "auto")


def _lines(value: Any) -> tuple[str, ...]:
    """Prompts of a text, one a line, without sd-scripts' options (`--n`, `--w`) and remarks."""
    lines = (line.split(" --")[0].strip() for line in str(value).splitlines() if not line.lstrip().startswith("#"))
    return tuple(line for line in lines if line)[:16]


ROWS: dict[str, tuple[Row, ...]] = {
    "network_dim": (Row("network.rank", _whole),),
    "network_alpha": (Row("network.alpha", number),),
    "network_args.conv_dim": (Row("network.conv_rank", _whole),),
    "network_args.conv_alpha": (Row("network.conv_alpha", number),),
    "network_args.factor": (Row("network.factor", _whole),),
    "optimizer_args.weight_decay": (Row("optimizer.weight_decay", number),),
    "optimizer_args.d_coef": (Row("optimizer.d_coef", number),),
    "lr_scheduler_num_cycles": (Row("schedule.cycles", _whole),),
    "lr_scheduler_power": (Row("schedule.power", number),),
    "max_train_steps": (Row("loop.steps", _whole), Row("loop.unit", lambda _: "steps")),
    "max_train_epochs": (Row("loop.epochs", _whole), Row("loop.unit", lambda _: "epochs")),
    "train_batch_size": (Row("loop.batch", _whole),),
    "gradient_accumulation_steps": (Row("loop.accumulation", _whole),),
    "gradient_checkpointing": (Row("loop.gradient_checkpointing", switch),),
    "mixed_precision": (Row("loop.precision", _precision),),
    "max_grad_norm": (Row("loop.max_grad_norm", number),),
    "seed": (Row("loop.seed", _whole),),
    "shuffle_caption": (Row("dataset.shuffle_tags", switch),),
    "keep_tokens": (Row("dataset.keep_tokens", _whole),),
    "caption_dropout_rate": (Row("dataset.caption_dropout", number),),
    "caption_tag_dropout_rate": (Row("dataset.tag_dropout", number),),
    "flip_aug": (Row("dataset.flip", switch),),
    "masked_loss": (Row("dataset.masked", switch),),
    "noise_offset": (Row("noise.offset", number),),
    "multires_noise_iterations": (Row("noise.multires_iterations", _whole),),
    "multires_noise_discount": (Row("noise.multires_discount", number),),
    "ip_noise_gamma": (Row("noise.input_perturbation", number),),
    "zero_terminal_snr": (Row("noise.zero_terminal_snr", switch),),
    "min_snr_gamma": (Row("objective.min_snr_gamma", number), Row("objective.weighting", lambda _: "min_snr")),
    "debiased_estimation_loss": (Row("objective.weighting", lambda on: "debiased" if switch(on) else "none"),),
    "loss_type": (Row("objective.loss", lambda kind: "huber" if "huber" in str(kind) else "mse"),),
    "huber_c": (Row("objective.huber_c", number),),
    "prior_loss_weight": (Row("regularisation.weight", number),),
    "save_every_n_steps": (Row("saving.every", _whole),),
    "save_last_n_steps": (Row("saving.keep", _whole),),
    "sample_every_n_steps": (Row("sampling.every", _whole),),
    "sample_prompts": (Row("sampling.prompts", _lines),),
}
"""By sd-scripts' name. Kinds of network, optimizer and schedule, rates, resolution and warmup are read apart."""


def imported(settings: Settings, before: TrainConfig) -> Imported:
    """`before` with everything that `settings` say; pictures, base model, trigger and name stay those of `before`."""
    result = Imported(before)
    _choose_family(result, settings)
    _choose_network(result, settings)
    _choose_optimizer(result, settings)
    _choose_schedule(result, settings)
    _choose_text_encoders(result, settings)
    if (side := _resolution(settings.get("resolution"))) is not None:
        _put(result, "resolution", "dataset.resolution", side)
    for name, value in settings.items():
        if name in ROWS:
            for row in ROWS[name]:
                _put(result, name, row.path, row.ours(value))
        elif name not in SILENT and name not in _CHOSEN and value not in ("", None, False, "False", 0, "0", "None"):
            result.left.append((name, str(value)[:200]))
    return result


_CHOSEN = frozenset({"optimizer_type", "lr_scheduler", "learning_rate", "network_args.algo", "network_args.dora_wd"})


def _put(result: Imported, name: str, path: str, value: Any) -> None:
    """Set one value where this plan has a place for it and allows it; tell otherwise."""
    try:
        if read(result.config, path) != value:
            result.config = replace_at(result.config, path, value)
    except (KeyError, ValidationError):
        result.left.append((name, str(value)[:200]))


def _choose_family(result: Imported, settings: Settings) -> None:
    told = {"sdxl", "v2"} & settings.keys()
    if told:
        family = "sdxl" if switch(settings.get("sdxl")) else "sd2" if switch(settings.get("v2")) else "sd1"
        if family != result.config.base.family:
            result.left.append(("sdxl" if family == "sdxl" else "v2", family))


def _choose_network(result: Imported, settings: Settings) -> None:
    algorithm = str(settings.get("network_args.algo", "lora")).lower()
    kinds = {"loha": LohaNetwork, "lokr": LokrNetwork, "lora": LoraNetwork, "locon": LoraNetwork}
    if algorithm not in kinds:
        result.left.append(("network_args.algo", algorithm))
    before = result.config.network
    network: Any = kinds.get(algorithm, LoraNetwork)(rank=before.rank, alpha=before.alpha, parent=before.parent)
    if algorithm in ("lora", "locon"):
        network = network.replace(dora=switch(settings.get("network_args.dora_wd")))
    # kohya's own LoRA trains the projections beside attention and feed-forward; with a conv_dim the convolutions too.
    targets = ["attention", "feed_forward", "projection"]
    if number(settings.get("network_args.conv_dim")) or algorithm in ("loha", "lokr", "locon"):
        targets.append("convolution")
    result.config = result.config.replace(network=network.replace(targets=tuple(targets)))


def _choose_optimizer(result: Imported, settings: Settings) -> None:
    told = str(settings.get("optimizer_type", "AdamW"))
    kind = OPTIMIZERS.get(told.lower().replace("_", ""))
    if kind is None:
        result.left.append(("optimizer_type", told))
    result.config = result.config.replace(optimizer=(kind or AdamW)())
    rate = number(settings.get("unet_lr")) or number(settings.get("learning_rate"))
    if rate:
        _put(result, "learning_rate", "optimizer.lr", rate)


def _choose_schedule(result: Imported, settings: Settings) -> None:
    told = str(settings.get("lr_scheduler", "constant"))
    kind = SCHEDULES.get(told)
    if kind is None:
        result.left.append(("lr_scheduler", told))
    warmup = number(settings.get("lr_warmup_steps"))
    schedule = (kind or Constant)()
    # A share of all steps below 1, a number of steps from there on (sd-scripts).
    changes = {"warmup": warmup, "warmup_steps": 0} if warmup < 1 else {"warmup_steps": int(warmup)}
    result.config = result.config.replace(schedule=schedule.replace(**changes))


def _choose_text_encoders(result: Imported, settings: Settings) -> None:
    rates = _rates(settings.get("text_encoder_lr", settings.get("learning_rate")))
    off = switch(settings.get("network_train_unet_only")) or not any(rates)
    names = () if off else ("first", "second") if result.config.base.family == "sdxl" else ("first",)
    encoders = result.config.text_encoders.replace(train=names)
    if names:
        encoders = encoders.replace(lr=rates[0], second_lr=rates[-1])
    result.config = result.config.replace(text_encoders=encoders)


def _rates(value: Any) -> list[float]:
    """One rate or a list of two, which metadata writes as text."""
    if isinstance(value, str):
        value = value.strip("[] ").split(",")
    return [number(one) for one in (value if isinstance(value, list) else [value])]


def _resolution(value: Any) -> int | None:
    """`512`, `"768,512"`, `"(512, 512)"` or `[512, 512]`: the side of a square of that area, in whole eights."""
    if value is None:
        return None
    parts = value if isinstance(value, list) else str(value).strip("()[] ").split(",")
    sides = [number(part) for part in parts if number(part)]
    if not sides:
        return None
    return round(math.sqrt(sides[0] * sides[-1]) / 8) * 8
