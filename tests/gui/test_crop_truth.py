"""What the crop view shows is what is rendered, cut by the trainer's own geometry, and trained."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from loraferry.library.geometry import Cut
from loraferry.library.renderer import ferried, render
from loraferry.library.shapes import UNTURNED, Turn
from loraferry.viewmodels.crop_desk import CropDesk, Target
from loraferry.views.dataset.turned_picture import Copies, small_copy
from loraferry_core.dataset.buckets import fit, training_bucket

TURNS = [UNTURNED, Turn(1), Turn(3, True), Turn(0, False, 7.0), Turn(2, True, -11.5)]
RESOLUTION, STEP = 256, 64


def drawing(size: tuple[int, int]) -> Image.Image:
    """No part of it looks like another, and nothing in it is finer than a few pixels."""
    width, height = size
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    luck = np.random.default_rng(3)
    for _ in range(120):
        x, y, r = luck.integers(width), luck.integers(height), luck.integers(20, 90)
        colour = tuple(int(part) for part in luck.integers(0, 255, 3))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)  # type: ignore[arg-type]
    return image.filter(ImageFilter.GaussianBlur(3))


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("shape", ["bucket", "free"])
def test_the_preview_shows_the_pixels_that_are_trained(
    qapp: QApplication, tmp_path: Path, turn: Turn, shape: str
) -> None:
    path = tmp_path / "a.png"
    drawing((1200, 800)).save(path)
    desk = CropDesk()
    desk.aim(Target(RESOLUTION, STEP))
    desk.lay((1200, 800), turn, ())
    desk.keep_to(shape)  # type: ignore[arg-type]
    desk.grasp("draw", (desk.size[0] * 0.3, desk.size[1] * 0.2))
    desk.drag(desk.size[0] * 0.45, desk.size[1] * 0.4)
    crop, trained = desk.crop, desk.trained()
    assert crop is not None and trained is not None

    # As the trainer does it with what it gets.
    with Image.open(io.BytesIO(render(path, "a.png", ferried(RESOLUTION), Cut(turn, crop)).data)) as sent:
        bucket = training_bucket(sent.size, RESOLUTION, STEP)
        fitted = fit(sent.size, bucket)
        seen = np.asarray(sent.convert("RGB").resize(bucket, Image.Resampling.LANCZOS, box=fitted.box), dtype=float)
    assert trained.bucket == bucket

    left, top, right, bottom = trained.kept
    part = (crop.left + left, crop.top + top, crop.left + right, crop.top + bottom)
    shown = small_copy(Copies(QImage(str(path))), desk.upright, turn, part, bucket)
    pixels = np.frombuffer(shown.constBits(), dtype=np.uint8).reshape(bucket[1], bucket[0], 4)[:, :, 2::-1]
    away = np.abs(pixels.astype(float) - seen)
    assert away.mean() < 2.5
    beside = np.abs(np.roll(pixels, 4, axis=1).astype(float) - seen)
    assert beside.mean() > 2 * away.mean(), "four pixels aside would be seen"
    if shape == "bucket":
        assert (part[2] - part[0], part[3] - part[1]) == pytest.approx((crop.width, crop.height)), "nothing is cut off"
