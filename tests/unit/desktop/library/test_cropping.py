"""Crops under the hand: nothing leaves the picture, what is held stays, and what is snapped loses nothing in training."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loraferry.library.cropping import (
    HANDLES,
    RATIOS,
    SMALLEST,
    Handle,
    anchor_of,
    moved,
    resized,
    snapped,
    with_ratio,
)
from loraferry.library.geometry import clamped, trained_as
from loraferry.library.scaling import ForTraining
from loraferry.library.shapes import Crop
from loraferry_core.dataset.buckets import Size, fit, training_bucket

SIDES = st.integers(1, 5000)
WITHIN = st.tuples(SIDES, SIDES)
CROPS = st.builds(Crop, SIDES, SIDES, SIDES, SIDES)
BY = st.integers(-6000, 6000)
PLANS = st.tuples(st.sampled_from([256, 512, 768, 1024]), st.sampled_from([8, 32, 64]))


def inside(crop: Crop, within: Size) -> bool:
    return crop == clamped(crop, within)


@given(CROPS, BY, BY, WITHIN)
def test_moving_keeps_the_size(crop: Crop, dx: int, dy: int, within: Size) -> None:
    before = clamped(crop, within)
    after = moved(before, dx, dy, within)
    assert inside(after, within)
    assert (after.width, after.height) == (before.width, before.height)


@given(CROPS, st.sampled_from(HANDLES), BY, BY, WITHIN)
def test_what_is_across_from_the_handle_stays(crop: Crop, handle: Handle, dx: int, dy: int, within: Size) -> None:
    before = clamped(crop, within)
    after = resized(before, handle, dx, dy, within)
    assert inside(after, within)
    if handle in ("n", "s"):
        assert (after.left, after.width) == (before.left, before.width)
    if handle in ("w", "e"):
        assert (after.top, after.height) == (before.top, before.height)
    if "w" in handle:
        assert after.left + after.width == before.left + before.width
    if "e" in handle:
        assert after.left == before.left
    if "n" in handle:
        assert after.top + after.height == before.top + before.height
    if "s" in handle:
        assert after.top == before.top


def test_a_handle_follows_the_pointer() -> None:
    crop, within = Crop(100, 100, 200, 100), (1000, 1000)
    assert resized(crop, "se", 30, -20, within) == Crop(100, 100, 230, 80)
    assert resized(crop, "nw", 30, -20, within) == Crop(130, 80, 170, 120)
    assert resized(crop, "e", -500, 99, within) == Crop(100, 100, SMALLEST, 100)
    assert resized(crop, "n", 0, -500, within) == Crop(100, 0, 200, 200)


@given(CROPS, st.sampled_from(HANDLES), BY, BY, st.tuples(st.integers(200, 5000), st.integers(200, 5000)))
@pytest.mark.parametrize("ratio", [*RATIOS, (1000, 1414)])
def test_a_fixed_ratio_is_kept_to_the_pixel(
    ratio: Size, crop: Crop, handle: Handle, dx: int, dy: int, within: Size
) -> None:
    # Twice: with one that has the ratio already, as under the hand, the middle of a side stays, too.
    before = with_ratio(clamped(crop, within), ratio, within)
    assume(min(before.width, before.height) >= SMALLEST)
    after = resized(before, handle, dx, dy, within, ratio)
    assert inside(after, within)
    assert abs(after.width / ratio[0] * ratio[1] - after.height) <= 1 + ratio[1] / ratio[0]
    across, down = anchor_of(handle)
    assert after.left + after.width * across == pytest.approx(before.left + before.width * across, abs=1)
    assert after.top + after.height * down == pytest.approx(before.top + before.height * down, abs=1)


def test_a_ratio_keeps_the_area_where_there_is_room() -> None:
    assert with_ratio(Crop(100, 100, 400, 100), (1, 1), (1000, 1000)) == Crop(200, 50, 200, 200)
    assert with_ratio(Crop(0, 0, 400, 100), (1, 4), (400, 100)) == Crop(188, 0, 25, 100)


@settings(max_examples=200, deadline=None)
@given(CROPS, WITHIN, PLANS, st.sampled_from(HANDLES))
def test_of_a_snapped_crop_nothing_is_cut_off_in_training(
    crop: Crop, within: Size, plan: tuple[int, int], handle: Handle
) -> None:
    resolution, step = plan
    found = snapped(crop, within, resolution, step, anchor_of(handle))
    assert inside(found, within)
    if min(within) < step:
        assert found == clamped(crop, within)
        return
    size = (found.width, found.height)
    # As the trainer does it, with the size in which the crop is ferried.
    ferried = ForTraining(resolution).of(size).size
    bucket = training_bucket(ferried, resolution, step)
    fitted = fit(ferried, bucket)
    assert fitted.box == pytest.approx((0, 0, *ferried), abs=1e-6)
    assert not fitted.upscaled
    assert found.width * bucket[1] == found.height * bucket[0]
    assert trained_as(size, resolution, step).whole


@settings(deadline=None)
@given(CROPS, WITHIN, PLANS)
def test_a_snapped_crop_snaps_to_itself(crop: Crop, within: Size, plan: tuple[int, int]) -> None:
    once = snapped(crop, within, *plan)
    assert snapped(once, within, *plan) == once


def test_the_nearest_shape_is_taken_and_the_anchor_stays() -> None:
    # 13:19 is the proportion of 832 × 1216.
    found = snapped(Crop(500, 500, 1310, 1890), (4000, 4000), 1024, 64, anchor_of("se"))
    assert found == Crop(500, 500, 13 * 100, 19 * 100)
    assert trained_as((found.width, found.height), 1024, 64).bucket == (832, 1216)


def test_a_small_crop_takes_the_shape_of_a_smaller_bucket() -> None:
    assert snapped(Crop(0, 0, 505, 500), (2000, 2000), 512, 64) == Crop(2, 0, 502, 502)
    small = snapped(Crop(0, 0, 300, 290), (300, 300), 512, 64)
    assert trained_as((small.width, small.height), 512, 64).small
    assert small.width <= 300 and small.height <= 300
