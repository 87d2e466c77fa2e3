"""Dotted names reach every value of the plan, and nothing else."""

import pytest
from pydantic import ValidationError

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import differences, leaves, read, replace_at
from loraferry_core.config.optimizers import Adafactor
from loraferry_core.config.schedule import Constant

PLAN = TrainConfig()


@pytest.mark.parametrize(
    ("path", "value"),
    [("network.rank", 16), ("optimizer.kind", "adamw"), ("schedule.warmup", 0.1), ("sampling.prompts", ())],
)
def test_reading(path, value):
    assert read(PLAN, path) == value


def test_reading_a_group():
    assert read(PLAN, "loop") is PLAN.loop


@pytest.mark.parametrize("path", ["", "rank", "network.", "network.rang", "network.rank.x", ".rank", "network.replace"])
def test_a_name_that_does_not_exist(path):
    with pytest.raises(KeyError) as caught:
        read(PLAN, path)
    assert caught.value.args == (path,)
    with pytest.raises(KeyError) as caught:
        replace_at(PLAN, path, 1)
    assert caught.value.args == (path,)


def test_replacing():
    changed = replace_at(PLAN, "network.rank", "32")
    assert changed.network.rank == 32
    assert changed == PLAN.replace(network=PLAN.network.replace(rank=32))
    assert PLAN.network.rank == 16
    assert replace_at(PLAN, "optimizer", Adafactor()).optimizer == Adafactor()


@pytest.mark.parametrize(("path", "value"), [("network.rank", 0), ("network.rank", "many"), ("optimizer.kind", "sgd")])
def test_replacing_validates(path, value):
    with pytest.raises(ValidationError) as caught:
        replace_at(PLAN, path, value)
    assert caught.value.errors()[0]["loc"] == (path.rpartition(".")[2],)


def test_leaves_are_every_value_once():
    found = list(leaves(PLAN))
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    assert all(read(PLAN, name) == value for name, value in found)
    assert names[:5] == ["base.family", "base.source", "base.prediction", "base.tree", "dataset.manifest"]
    assert ("network.kind", "lora") in found


def test_differences():
    assert differences(PLAN, TrainConfig()) == {}
    assert differences(PLAN, replace_at(PLAN, "network.rank", 8)) == {"network.rank": (16, 8)}
    changed = PLAN.replace(schedule=Constant(warmup=0.1), optimizer=Adafactor(lr=1e-4))
    assert differences(PLAN, changed) == {
        "optimizer.kind": ("adamw", "adafactor"),
        "optimizer.weight_decay": (0.01, 0.0),
        "optimizer.beta1": (0.9, None),
        "optimizer.beta2": (0.999, None),
        "optimizer.eps": (1e-8, None),
        "optimizer.d": (None, 1.0),
        "schedule.kind": ("cosine", "constant"),
        "schedule.floor": (0.0, None),
    }
