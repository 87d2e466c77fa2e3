"""Turns and crops as arithmetic: no point is lost, nothing leaves the picture, and what is shown is what is trained."""

from math import cos, log, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry.library.geometry import (
    EXIF_TURNS,
    box_of,
    box_to_turned,
    box_to_upright,
    carried,
    clamped,
    combined,
    crop_of,
    inscribed,
    to_turned,
    to_upright,
    trained_as,
    turned_size,
)
from loraferry.library.shapes import Crop, Turn
from loraferry_core.dataset.buckets import bucket_for, buckets

SIDES = st.integers(1, 6000)
SIZES = st.tuples(SIDES, SIDES)
SQUARE_TURNS = st.builds(Turn, st.integers(0, 3), st.booleans())
TURNS = st.builds(Turn, st.integers(0, 3), st.booleans(), st.floats(-45, 45))


def test_quarters_and_mirrors_by_hand() -> None:
    # A picture of 30 × 20; its upper left corner goes clockwise from corner to corner.
    assert [to_turned((0, 0), (30, 20), Turn(quarters)) for quarters in range(4)] == [
        (0, 0),
        (20, 0),
        (30, 20),
        (0, 30),
    ]
    assert to_turned((5, 2), (30, 20), Turn(0, True)) == (25, 2)
    assert to_turned((5, 2), (30, 20), Turn(1)) == (18, 5)
    assert to_turned((5, 2), (30, 20), Turn(1, True)) == (2, 5)
    assert turned_size((30, 20), Turn(1)) == turned_size((30, 20), Turn(3, True)) == (20, 30)


def test_straightening_turns_clockwise_around_the_middle() -> None:
    size, turn = (400, 400), Turn(0, False, 30)
    inner, _ = turned_size(size, turn)
    # What lay above the middle comes to lie to the right of it.
    x, y = to_turned((200, 100), size, turn)
    assert (x - inner / 2, y - inner / 2) == pytest.approx((100 * sin(radians(30)), -100 * cos(radians(30))))


@given(SIZES, TURNS, st.floats(-10, 6000), st.floats(-10, 6000))
def test_there_and_back_is_the_same_point(size: tuple[int, int], turn: Turn, x: float, y: float) -> None:
    assert to_upright(to_turned((x, y), size, turn), size, turn) == pytest.approx((x, y), abs=1e-6)


@given(SIZES, TURNS)
def test_no_corner_of_the_turned_picture_is_empty(size: tuple[int, int], turn: Turn) -> None:
    width, height = turned_size(size, turn)
    if min(width, height) == 1:  # a picture has at least a pixel, even where there is no room for one
        return
    for corner in ((0, 0), (width, 0), (width, height), (0, height)):
        x, y = to_upright(corner, size, turn)
        assert -1e-3 <= x <= size[0] + 1e-3
        assert -1e-3 <= y <= size[1] + 1e-3


@given(SIZES, st.floats(-45, 45))
def test_the_inscribed_box_is_the_largest(size: tuple[int, int], degrees: float) -> None:
    """Its area is at least that of every box of another proportion that fits in just so."""
    width, height = inscribed(size, degrees)
    sine, cosine = abs(sin(radians(degrees))), abs(cos(radians(degrees)))
    for share in (0.2, 0.5, 0.9, 0.999, 1.001, 1.1, 2, 5):
        shape = share * width / height
        # Half the box's width and height, rotated back, must lie within half the picture's.
        scale = min(size[0] / (shape * cosine + sine), size[1] / (shape * sine + cosine))
        assert scale * scale * shape <= width * height * (1 + 1e-6)


def test_nothing_straightened_is_nothing_lost() -> None:
    assert inscribed((300, 200), 0) == (300, 200)
    assert turned_size((300, 200), Turn(0, True, 0.0)) == (300, 200)
    assert turned_size((300, 300), Turn(0, False, 45)) == (212, 212)
    assert turned_size((4000, 3000), Turn(0, False, 5)) == turned_size((4000, 3000), Turn(0, True, -5)) == (3780, 2680)


@given(SIZES, SQUARE_TURNS, SQUARE_TURNS, st.floats(-45, 45), st.floats(0, 100), st.floats(0, 100))
def test_two_turns_are_one(
    size: tuple[int, int], first: Turn, second: Turn, degrees: float, x: float, y: float
) -> None:
    second = Turn(second.quarters, second.mirrored, degrees)
    once = to_turned(to_turned((x, y), size, first), turned_size(size, first), second)
    together = combined(first, second)
    assert to_turned((x, y), size, together) == pytest.approx(once, abs=1e-6)
    assert turned_size(size, together) == turned_size(turned_size(size, first), second)


def test_all_eight_exif_orientations_differ() -> None:
    assert len(set(EXIF_TURNS)) == 8
    assert EXIF_TURNS[0] == Turn()


@given(SIZES, SQUARE_TURNS, st.data())
def test_boxes_of_quarter_turns_stay_exact(size: tuple[int, int], turn: Turn, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1))
    crop = Crop(left, top, data.draw(st.integers(1, size[0] - left)), data.draw(st.integers(1, size[1] - top)))
    turned = crop_of(box_to_turned(box_of(crop), size, turn), turned_size(size, turn))
    assert {turned.width, turned.height} == {crop.width, crop.height}
    assert crop_of(box_to_upright(box_of(turned), size, turn), size) == crop
    assert carried(crop, size, Turn(), turn) == turned
    assert carried(turned, size, turn, Turn()) == crop


@given(SIZES, TURNS, TURNS, st.data())
def test_a_crop_that_is_carried_stays_inside_and_keeps_its_middle(
    size: tuple[int, int], before: Turn, after: Turn, data: st.DataObject
) -> None:
    width, height = turned_size(size, before)
    crop = clamped(Crop(data.draw(SIDES), data.draw(SIDES), data.draw(SIDES), data.draw(SIDES)), (width, height))
    found = carried(crop, size, before, after)
    assert found == clamped(found, turned_size(size, after))
    swapped = (after.quarters - before.quarters) % 2
    across, down = (crop.height, crop.width) if swapped else (crop.width, crop.height)
    assert found.width <= across and found.height <= down


def test_a_straightened_picture_carries_its_crop_along() -> None:
    crop = Crop(400, 300, 200, 100)
    found = carried(crop, (1000, 800), Turn(), Turn(0, False, 10))
    assert (found.width, found.height) == (200, 100)
    middle = to_turned((500, 350), (1000, 800), Turn(0, False, 10))
    assert (found.left + 100, found.top + 50) == pytest.approx(middle, abs=1)


def test_clamping_moves_before_it_cuts() -> None:
    assert clamped(Crop(-5, 90, 20, 20), (100, 100)) == Crop(0, 80, 20, 20)
    assert clamped(Crop(3, 3, 200, 0), (100, 100)) == Crop(0, 3, 100, 1)


def test_what_is_trained_of_a_crop() -> None:
    square = trained_as((1024, 1024), 512, 64)
    assert (square.bucket, square.spare) == ((512, 512), pytest.approx(2))
    assert square.kept == pytest.approx((0, 0, 1024, 1024))
    assert square.whole and not square.small and not square.upscaled
    wide = trained_as((1920, 1080), 512, 64)
    assert wide.bucket == (640, 384)
    assert wide.kept == pytest.approx((60, 0, 1860, 1080), abs=2)
    assert not wide.whole
    small = trained_as((300, 300), 512, 64)
    assert (small.bucket, small.small, small.upscaled) == ((256, 256), True, False)
    tiny = trained_as((40, 30), 512, 64)
    assert (tiny.bucket, tiny.small, tiny.upscaled) == ((64, 64), True, True)
    assert tiny.spare < 1


@given(st.integers(32, 6000), st.integers(32, 6000), st.sampled_from([256, 512, 1024]), st.sampled_from([8, 32, 64]))
def test_a_large_crop_gets_the_bucket_of_its_shape(width: int, height: int, resolution: int, step: int) -> None:
    choices = buckets(resolution, step)
    trained = trained_as((width, height), resolution, step)
    nearest = bucket_for((width, height), choices)
    if width > nearest[0] * 1.1 and height > nearest[1] * 1.1:
        # In whole pixels a picture between two buckets may go to the other one, which is as near.
        found, best = (abs(log(bucket[0] / bucket[1] / (width / height))) for bucket in (trained.bucket, nearest))
        assert found <= best + 0.02
        assert not trained.small
    left, top, right, bottom = trained.kept
    assert min(left, top) >= 0 and right <= width + 1e-6 and bottom <= height + 1e-6
