"""Sorting out by what was measured: counted first, shown on demand, rejected in one step."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from loraferry.library.duplicates import groups_of
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.curate_panel import CuratePanel, GroupRow, RuleRow
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio


def photo(seed: int, side: int = 640) -> Image.Image:
    """Shapes with sharp edges on a coarse ground."""
    chance = random.Random(seed)
    ground = Image.frombytes("L", (8, 8), chance.randbytes(64))
    picture = ground.resize((side, side), Image.Resampling.BICUBIC).convert("RGB")
    for _ in range(14):
        left, top = (chance.randrange(side * 3 // 4) for _ in range(2))
        shade = tuple(chance.randrange(256) for _ in range(3))
        box = (left, top, left + chance.randrange(20, side // 4), top + chance.randrange(20, side // 4))
        picture.paste(shade, box)
    return picture


@pytest.fixture
def studio(tmp_path: Path, qtbot: QtBot) -> Iterator[Studio]:
    folder = tmp_path / "图片"
    folder.mkdir()
    for number in range(4):
        photo(number).save(folder / f"{number}.png")
    photo(9).filter(ImageFilter.GaussianBlur(12)).save(folder / "blurred.png")
    photo(2).resize((320, 320)).save(folder / "small copy.png")
    photo(1).save(folder / "same.jpg", quality=80)
    made = make_studio(tmp_path, InlineRunner())
    made.dataset.open_folder(folder)
    qtbot.waitUntil(lambda: not made.dataset.measuring.busy, timeout=30_000)
    yield made
    made.dataset.close()


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> CuratePanel:
    made = CuratePanel(studio.quality)
    qtbot.addWidget(made)
    made.show()
    return made


def button(widget: RuleRow | GroupRow, text: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.text() == text)


def test_a_rule_counts_shows_and_rejects(panel: CuratePanel, studio: Studio) -> None:
    blurred = panel.findChildren(RuleRow)[0]
    assert studio.quality.named("blur") == ["blurred.png"]
    button(blurred, "Show").click()
    assert studio.dataset.visible == ("blurred.png",)
    assert studio.dataset.counts.rejected == 0
    button(blurred, "Reject").click()
    assert studio.dataset.counts.rejected == 1
    studio.dataset.undo()
    assert studio.dataset.counts.rejected == 0
    studio.quality.set_threshold("blur", 0.0)
    assert len(studio.quality.named("blur")) >= 1


def test_pictures_that_look_alike_are_grouped_with_the_best_first(panel: CuratePanel, studio: Studio) -> None:
    groups = {group.names: group.reason for group in studio.quality.groups}
    assert ("2.png", "small copy.png") in groups
    assert groups["2.png", "small copy.png"] == "pixels"
    assert {"1.png", "same.jpg"} in [set(names) for names in groups]
    rows = panel.findChildren(GroupRow)
    assert len(rows) == len(groups) == 2
    row = next(row for row in rows if row._group.names[0] == "2.png")
    button(row, "Show").click()
    assert set(studio.dataset.visible) == {"2.png", "small copy.png"}
    button(row, "Keep best").click()
    library = studio.dataset.library
    assert library is not None
    small = library.item("small copy.png")
    assert small is not None
    assert small.rejected
    # What is rejected is in no group any more.
    assert len(groups_of(library.items)) == 1
