"""What stands out: a thing on a plain ground, on a gradient, at an edge; and nothing where nothing does."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from loraferry.library.saliency import EDGE, saliency, subject_box
from loraferry.library.scaling import Box

Size = tuple[int, int]
THING = (220, 90, 300, 260)


def ground(size: Size, kind: str) -> Image.Image:
    if kind == "plain":
        return Image.new("RGB", size, (180, 190, 170))
    if kind == "gradient":
        return Image.linear_gradient("L").resize(size).convert("RGB")
    noise = Image.effect_noise(size, 60).convert("RGB")
    return Image.blend(noise, Image.new("RGB", size, (90, 120, 90)), 0.6)


def with_thing(kind: str, box: tuple[int, int, int, int] = THING, size: Size = (512, 384)) -> Image.Image:
    image = ground(size, kind)
    ImageDraw.Draw(image).ellipse(box, fill=(200, 60, 40))
    return image


def overlap(found: Box, box: tuple[int, int, int, int]) -> float:
    left, top, right, bottom = found
    wide, high = min(right, box[2]) - max(left, box[0]), min(bottom, box[3]) - max(top, box[1])
    common = max(0.0, wide) * max(0.0, high)
    return common / ((right - left) * (bottom - top) + (box[2] - box[0]) * (box[3] - box[1]) - common)


@pytest.mark.parametrize("kind", ["plain", "gradient", "noise"])
def test_a_thing_is_found_on_any_ground(kind: str) -> None:
    image = with_thing(kind)
    box = subject_box(saliency(image), image.size)
    assert box is not None
    assert overlap(box, THING) > 0.6


def test_a_thing_may_touch_an_edge_and_be_out_of_the_middle() -> None:
    place = (380, 200, 470, 420)
    image = with_thing("gradient", place)
    box = subject_box(saliency(image), image.size)
    assert box is not None
    assert overlap(box, (380, 200, 470, 384)) > 0.5


def test_a_person_who_fills_the_lower_edge_is_still_the_subject() -> None:
    image = Image.linear_gradient("L").resize((400, 500)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.ellipse((150, 80, 250, 220), fill=(210, 160, 130))
    draw.polygon([(160, 200), (240, 200), (395, 500), (5, 500)], fill=(150, 40, 160))
    strength = saliency(image)
    box = subject_box(strength, image.size)
    assert box is not None
    assert overlap(box, (5, 80, 395, 500)) > 0.75
    body, beside = strength[110:125, 75:85].mean(), strength[20:60, 5:25].mean()
    assert body > 2.5 * beside


def test_a_dark_thing_on_light_and_a_light_one_on_dark() -> None:
    for back, front in (("white", "black"), ("black", "white")):
        image = Image.new("RGB", (300, 400), back)
        ImageDraw.Draw(image).rectangle((100, 80, 190, 300), fill=front)
        box = subject_box(saliency(image), image.size)
        assert box is not None
        assert overlap(box, (100, 80, 190, 300)) > 0.7


@pytest.mark.parametrize("shade", ["white", "black", (90, 140, 200)])
def test_nothing_stands_out_of_a_plain_picture(shade: str) -> None:
    image = Image.new("RGB", (300, 200), shade)
    assert subject_box(saliency(image), image.size) is None


def test_the_map_is_small_and_between_0_and_1() -> None:
    strength = saliency(with_thing("plain").resize((2048, 1536)).filter(ImageFilter.GaussianBlur(2)))
    assert strength.shape == (EDGE * 3 // 4, EDGE)
    assert strength.min() >= 0 and strength.max() == 1
    assert strength.dtype == np.float32


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (400, 3), (2, 900)])
def test_odd_sizes_do_no_harm(size: Size) -> None:
    image = Image.effect_noise(size, 100).convert("RGB")
    box = subject_box(saliency(image), size)
    if box is not None:
        assert box[0] >= 0 and box[2] <= size[0] + 1e-3
        assert box[1] >= 0 and box[3] <= size[1] + 1e-3


def test_the_picture_itself_is_left_alone() -> None:
    image = with_thing("plain")
    before = image.tobytes()
    saliency(image)
    assert image.tobytes() == before
