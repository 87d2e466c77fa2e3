"""In what two plans differ, what values are usual, and how settings read."""

import pytest

from loraferry.ferry.plan_diff import Difference, compare
from loraferry.ferry.usual import usual
from loraferry.texts.setting_words import param_at, setting_name, setting_text, setting_value
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import leaves, replace_at
from loraferry_core.config.optimizers import Lion, Prodigy


def test_only_what_a_person_chose_differs() -> None:
    other = replace_at(replace_at(TrainConfig(), "network.rank", 99), "dataset.manifest", "0" * 64)
    assert compare(TrainConfig(), other) == (Difference("network.rank", 16, 99),)
    other = TrainConfig(optimizer=Prodigy())
    found = {one.path: (one.before, one.after) for one in compare(TrainConfig(), other)}
    assert found["optimizer.kind"] == ("adamw", "prodigy")
    assert found["optimizer.d_coef"][0] is None


def test_every_setting_has_a_name_and_a_value(qapp) -> None:
    for config in (TrainConfig(), TrainConfig(optimizer=Lion())):
        for path, value in leaves(config):
            group, name = setting_name(path, config)
            assert group and name
            assert setting_value(value)
    assert setting_name("network.rank", TrainConfig()) == ("LoRA", "Rank")
    assert setting_name("optimizer.kind", TrainConfig()) == ("Optimizer", "Kind")
    assert setting_name("optimizer.d_coef", TrainConfig(), TrainConfig(optimizer=Prodigy()))[1] != "d_coef"


def test_values_read_as_people_write_them(qapp) -> None:
    config = TrainConfig()
    assert setting_text("optimizer.lr", 1e-4, config) == "1e-4"
    assert setting_text("dataset.resolution", 512, config) == "512 px"
    assert setting_text("loop.gradient_checkpointing", True, config) == "On"
    assert setting_text("optimizer.kind", "adamw8bit", config) == "AdamW 8-bit"
    assert setting_text("sampling.prompts", (), config) == "–"
    assert setting_text("optimizer.d_coef", None, config) == "–"
    assert setting_value(("a", "b", "c", "d")) == "a, b, c, … and 1 more"
    assert param_at(config, "optimizer.kind") is None
    assert param_at(config, "nothing.at.all") is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("optimizer.lr", (1e-4, 5e-4)),
        ("network.alpha", (8, 16)),
        ("network.conv_alpha", (2, 4)),
        ("schedule.warmup", (0.05, 0.1)),
        ("network.rank", (16, 32)),
        ("loop.seed", None),
    ],
)
def test_the_usual_values(path: str, value: tuple[float, float] | None) -> None:
    assert usual(TrainConfig(), path) == value


def test_what_is_usual_follows_family_and_optimizer() -> None:
    xl = TrainConfig(base={"source": "x", "family": "sdxl"}, optimizer=Prodigy())
    assert usual(xl, "dataset.resolution") == (1024, 1024)
    assert usual(xl, "optimizer.lr") == (1, 1)
    assert usual(replace_at(xl, "base.family", "flux"), "dataset.resolution") is None
