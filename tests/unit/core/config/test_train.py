"""The whole plan: its name by hash, its length, its prompts."""

import json

import pytest

from loraferry_core.config import TrainConfig, digest, sample_prompts, steps_per_epoch, total_steps
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.train import canonical_json, regularisation_prompts

PLAN = TrainConfig()


def changed(**values):
    plan = PLAN
    for path, value in values.items():
        plan = replace_at(plan, path.replace("__", "."), value)
    return plan


def test_the_digest_of_the_defaults_is_frozen():
    # A change here makes every submitted plan a different one: raise the protocol's number with it.
    assert digest(PLAN) == "788036ae01e027bf95788e28b949f5888b45b071a394045f18644db8f8c3f795"


def test_equal_plans_have_equal_digests():
    again = TrainConfig.model_validate_json(PLAN.model_dump_json())
    assert again == PLAN
    assert digest(again) == digest(PLAN)
    assert digest(changed(network__alpha=8)) == digest(changed(network__alpha=8.0)) == digest(PLAN)
    minus = changed(dataset__caption_dropout=-0.0)
    assert minus == PLAN
    assert canonical_json(minus) == canonical_json(PLAN)


def test_every_other_value_has_another_digest():
    others = [
        changed(network__rank=8), changed(dataset__trigger="龙"), changed(sampling__prompts=("a", "b")),
        changed(sampling__prompts=("a,b",)), changed(loop__seed=1), PLAN,
    ]  # fmt: skip
    assert len({digest(plan) for plan in others}) == len(others)


def test_the_canonical_text():
    plan = changed(dataset__trigger='龙 "x"', sampling__prompts=("a\nb",))
    text = canonical_json(plan)
    assert TrainConfig.model_validate_json(text) == plan
    assert text.startswith('{"base":{"family":"sd1","prediction":"auto","source":"toy","tree":""},"dataset":{')
    assert '"trigger":"龙 \\"x\\""' in text
    assert '"prompts":["a\\nb"]' in text
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text


@pytest.mark.parametrize(
    ("images", "repeats", "batch", "accumulation", "steps"),
    [
        (24, 1, 1, 1, 24), (24, 1, 8, 1, 3), (25, 1, 8, 1, 4), (24, 10, 8, 1, 30), (24, 1, 4, 2, 3),
        (24, 1, 4, 4, 2), (1, 1, 1024, 1, 1), (0, 1, 1, 1, 1), (3, 3, 2, 2, 3),
    ],
)  # fmt: skip
def test_steps_per_epoch(images, repeats, batch, accumulation, steps):
    plan = changed(dataset__repeats=repeats, loop__batch=batch, loop__accumulation=accumulation)
    assert steps_per_epoch(plan, images) == steps
    assert total_steps(plan, images) == 10 * steps


def test_total_steps_counts_what_the_plan_counts():
    assert total_steps(changed(loop__unit="steps", loop__steps=7), 1000) == 7
    assert total_steps(changed(loop__unit="epochs", loop__epochs=3, loop__steps=7), 5) == 15


@pytest.mark.parametrize(
    ("trigger", "class_word", "prompts", "expected"),
    [
        ("zkz", "", (), ("zkz",)),
        ("", "cat", (), ("cat",)),
        ("", "", (), ("",)),
        ("zkz", "cat", ("a {trigger} on {trigger}", "plain", " x "), ("a zkz on zkz", "plain", "x")),
        ("", "", ("{trigger} on grass",), ("on grass",)),
        ("{trigger}", "", ("{trigger}",), ("{trigger}",)),
        ("zkz", "", ("{0} {x}",), ("{0} {x}",)),
    ],
)
def test_sample_prompts(trigger, class_word, prompts, expected):
    plan = changed(dataset__trigger=trigger, dataset__class_word=class_word, sampling__prompts=prompts)
    assert sample_prompts(plan) == expected


@pytest.mark.parametrize(
    ("make", "own", "repeats", "steps"),
    [(0, 0, 0, 6), (0, 0, 5, 6), (100, 0, 0, 12), (1, 3, 0, 12), (8, 0, 1, 8), (4, 4, 3, 12)],
)
def test_regularisation_lengthens_an_epoch(make, own, repeats, steps):
    plan = changed(
        regularisation__make=make, regularisation__repeats=repeats, dataset__repeats=2, loop__batch=4, loop__epochs=1
    )
    assert steps_per_epoch(plan, 12, own) == total_steps(plan, 12, own) == steps


def test_regularisation_prompts_come_in_turn():
    plan = changed(dataset__class_word="cat", regularisation__make=3)
    assert regularisation_prompts(plan) == ("cat", "cat", "cat")
    several = changed(dataset__class_word="cat", regularisation__make=3, regularisation__prompts=("a {class}", " dog "))
    assert regularisation_prompts(several) == ("a cat", "dog", "a cat")
    assert regularisation_prompts(PLAN) == ()
