"""Taggers: pixels as the authors prepare them, scores by name, and files that are something else."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from loraferry_agent.captioners import wd
from loraferry_agent.captioners.describing import Unfit
from loraferry_core.model_files import TAGGER, TAGS
from tests.fakes.captioners import write_tagger
from tests.unit.agent.captioners.conftest import Make


def test_pixels_are_bgr_on_a_white_square_in_the_middle() -> None:
    picture = Image.new("RGB", (40, 20), (10, 20, 30))
    pixels = wd.pixels_of(picture, 40)
    assert pixels.shape == (1, 40, 40, 3)
    assert pixels.dtype == np.float32
    assert pixels[0, 20, 20].tolist() == [30, 20, 10]
    assert pixels[0, 9, 20].tolist() == [255, 255, 255]
    assert pixels[0, 10, 20].tolist() == pixels[0, 29, 20].tolist() == [30, 20, 10]
    assert pixels[0, 30, 20].tolist() == [255, 255, 255]


def test_pixels_are_scaled_bicubically() -> None:
    picture = Image.effect_noise((64, 64), 80).convert("RGB")
    expected = np.asarray(picture.resize((16, 16), Image.Resampling.BICUBIC), np.float32)[:, :, ::-1]
    assert np.array_equal(wd.pixels_of(picture, 16)[0], expected)


def test_tags_come_with_category_and_score_the_surest_first(models: Path, ask: Make) -> None:
    tags = wd.load(models / "wd", ask("wd"))(Image.new("RGB", (30, 30), (255, 77, 0)))
    assert not isinstance(tags, str)
    found = [(tag.name, tag.category, round(tag.score, 2)) for tag in tags]
    assert found == [
        ("red_theme", "general", 1.0),
        ("^_^", "general", 0.9),
        ("hatsune_miku_(vocaloid)", "character", 0.86),
        ("general", "rating", 0.7),
        ("someone", "character", 0.4),
        ("long_hair", "general", 0.36),
        ("green_theme", "general", 0.3),
        ("sensitive", "rating", 0.2),
    ]


def test_no_more_tags_than_asked_for_and_none_below_the_floor(models: Path, ask: Make) -> None:
    picture = Image.new("RGB", (30, 30), "black")
    few = wd.load(models / "wd", ask("wd", most=2))(picture)
    sure = wd.load(models / "wd", ask("wd", floor=0.5))(picture)
    assert not isinstance(few, str)
    assert not isinstance(sure, str)
    assert [tag.name for tag in few] == ["^_^", "hatsune_miku_(vocaloid)"]
    assert [tag.name for tag in sure] == ["^_^", "hatsune_miku_(vocaloid)", "general"]


def test_files_of_another_layout_are_refused(tmp_path: Path, models: Path, ask: Make) -> None:
    short = write_tagger(tmp_path / "short", tags=5)
    with pytest.raises(Unfit, match="11 scores for 5 tags"):
        wd.load(short, ask("wd"))
    headless = tmp_path / "headless"
    headless.mkdir()
    shutil.copy(models / "wd" / TAGGER, headless)
    (headless / TAGS).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Unfit, match="no columns"):
        wd.load(headless, ask("wd"))
    (headless / TAGGER).write_bytes(b"this is no model")
    with pytest.raises(Unfit):
        wd.load(headless, ask("wd"))


@pytest.mark.parametrize("shape", [["n", 3, 448, 448], ["n", 448, 448], ["n", "h", "h", 3], ["n", 448, 320, 3]])
def test_a_model_that_takes_something_else_is_refused(shape: list[object]) -> None:
    with pytest.raises(Unfit):
        wd.side_of(shape)
