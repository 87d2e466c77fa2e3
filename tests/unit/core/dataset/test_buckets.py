"""Bucket geometry: the promises of the docstrings, for every size."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loraferry_core.dataset.buckets import Fit, bucket_for, buckets, fit

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


@given(SIDE, SIDE, RESOLUTIONS, STEPS, st.booleans())
def test_the_nearest_bucket_is_chosen(width, height, resolution, step, upscale):
    choices = buckets(resolution, step)
    chosen = bucket_for((width, height), choices, upscale=upscale)
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


def test_among_equal_shapes_the_largest_that_is_filled():
    choices = ((256, 256), (512, 512), (1024, 1024), (512, 256), (1024, 512))
    assert bucket_for((700, 700), choices) == (512, 512)
    assert bucket_for((5000, 5000), choices) == (1024, 1024)
    assert bucket_for((10240, 10239), ((512, 512), (10240, 10240))) == (512, 512)
    assert bucket_for((10239, 10240), ((512, 512), (10240, 10240))) == (512, 512)
    assert bucket_for((100, 100), choices) == (256, 256)
    assert bucket_for((100, 100), choices, upscale=True) == (1024, 1024)
    assert bucket_for((800, 400), choices) == (512, 256)


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
