"""What may change before a run goes on, and what may not: every setting is on one side."""

from fnmatch import fnmatchcase

import pytest

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import leaves, replace_at
from loraferry_core.config.network import LohaNetwork
from loraferry_core.config.optimizers import Lion
from loraferry_core.config.resume import FREE, fixed_differences

PLAN = TrainConfig()


def changed(**values):
    plan = PLAN
    for path, value in values.items():
        plan = replace_at(plan, path.replace("__", "."), value)
    return plan


def test_the_same_plan_goes_on():
    assert fixed_differences(PLAN, TrainConfig()) == ()


@pytest.mark.parametrize(
    "values",
    [
        {"loop__unit": "steps", "loop__steps": 7, "loop__epochs": 3},
        {"loop__gradient_checkpointing": True, "loop__gpus": 2},
        {"sampling__every": 1, "sampling__prompts": ("a", "b"), "sampling__negative": "x", "sampling__size": 64},
        {"sampling__steps": 5, "sampling__guidance": 2.0, "sampling__seed": 1},
        {"saving__name": "x", "saving__every": 9, "saving__keep": 1, "saving__dtype": "fp32", "saving__private": True},
        {"validation__timesteps": 9},
    ],
)
def test_length_pictures_and_files_may_change(values):
    assert fixed_differences(PLAN, changed(**values)) == ()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"network__rank": 8}, ("network.rank",)),
        ({"network__alpha": 1.0, "loop__steps": 5}, ("network.alpha",)),
        ({"base__family": "sdxl"}, ("base.family",)),
        ({"dataset__manifest": "1" * 64}, ("dataset.manifest",)),
        ({"loop__seed": 1}, ("loop.seed",)),
        ({"loop__batch": 2}, ("loop.batch",)),
        ({"loop__ema": 0.5}, ("loop.ema",)),
        ({"validation__every": 10}, ("validation.every",)),
        ({"validation__share": 0.5}, ("validation.share",)),
    ],
)
def test_what_decides_the_learning_may_not(values, named):
    assert fixed_differences(PLAN, changed(**values)) == named


def test_another_kind_is_named_by_its_kind():
    assert "network.kind" in fixed_differences(PLAN, changed(network=LohaNetwork()))
    assert "optimizer.kind" in fixed_differences(PLAN, changed(optimizer=Lion()))


def test_a_run_that_measures_may_measure_more_often():
    before = changed(validation__every=10)
    assert fixed_differences(before, changed(validation__every=5)) == ()
    assert fixed_differences(before, PLAN) == ("validation.every",)


def test_pictures_that_were_drawn_keep_how_they_were_drawn():
    before = changed(regularisation__make=4)
    after = replace_at(replace_at(before, "sampling.steps", 5), "sampling.seed", 3)
    assert fixed_differences(before, after) == ("sampling.steps",)


def test_every_setting_of_the_table_exists():
    names = [name for name, _ in leaves(PLAN)]
    assert all(any(fnmatchcase(name, pattern) for name in names) for pattern in FREE)
