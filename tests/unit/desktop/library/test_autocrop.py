"""Crops by themselves: inside the picture, of a bucket's shape, around what is wanted, and large enough where possible."""

import importlib.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry.library.autocrop import GOALS, Goal, Subject, Wish, proposed, wanted_box
from loraferry.library.faces import Face, FaceDetector
from loraferry.library.geometry import trained_as
from loraferry.library.saliency import saliency, subject_box
from loraferry.library.shapes import Crop
from loraferry_core.dataset.buckets import bucket_for, buckets, fit
from tests.fakes.portraits import SHARED_MODEL, portrait

FACE = Face(900, 400, 200, 260, 0.9)


def holds(crop: Crop, face: Face) -> bool:
    return (
        crop.left <= face.left
        and crop.top <= face.top
        and crop.left + crop.width >= face.left + face.width
        and crop.top + crop.height >= face.top + face.height
    )


sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
faces = st.builds(
    Face, st.floats(-100, 4000), st.floats(-100, 4000), st.floats(4, 800), st.floats(4, 1000), st.floats(0.7, 1)
)
wishes = st.builds(
    Wish, st.sampled_from(GOALS), st.floats(0.1, 1.2), st.booleans(), st.sampled_from([64, 512, 1024]), st.just(64)
)


@given(sizes, st.lists(faces, max_size=4), wishes, st.booleans())
def test_every_crop_lies_inside_and_has_the_shape_of_a_bucket(
    size: tuple[int, int], found: list[Face], wish: Wish, salient: bool
) -> None:
    box = (size[0] / 4, size[1] / 3, size[0] / 2, size[1] / 1.5) if salient else None
    proposal = proposed(Subject(size, tuple(found), box), wish)
    crop = proposal.crop
    assert crop.width >= 1 and crop.height >= 1
    assert crop.left >= 0 and crop.left + crop.width <= size[0]
    assert crop.top >= 0 and crop.top + crop.height <= size[1]
    assert proposal.bucket == trained_as((crop.width, crop.height), wish.resolution, wish.step).bucket
    if min(crop.width, crop.height) > 2 * wish.step:
        # The trainer has nothing to cut off.
        shape = bucket_for((crop.width, crop.height), buckets(wish.resolution, wish.step))
        left, top, right, bottom = fit((crop.width, crop.height), shape).box
        assert max(crop.width - (right - left), crop.height - (bottom - top)) < 1e-6


@pytest.mark.parametrize("goal", ["head", "upper", "full"])
def test_goals_show_more_and_more_of_a_person(goal: Goal) -> None:
    subject = Subject((2000, 3000), (FACE,))
    crop = proposed(subject, Wish(goal)).crop
    assert holds(crop, FACE)
    heights = {each: proposed(subject, Wish(each)).crop.height for each in ("head", "upper", "full")}
    assert heights["head"] < heights["upper"] < heights["full"]
    above = FACE.top - crop.top
    assert above >= 0.5 * FACE.height, "room for the hair"


def test_it_is_no_smaller_than_its_bucket_where_the_picture_is_large_enough() -> None:
    small = Face(1900, 1400, 80, 104, 0.9)
    proposal = proposed(Subject((4000, 3000), (small,)), Wish("head", resolution=1024))
    assert proposal.crop.width >= proposal.bucket[0]
    assert proposal.crop.height >= proposal.bucket[1]
    assert not proposal.small


def test_a_small_picture_says_that_it_is() -> None:
    proposal = proposed(Subject((700, 500), (Face(300, 100, 100, 130, 0.9),)), Wish("upper", resolution=1024))
    assert proposal.small
    assert proposal.bucket[0] <= 700 and proposal.bucket[1] <= 500


def test_all_faces_are_kept_or_the_largest_alone() -> None:
    near, far = Face(300, 300, 200, 260, 0.9), Face(1600, 380, 100, 130, 0.95)
    subject = Subject((2400, 1400), (far, near))
    together = proposed(subject, Wish("head", all_faces=True)).crop
    assert holds(together, near) and holds(together, far)
    alone = proposed(subject, Wish("head", all_faces=False)).crop
    assert holds(alone, near) and not holds(alone, far)


@given(st.integers(600, 2400), st.integers(600, 2400), st.floats(0, 1), st.floats(0, 1), st.sampled_from(GOALS[:3]))
def test_a_head_that_fits_is_never_cut_off(width: int, height: int, across: float, down: float, goal: Goal) -> None:
    face = Face(across * (width - 120), down * (height - 150), 120, 150, 0.9)
    crop = proposed(Subject((width, height), (face,)), Wish(goal, resolution=512)).crop
    assert crop.left <= face.left + 1 and crop.left + crop.width >= face.left + face.width - 1
    assert crop.top <= face.top + 1 and crop.top + crop.height >= face.top + face.height - 1


def test_the_share_makes_room_around_the_subject() -> None:
    subject = Subject((4000, 4000), (), (1500, 1500, 2400, 2500))
    tight = proposed(subject, Wish("subject", share=1.0)).crop
    loose = proposed(subject, Wish("subject", share=0.5)).crop
    assert loose.width > 1.6 * tight.width
    assert 0.85 < 1000 / tight.height <= 1.0
    assert 0.4 < 1000 / loose.height <= 0.55


def test_where_no_face_is_what_stands_out_counts_and_else_the_middle() -> None:
    salient = Subject((3000, 2000), (), (200, 300, 1000, 1500))
    _, reason = wanted_box(salient, Wish("head"))
    assert reason == "salient"
    crop = proposed(salient, Wish("head")).crop
    assert crop.left <= 200 and crop.left + crop.width >= 1000
    plain = proposed(Subject((3000, 2000)), Wish("head"))
    assert plain.reason == "middle"
    assert abs(plain.crop.left + plain.crop.width / 2 - 1500) <= 1
    assert abs(plain.crop.top + plain.crop.height / 2 - 1000) <= 1


def test_a_subject_that_wears_a_face_keeps_its_head() -> None:
    subject = Subject((3000, 3000), (Face(1400, 300, 200, 260, 0.9),), (1000, 800, 1900, 2600))
    proposal = proposed(subject, Wish("subject"))
    assert proposal.reason == "faces"
    assert holds(proposal.crop, subject.faces[0])
    alone = Subject((3000, 3000), subject.faces)
    assert holds(proposed(alone, Wish("subject")).crop, subject.faces[0])


@pytest.mark.skipif(
    not SHARED_MODEL.is_file() or importlib.util.find_spec("onnxruntime") is None, reason="needs the model of YuNet"
)
def test_from_pixels_to_a_crop() -> None:
    image = portrait((2400, 1600), ((1700, 500, 220),))
    subject = Subject(image.size, FaceDetector(SHARED_MODEL).faces(image), subject_box(saliency(image), image.size))
    proposal = proposed(subject, Wish("head", resolution=512))
    assert proposal.reason == "faces"
    assert holds(proposal.crop, Face(1590, 357, 220, 286, 1))
    assert proposal.crop.width < 1200
