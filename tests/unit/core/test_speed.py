"""How long runs take, before and after somebody has measured it."""

import pytest

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.memory.cards import CARDS, card_of
from loraferry_core.speed import (
    Range,
    forward_operations,
    is_known,
    measured,
    run_seconds,
    step_operations,
    step_seconds,
)

PLAN = replace_at(replace_at(TrainConfig(), "loop.unit", "steps"), "loop.steps", 1000)
SLOW, FAST = CARDS[1], card_of("H100", 81559)


@pytest.mark.parametrize(
    ("family", "side", "tera"), [("sd1", 512, 0.803), ("sd2", 768, 2.149), ("sdxl", 1024, 6.761), ("sdxl", 512, 1.589)]
)
def test_operations_are_those_that_were_counted(family: str, side: int, tera: float) -> None:
    assert forward_operations(family, side * side) == pytest.approx(tera * 1e12, rel=1e-3)
    assert is_known(family) and not is_known("flux")


def test_a_step_goes_there_and_back() -> None:
    once = forward_operations("sd1", 512 * 512)
    assert step_operations(PLAN) == 2 * once
    assert step_operations(replace_at(PLAN, "loop.gradient_checkpointing", True)) == 3 * once
    assert step_operations(replace_at(replace_at(PLAN, "loop.batch", 4), "loop.accumulation", 2)) == 16 * once


def test_a_slow_card_is_as_slow_as_its_products() -> None:
    whole = step_operations(PLAN) / (SLOW.tflops * 1e12)
    found = step_seconds(PLAN, SLOW)
    assert (found.least, found.most) == pytest.approx((whole / 0.45, whole / 0.15))


def test_a_fast_card_waits_for_its_kernels() -> None:
    assert FAST is not None
    assert step_seconds(PLAN, FAST).most == pytest.approx(0.19)
    assert step_seconds(replace_at(PLAN, "loop.accumulation", 3), FAST).most == pytest.approx(0.57)


def test_test_pictures_count() -> None:
    one = Range(1, 2)
    plain = replace_at(PLAN, "sampling.every", 0)
    assert run_seconds(plain, 10, one) == Range(1000, 2000)
    sampled = replace_at(replace_at(PLAN, "sampling.every", 250), "sampling.prompts", ("a", "b"))
    assert run_seconds(sampled, 10, one) == Range(1000 + 8 * 20, 2000 + 2 * 8 * 20)
    assert Range(1, 2) + Range(3, 4) == Range(4, 6)


def test_a_measured_step_is_nearly_known() -> None:
    found = measured(1.1)
    assert (found.least, found.most) == pytest.approx((1.0, 1.21))
