"""Learning rate factors at the places that matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.config.schedule import Constant, Cosine, CosineRestarts, Linear, Polynomial


@pytest.mark.parametrize(
    ("schedule", "step", "total", "factor"),
    [
        (Constant(), 0, 100, 1.0),
        (Constant(), 99, 100, 1.0),
        (Constant(warmup=0.1), 0, 100, 0.1),
        (Constant(warmup=0.1), 4, 100, 0.5),
        (Constant(warmup=0.1), 9, 100, 1.0),
        (Constant(warmup=0.1), 10, 100, 1.0),
        (Constant(warmup=0.1), 0, 4, 1.0),
        (Constant(warmup=1), 99, 100, 1.0),
        (Cosine(), 0, 100, 0.1),
        (Cosine(), 9, 100, 1.0),
        (Cosine(), 10, 100, 1.0),
        (Cosine(), 55, 100, 0.5),
        (Cosine(), 100, 100, 0.0),
        (Cosine(), 1000, 100, 0.0),
        (Cosine(warmup=0), 0, 100, 1.0),
        (Cosine(warmup=0), 25, 100, 0.8535533905932737),
        (Cosine(warmup=0), 50, 100, 0.5),
        (Cosine(warmup=0, floor=0.2), 50, 100, 0.6),
        (Cosine(warmup=0, floor=0.2), 100, 100, 0.2),
        (Cosine(warmup=0), 0, 1, 1.0),
        (Cosine(warmup=1), 0, 10, 0.1),
        (Cosine(warmup=1), 9, 10, 1.0),
        (Cosine(warmup=0.5, warmup_steps=4), 1, 100, 0.5),
        (Cosine(warmup_steps=1000), 99, 100, 1.0),
        (Constant(warmup_steps=4), 4, 100, 1.0),
        (Linear(warmup=0), 25, 100, 0.75),
        (Linear(warmup=0, floor=0.2), 50, 100, 0.6),
        (CosineRestarts(warmup=0, cycles=2), 0, 100, 1.0),
        (CosineRestarts(warmup=0, cycles=2), 25, 100, 0.5),
        (CosineRestarts(warmup=0, cycles=2), 50, 100, 1.0),
        (CosineRestarts(warmup=0, cycles=2), 75, 100, 0.5),
        (CosineRestarts(warmup=0, cycles=2), 100, 100, 0.0),
        (Polynomial(warmup=0), 50, 100, 0.25),
        (Polynomial(warmup=0, power=1), 50, 100, 0.5),
    ],
)
def test_factor(schedule, step, total, factor):
    assert schedule.factor(step, total) == pytest.approx(factor, abs=1e-12)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 5000), st.data())
def test_the_factor_stays_between_floor_and_one(warmup, floor, total, data):
    step = data.draw(st.integers(0, total))
    falling = [kind(warmup=warmup, floor=floor) for kind in (Linear, Cosine, CosineRestarts, Polynomial)]
    for schedule in (Constant(warmup=warmup), *falling):
        assert 0 <= schedule.factor(step, total) <= 1 + 1e-12
    start = round(warmup * total)
    if step >= start:
        assert all(schedule.factor(step, total) >= floor - 1e-12 for schedule in falling)
    if 0 < step < start:
        assert Cosine(warmup=warmup).factor(step, total) > Cosine(warmup=warmup).factor(step - 1, total)
