import pytest

from loraferry.runs.smoothing import DebiasedAverage, smoothed


def test_a_constant_series_stays_constant_from_its_first_point() -> None:
    assert list(smoothed([3.0] * 5, 0.9)) == pytest.approx([3.0] * 5)


def test_the_first_value_is_itself_and_no_smoothing_changes_nothing() -> None:
    assert list(smoothed([1.0, 2.0, 4.0], 0.0)) == [1.0, 2.0, 4.0]
    assert smoothed([7.0, 1.0], 0.5)[0] == 7.0
    assert smoothed([0.0, 3.0], 0.5)[1] == pytest.approx(2.0)  # weights 1/4 and 1/2


def test_a_skipped_loss_repeats_the_last_average() -> None:
    average = DebiasedAverage(0.5)
    assert average.add(float("nan")) != average.add(float("nan"))
    assert average.add(2.0) == 2.0
    assert average.add(float("nan")) == 2.0
