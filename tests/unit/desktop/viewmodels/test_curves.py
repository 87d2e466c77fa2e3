import numpy as np
import pytest

from loraferry.viewmodels.curves import extremes, means


def test_few_points_stay_as_they_are_without_nan() -> None:
    x, y = np.arange(4.0), np.array([1.0, np.nan, 3.0, 2.0])
    for thin in (extremes, means):
        kept_x, kept_y = thin(x, y, 10)
        assert list(kept_x) == [0, 2, 3]
        assert list(kept_y) == [1, 3, 2]


@pytest.mark.parametrize("count", [1001, 5000, 99_999])
def test_extremes_keep_every_spike_the_order_and_the_tail(count: int) -> None:
    y = np.random.default_rng(1).normal(size=count)
    y[count // 3], y[count // 2] = 50, -50
    x = np.arange(float(count))
    kept_x, kept_y = extremes(x, y, 200)
    assert len(kept_x) <= 2 * 200 + 200
    assert kept_y.max() == 50
    assert kept_y.min() == -50
    assert (np.diff(kept_x) >= 0).all()
    assert kept_x[-1] >= count - 1 - count // 200
    assert all(y[int(a)] == b for a, b in zip(kept_x, kept_y, strict=True))


def test_means_of_a_line_are_on_the_line_and_end_at_its_end() -> None:
    x = np.arange(10_001.0)
    kept_x, kept_y = means(x, 2 * x, 300)
    assert len(kept_x) <= 302
    assert kept_y == pytest.approx(2 * kept_x)
    assert kept_x[-1] == 10_000
