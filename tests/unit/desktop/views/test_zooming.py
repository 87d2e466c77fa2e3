"""Zoom: what fits, what stays below the pointer, and what two pictures show together."""

import pytest

from loraferry.views.dataset.zooming import FIT, LARGEST, Zoom, actual, fit_scale, panned, placed, within, zoomed

PICTURE, ROOM = (2000.0, 1000.0), (800.0, 600.0)


def seen_at(zoom: Zoom, at: tuple[float, float]) -> tuple[float, float]:
    """The point of the picture at a point of the room."""
    where = placed(zoom, PICTURE, ROOM)
    return (at[0] - where.left) / where.scale, (at[1] - where.top) / where.scale


def test_the_whole_picture_fits_in_the_middle_and_small_ones_are_at_most_doubled() -> None:
    where = placed(FIT, PICTURE, ROOM)
    assert (where.left, where.top, where.scale) == (0, 100, 0.4)
    assert placed(FIT, (100, 50), ROOM).scale == 2
    assert fit_scale((0, 0), ROOM) == 1


@pytest.mark.parametrize("at", [(400, 300), (100, 250), (799, 450)])
@pytest.mark.parametrize("times", [2.0, 3.7])
def test_what_lies_below_the_pointer_stays_there(at: tuple[float, float], times: float) -> None:
    zoom = zoomed(FIT, 2.0, at, PICTURE, ROOM)
    before = seen_at(zoom, at)
    assert seen_at(zoomed(zoom, 2 * times, at, PICTURE, ROOM), at) == pytest.approx(before, abs=1e-6)


def test_edges_stay_outside_of_the_room() -> None:
    zoom = zoomed(FIT, 4.0, (0, 0), PICTURE, ROOM)
    where = placed(zoom, PICTURE, ROOM)
    assert where.left == 0
    for by in ((5000, 5000), (-5000, -5000)):
        where = placed(panned(zoom, by, PICTURE, ROOM), PICTURE, ROOM)
        assert where.left + 1e-6 >= -1600 * 2 + 800
        assert where.left <= 0
        assert where.top <= 0
        assert where.top + 1000 * where.scale >= 600 - 1e-6


def test_dragging_moves_the_picture_by_as_much_and_back() -> None:
    zoom = zoomed(FIT, 4.0, (400, 300), PICTURE, ROOM)
    moved = panned(zoom, (50, -20), PICTURE, ROOM)
    before, after = placed(zoom, PICTURE, ROOM), placed(moved, PICTURE, ROOM)
    assert (after.left - before.left, after.top - before.top) == pytest.approx((50, -20))
    # After a pull beyond the edge, the first move back is seen at once.
    pulled = panned(zoom, (90_000, 0), PICTURE, ROOM)
    assert placed(panned(pulled, (-10, 0), PICTURE, ROOM), PICTURE, ROOM).left == pytest.approx(-10)


def test_limits_and_actual_size() -> None:
    assert zoomed(FIT, 0.3, (1, 1), PICTURE, ROOM) == FIT
    assert FIT.fits
    largest = zoomed(FIT, 1e6, (400, 300), PICTURE, ROOM)
    assert placed(largest, PICTURE, ROOM).scale == pytest.approx(LARGEST)
    assert placed(actual(FIT, (400, 300), PICTURE, ROOM), PICTURE, ROOM).scale == pytest.approx(1)
    assert actual(FIT, (1, 1), (100, 100), ROOM) == FIT


def test_one_zoom_shows_the_same_part_of_two_pictures() -> None:
    zoom = zoomed(FIT, 3.0, (600, 200), PICTURE, ROOM)
    large, small = placed(zoom, PICTURE, ROOM), placed(zoom, (1000, 500), ROOM)
    assert (large.left, large.top) == pytest.approx((small.left, small.top))
    assert large.scale * 2 == pytest.approx(small.scale)
    assert within(zoom, PICTURE, ROOM) == zoom
