"""The smoothed curve: constant where it should be, without lag, the same as its sums written out."""

import numpy as np
import pytest

from loraferry.runs.smoothing import smoothed


def plainly(values: list[float], smoothing: float) -> list[float]:
    """The mean of all values, each weighted by the smoothing to the power of its distance."""
    places = np.arange(len(values))
    result = []
    for place in places:
        weights = smoothing ** np.abs(places - place)
        result.append(float(np.sum(weights * np.asarray(values)) / np.sum(weights)))
    return result


@pytest.mark.parametrize("smoothing", [0.001, 0.5, 0.9, 0.999])
def test_it_is_the_mean_weighted_by_distance(smoothing: float) -> None:
    values = list(np.random.default_rng(1).normal(size=700))
    assert list(smoothed(np.array(values), smoothing)) == pytest.approx(plainly(values, smoothing))


@pytest.mark.parametrize("length", [1, 2, 20_000])
def test_a_constant_series_stays_constant(length: int) -> None:
    assert smoothed(np.full(length, 3.0), 0.9) == pytest.approx(np.full(length, 3.0))


def test_a_line_does_not_lag() -> None:
    line = np.arange(1000.0)
    assert smoothed(line, 0.9)[100:-100] == pytest.approx(line[100:-100], abs=0.05)


def test_no_smoothing_changes_nothing() -> None:
    assert list(smoothed(np.array([1.0, 2.0, 4.0]), 0.0)) == [1.0, 2.0, 4.0]


def test_a_skipped_loss_repeats_the_last_average() -> None:
    found = smoothed(np.array([np.nan, 2.0, np.nan, 2.0, np.nan]), 0.5)
    assert np.isnan(found[0])
    assert list(found[1:]) == pytest.approx([2.0] * 4)
    assert np.isnan(smoothed(np.array([np.nan]), 0.5)).all()
