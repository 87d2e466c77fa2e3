"""Settings of kohya's trainer, of its window and of LoRA files become plans, and plans become such settings."""

import json

import pytest
import tomllib

from loraferry.ferry.kohya.dialects import from_metadata, read_settings
from loraferry.ferry.kohya.exporting import exported
from loraferry.ferry.kohya.importing import imported
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import differences, read, replace_at
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from loraferry_core.lora_file.metadata import training_metadata
from loraferry_core.problems import ProblemError

TOML = b"""
pretrained_model_name_or_path = "./sd-models/model.safetensors"
[network]
network_module = "networks.lora"
network_dim = 32
network_alpha = 16
network_args = ["conv_dim=8", "conv_alpha=4"]
unet_lr = 0.0002
text_encoder_lr = 1e-5
[run]
optimizer_type = "Lion"
optimizer_args = ["weight_decay=0.1", "betas=.95,.98"]
lr_scheduler = "cosine_with_restarts"
lr_scheduler_num_cycles = 2
lr_warmup_steps = 100
max_train_epochs = 12
train_batch_size = 4
resolution = "768,512"
min_snr_gamma = 5
shuffle_caption = true
scale_weight_norms = 1
"""


def test_a_file_of_the_trainer() -> None:
    result = imported(read_settings(TOML, "a.toml"), replace_at(TrainConfig(), "dataset.trigger", "sks"))
    expected = {
        "network.rank": 32,
        "network.alpha": 16.0,
        "network.conv_rank": 8,
        "network.conv_alpha": 4.0,
        "network.targets": ("attention", "feed_forward", "projection", "convolution"),
        "optimizer.kind": "lion",
        "optimizer.lr": 0.0002,
        "optimizer.weight_decay": 0.1,
        "text_encoders.train": ("first",),
        "text_encoders.lr": 1e-5,
        "schedule.kind": "cosine_restarts",
        "schedule.cycles": 2,
        "schedule.warmup_steps": 100,
        "loop.unit": "epochs",
        "loop.epochs": 12,
        "loop.batch": 4,
        "dataset.resolution": 624,
        "dataset.shuffle_tags": True,
        "dataset.trigger": "sks",
        "objective.weighting": "min_snr",
    }
    assert {path: read(result.config, path) for path in expected} == expected
    assert dict(result.left) == {"optimizer_args.betas": ".95,.98", "scale_weight_norms": "1"}


def test_a_file_of_the_window() -> None:
    told = {
        "LoRA_type": "LyCORIS/LoHa",
        "network_dim": 8,
        "network_alpha": 1,
        "conv_dim": 4,
        "conv_alpha": 1,
        "optimizer": "AdamW8bit",
        "learning_rate": 0.0001,
        "unet_lr": 0.0003,
        "text_encoder_lr": 0,
        "lr_scheduler": "linear",
        "lr_warmup": 10,
        "epoch": 4,
        "max_train_steps": 0,
        "max_resolution": "512,512",
        "min_snr_gamma": 0,
        "sdxl": False,
        "v2": False,
    }
    config = imported(read_settings(json.dumps(told).encode(), "a.json"), TrainConfig()).config
    assert (config.network.kind, config.network.rank, config.optimizer.kind) == ("loha", 8, "adamw8bit")
    assert (config.schedule.kind, config.schedule.warmup) == ("linear", 0.1)
    assert (config.loop.unit, config.loop.epochs, config.objective.weighting) == ("epochs", 4, "none")
    assert config.text_encoders.train == ()


def test_what_a_lora_file_tells() -> None:
    config = replace_at(replace_at(TrainConfig(), "network.rank", 24), "dataset.resolution", 640)
    manifest = manifest_of([ManifestEntry(name="a.png", size=1, sha256="0" * 64)])
    metadata = training_metadata(config, manifest, name="x", prediction="epsilon", steps=10, started=0)
    result = imported(from_metadata(metadata), TrainConfig()).config
    assert (result.network.rank, result.dataset.resolution, result.optimizer) == (24, 640, config.optimizer)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.rank", 24),
        ("optimizer", {"kind": "prodigy"}),
        ("schedule", {"kind": "polynomial", "power": 2.0}),
        ("schedule.warmup_steps", 50),
        ("loop.unit", "steps"),
        ("dataset.keep_tokens", 3),
        ("objective.weighting", "debiased"),
        ("objective.loss", "huber"),
        ("noise.offset", 0.05),
        ("network", {"kind": "lokr", "factor": 4}),
        ("network.dora", True),
        ("text_encoders", {"train": ("first",), "lr": 2e-5}),
        ("sampling.every", 0),
    ],
)
def test_what_is_written_is_read_again(path: str, value: object) -> None:
    config = replace_at(TrainConfig(), path, value)
    written = exported(config)
    again = imported(read_settings(written.toml.encode(), "x.toml"), TrainConfig())
    assert written.left == ()
    # kohya's own LoRA knows no choice of parts, and its precision is always told.
    ours = {name: pair for name, pair in differences(config, again.config).items() if name not in SILENT}
    assert not ours
    assert again.left == []


SILENT = frozenset(
    {"network.targets", "loop.precision", "text_encoders.second_lr", "sampling.prompts", "network.conv_rank"}
)


def test_what_has_no_place_there_is_told() -> None:
    config = replace_at(replace_at(TrainConfig(), "loop.ema", 0.999), "base.source", 'a " b \u4e2d\x7f')
    written = exported(config)
    assert written.left == ("loop.ema",)
    assert tomllib.loads(written.toml)["pretrained_model_name_or_path"] == 'a " b \u4e2d\x7f'


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"{", b"a = ", b"x" * (1 << 21), b"{" * 100_000])
def test_files_that_hold_no_settings_are_refused(data: bytes) -> None:
    with pytest.raises(ProblemError) as raised:
        read_settings(data, "odd.toml")
    assert raised.value.problem.code == "settings_unreadable"


def test_values_out_of_bounds_are_told_and_left() -> None:
    result = imported({"network_dim": "9999999", "lr_scheduler": "adafactor", "optimizer_type": "Came"}, TrainConfig())
    assert result.config.network.rank == TrainConfig().network.rank
    assert dict(result.left) == {"network_dim": "9999999", "lr_scheduler": "adafactor", "optimizer_type": "Came"}
