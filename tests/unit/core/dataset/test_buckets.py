"""Bucket geometry: the promises of the docstrings, for every size."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loraferry_core.dataset.buckets import Fit, bucket_for, buckets, fit, rungs, training_bucket

SIDE = st.integers(1, 30_000)
STEPS = st.sampled_from([8, 16, 32, 64])
RESOLUTIONS = st.integers(64, 2048)


def test_the_buckets_of_512():
    assert buckets(512, 64) == ((384, 640), (448, 576), (512, 512), (576, 448), (640, 384))


def test_a_resolution_below_the_step_gives_one_square():
    assert buckets(32, 64) == ((64, 64),)
    assert buckets(64, 64) == ((64, 64),)


@given(RESOLUTIONS, STEPS, st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_every_bucket_keeps_the_rules(resolution, step, max_aspect):
    found = buckets(resolution, step, max_aspect)
    assert found == tuple(sorted(set(found)))
    square = resolution // step * step
    assert (square, square) in found
    for width, height in found:
        assert width % step == height % step == 0
        assert 0 < width * height <= resolution**2
        assert max(width, height) <= max_aspect * min(width, height)
        assert (height, width) in found


@given(SIDE, SIDE, RESOLUTIONS, STEPS)
def test_the_nearest_bucket_is_chosen(width, height, resolution, step):
    choices = buckets(resolution, step)
    chosen = bucket_for((width, height), choices)
    assert chosen in choices

    def distance(bucket):
        ratio = width / height * bucket[1] / bucket[0]
        return max(ratio, 1 / ratio)

    assert distance(chosen) <= min(map(distance, choices)) * 1.0002


@given(SIDE, SIDE, RESOLUTIONS, STEPS)
def test_a_fit_takes_the_middle_and_keeps_the_proportions(width, height, resolution, step):
    bucket = bucket_for((width, height), buckets(resolution, step))
    found = fit((width, height), bucket)
    left, top, right, bottom = found.box
    assert found.bucket == bucket
    assert min(left, top) >= 0
    assert right <= width + 1e-9 and bottom <= height + 1e-9
    assert left == pytest.approx(width - right, abs=1e-6)
    assert top == pytest.approx(height - bottom, abs=1e-6)
    assert (right - left) * found.scale == pytest.approx(bucket[0], rel=1e-9)
    assert (bottom - top) * found.scale == pytest.approx(bucket[1], rel=1e-9)
    assert right - left == pytest.approx(width) or bottom - top == pytest.approx(height)
    assert found.upscaled is not (width >= bucket[0] and height >= bucket[1])


@given(SIDE, SIDE)
def test_turning_the_picture_turns_the_bucket(width, height):
    assume(width != height)
    choices = buckets(512, 64)
    turned = bucket_for((height, width), choices)
    chosen = bucket_for((width, height), choices)
    ratio = (width / height) / (chosen[0] / chosen[1])
    other = (height / width) / (turned[0] / turned[1])
    assert max(ratio, 1 / ratio) == pytest.approx(max(other, 1 / other), rel=2e-4)


@pytest.mark.parametrize(
    ("size", "bucket"),
    [
        ((512, 512), (512, 512)),
        ((1, 1), (512, 512)),
        ((30_000, 1), (640, 384)),
        ((1, 30_000), (384, 640)),
        ((1920, 1080), (640, 384)),
        ((1080, 1920), (384, 640)),
        ((800, 600), (576, 448)),
    ],
)
def test_pictures_of_every_day(size, bucket):
    assert bucket_for(size, buckets(512, 64)) == bucket


def test_among_equal_shapes_the_largest():
    choices = ((256, 256), (512, 512), (1024, 1024), (512, 256), (1024, 512))
    assert bucket_for((100, 100), choices) == (1024, 1024)
    assert bucket_for((800, 400), choices) == (1024, 512)
    assert bucket_for((10239, 10240), ((512, 512), (10240, 10240))) == (10240, 10240)


@given(SIDE, SIDE, RESOLUTIONS, STEPS)
def test_no_picture_is_enlarged_that_need_not_be(width, height, resolution, step):
    bucket = training_bucket((width, height), resolution, step)
    assert bucket[0] % step == bucket[1] % step == 0
    assert bucket[0] * bucket[1] <= max(step, resolution) ** 2
    assert max(bucket) <= 2 * min(bucket)
    # Every bucket is at least `step` wide, so what is narrower has no other way.
    assert fit((width, height), bucket).upscaled is (min(width, height) < step)


@given(SIDE, SIDE, RESOLUTIONS, STEPS)
def test_a_picture_that_is_large_enough_is_trained_at_the_full_area(width, height, resolution, step):
    full = bucket_for((width, height), buckets(resolution, step))
    assume(width >= full[0] and height >= full[1])
    assert training_bucket((width, height), resolution, step) == full


@given(st.integers(64, 1024), RESOLUTIONS, STEPS)
def test_a_small_square_loses_less_than_a_rung(side, resolution, step):
    assume(step <= side <= resolution)
    width, height = training_bucket((side, side), resolution, step)
    assert width == height
    assert side - width < step + max(step, resolution / 8)


@given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), min_size=200, max_size=200))
def test_two_hundred_pictures_of_any_size_have_few_shapes(sizes):
    for resolution, most in ((512, 26), (768, 48), (1024, 57)):
        assert len({training_bucket(size, resolution, 64) for size in sizes}) <= most
        assert len({bucket for rung in rungs(resolution, 64) for bucket in rung}) == most


def test_pictures_of_usual_sizes_have_the_shapes_of_one_rung():
    sizes = [(3024, 4032), (4032, 3024), (1920, 1080), (1080, 1920), (1024, 1024), (1600, 1200), (2048, 1365)]
    shapes = {training_bucket(size, 512, 64) for size in sizes}
    assert shapes <= set(buckets(512, 64))


@pytest.mark.parametrize(
    ("size", "bucket"),
    [
        ((1, 1), (64, 64)), ((64, 64), (64, 64)), ((63, 500), (64, 64)), ((511, 511), (448, 448)),
        ((500, 400), (448, 320)), ((30_000, 12), (64, 64)), ((2000, 100), (64, 64)), ((400, 20_000), (384, 640)),
    ],
)  # fmt: skip
def test_small_and_odd_pictures_at_512(size, bucket):
    assert training_bucket(size, 512, 64) == bucket


@pytest.mark.parametrize(
    ("size", "bucket", "expected"),
    [
        ((1024, 512), (512, 512), Fit((512, 512), (256, 0, 768, 512), 1.0)),
        ((512, 1024), (512, 512), Fit((512, 512), (0, 256, 512, 768), 1.0)),
        ((1024, 1024), (512, 512), Fit((512, 512), (0, 0, 1024, 1024), 0.5)),
        ((256, 256), (512, 512), Fit((512, 512), (0, 0, 256, 256), 2.0)),
        ((1000, 800), (640, 384), Fit((640, 384), (0, 100, 1000, 700), 0.64)),
        ((1, 30_000), (384, 640), Fit((384, 640), (0, 14_999.166666666666, 1, 15_000.833333333334), 384.0)),
    ],
)
def test_fit(size, bucket, expected):
    found = fit(size, bucket)
    assert found.bucket == expected.bucket
    assert found.box == pytest.approx(expected.box)
    assert found.scale == pytest.approx(expected.scale)
