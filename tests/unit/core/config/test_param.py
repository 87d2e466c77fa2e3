"""Declarations: complete, valid, bounded, and the same after a round trip through JSON."""

import re

import pytest
from pydantic import ValidationError

from loraferry_core.config import Config, Param, TrainConfig, params
from loraferry_core.config.dataset import DatasetConfig
from loraferry_core.config.loop import Loop
from loraferry_core.config.network import LoraNetwork
from loraferry_core.config.objective import Noise, Objective
from loraferry_core.config.optimizers import Adafactor, AdamW, AdamW8bit, Lion, Prodigy, ScheduleFreeAdamW
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.config.sampling import Sampling
from loraferry_core.config.saving import Saving
from loraferry_core.config.schedule import Constant, Cosine, CosineRestarts, Linear, Polynomial

CLASSES: list[type[Config]] = [
    TrainConfig, DatasetConfig, Loop, LoraNetwork, AdamW, Adafactor, Pretrained, Sampling, Saving, Constant, Linear,
    Cosine, CosineRestarts, Polynomial, Objective, Noise,
    AdamW8bit, Lion, Prodigy, ScheduleFreeAdamW,
]  # fmt: skip
PARAMS = [(config, info) for config in CLASSES for info in params(config)]


@pytest.mark.parametrize(("config", "info"), PARAMS, ids=[f"{c.__name__}.{i.name}" for c, i in PARAMS])
def test_every_parameter_says_what_it_is(config, info):
    assert re.fullmatch(r"[A-Z][^.!?:]*[^.!?: ]", info.label), info.label
    assert len(info.label) <= 30
    assert re.fullmatch(r"[A-Z{].*[.?!]", info.help), info.help
    assert "  " not in info.help
    assert info.default == getattr(config(), info.name)
    assert not (info.advanced and info.hidden)


@pytest.mark.parametrize("config", CLASSES)
def test_only_discriminators_are_undeclared(config):
    declared = {info.name for info in params(config)}
    assert set(config.model_fields) - declared <= {"kind"}


@pytest.mark.parametrize("config", CLASSES)
def test_defaults_survive_json(config):
    assert config.model_validate_json(config().model_dump_json()) == config()


@pytest.mark.parametrize("config", CLASSES)
def test_an_unknown_key_is_named(config):
    with pytest.raises(ValidationError) as caught:
        config.model_validate({"rang": 1})
    (error,) = caught.value.errors()
    assert (error["loc"], error["type"]) == (("rang",), "extra_forbidden")


def _beyond(info) -> list[tuple[str, float]]:
    step = 1 if info.annotation is int else 1e-9
    cases = [("ge", -step), ("gt", 0.0), ("le", step), ("lt", 0.0)]
    return [(name, info.bound(name) + by) for name, by in cases if info.bound(name) is not None]


BOUNDS = [(config, info, name, value) for config, info in PARAMS for name, value in _beyond(info)]


@pytest.mark.parametrize(
    ("config", "info", "name", "value"), BOUNDS, ids=[f"{c.__name__}.{i.name}-{n}" for c, i, n, _ in BOUNDS]
)
def test_every_bound_is_enforced(config, info, name, value):
    if info.annotation is int:
        value = int(value)
    elif name == "le":
        value = info.bound("le") * (1 + 1e-9)
    with pytest.raises(ValidationError) as caught:
        config().replace(**{info.name: value})
    (error,) = caught.value.errors()
    assert error["loc"] == (info.name,)


def test_the_numbers_without_bounds_are_none():
    numbers = [(config, info) for config, info in PARAMS if info.annotation in (int, float)]
    for config, info in numbers:
        assert info.bound("ge") is not None or info.bound("gt") is not None, (config, info.name)
        assert info.bound("le") is not None or info.bound("lt") is not None, (config, info.name)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"network": {"kind": "lora", "rank": 0}}, ("network", "lora", "rank")),
        ({"network": {"kind": "lora", "targets": []}}, ("network", "lora", "targets")),
        ({"network": {"kind": "lora", "targets": ["conv"]}}, ("network", "lora", "targets", 0)),
        ({"network": {"kind": "lora", "alpha": float("nan")}}, ("network", "lora", "alpha")),
        ({"network": {"kind": "lora", "alpha": float("inf")}}, ("network", "lora", "alpha")),
        ({"optimizer": {"kind": "adamw", "lr": -1}}, ("optimizer", "adamw", "lr")),
        ({"optimizer": {"kind": "sgd"}}, ("optimizer",)),
        ({"schedule": {"kind": "cosine", "warmup": 2}}, ("schedule", "cosine", "warmup")),
        ({"dataset": {"manifest": "a" * 63}}, ("dataset", "manifest")),
        ({"dataset": {"trigger": "\ud800"}}, ("dataset", "trigger")),
        ({"sampling": {"negative": "\udcff"}}, ("sampling", "negative")),
        ({"sampling": {"prompts": ["a", "\udcff"]}}, ("sampling", "prompts", 1)),
        ({"base": {"source": ""}}, ("base", "source")),
        ({"base": {"family": "../sd1"}}, ("base", "family")),
        ({"loop": {"seed": 2**32}}, ("loop", "seed")),
        ({"saving": {"name": "a/b"}}, ("saving", "name")),
        ({"saving": {"name": "con"}}, ("saving", "name")),
        ({"saving": {"name": "a\u202eb"}}, ("saving", "name")),
        ({"saving": {"name": "龙" * 70}}, ("saving", "name")),
    ],
)
def test_what_is_wrong_is_named(settings, where):
    with pytest.raises(ValidationError) as caught:
        TrainConfig.model_validate(settings)
    assert caught.value.errors()[0]["loc"] == where


@pytest.mark.parametrize("name", ["", "My LoRA v1.2", "红龙 (测试)", "it's", "..", "🐉"])
def test_names_of_files_may_be_ordinary(name):
    assert Saving(name=name).name == name


def test_a_replacement_is_validated_and_the_original_stays():
    network = LoraNetwork()
    assert network.replace(rank=4).rank == 4
    assert network.rank == 16
    with pytest.raises(ValidationError):
        network.replace(rank=0)
    with pytest.raises(ValidationError):
        network.replace(rang=4)
    with pytest.raises(ValidationError):
        network.rank = 4  # type: ignore[misc]


def test_a_bad_default_is_refused():
    class Wrong(Config):
        size: int = Param(0, "Size", "A size.", ge=1)

    with pytest.raises(ValidationError):
        Wrong()


def test_a_declaration_reads_back_whole():
    info = next(info for info in params(DatasetConfig) if info.name == "resolution")
    assert (info.label, info.unit, info.advanced, info.hidden, info.annotation) == (
        "Resolution",
        "px",
        False,
        False,
        int,
    )
    assert (info.bound("ge"), info.bound("le"), info.bound("lt"), info.default) == (32, 4096, None, 512)
    assert [i.name for i in params(LoraNetwork)] == [
        "rank", "alpha", "targets", "conv_rank", "conv_alpha", "rules", "parent", "parent_tree", "dora",
    ]  # fmt: skip
    assert [i.name for i in params(Pretrained) if i.hidden] == ["tree"]


def test_a_declaration_without_help_reads_as_empty():
    from pydantic import Field

    class Bare(Config):
        size: int = Field(1, title="Size", json_schema_extra={"unit": "", "advanced": False, "hidden": False})

    assert [info.help for info in params(Bare)] == [""]
