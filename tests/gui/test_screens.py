"""Pictures of all pages from the real window on a virtual screen: made for people, checked for what a program can see."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.gui.screens import LOOKS, PAGES, SCENES, missing, take

KEEP_VARIABLE = "LORAFERRY_SCREENS"
"""A folder where the pictures are kept; the README's were made so."""


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_every_page_and_scene_in_both_themes_and_languages(tmp_path: Path) -> None:
    take(tmp_path)
    for page in (*PAGES, *SCENES):
        pictures = {}
        for look in LOOKS:
            with Image.open(tmp_path / f"{page}_{look[0]}_{look[1]}.png") as image:
                pictures[look] = image.convert("RGB")
        assert ImageStat.Stat(pictures["light", "en"].convert("L")).mean[0] > 180, page
        assert ImageStat.Stat(pictures["dark", "en"].convert("L")).mean[0] < 100, page
        for theme in ("light", "dark"):
            changed = ImageChops.difference(pictures[theme, "en"], pictures[theme, "zh_CN"])
            assert changed.getbbox() is not None, f"{page} says the same in both languages"
        assert len(pictures["light", "en"].getcolors(2**20) or ()) > 50, f"{page} is empty"
    if os.environ.get(KEEP_VARIABLE):
        shutil.copytree(tmp_path, os.environ[KEEP_VARIABLE], dirs_exist_ok=True)
