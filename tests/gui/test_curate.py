"""Sorting out by what was measured: counted first, shown on demand, rejected in one step."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraferry.library.edits import judged
from loraferry.texts.languages import Languages
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.curate_panel import AlikeList, CuratePanel
from loraferry.views.dataset.group_row import GroupRow
from loraferry.views.dataset.rule_row import RuleRow
from loraferry_core.config.dotted import replace_at
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
def panel(studio: Studio, qtbot: QtBot, english: Languages) -> CuratePanel:
    made = CuratePanel(studio.quality)
    qtbot.addWidget(made)
    made.resize(420, 800)
    made.show()
    return made


def test_a_rule_counts_shows_and_rejects(panel: CuratePanel, studio: Studio) -> None:
    blurred = next(row for row in panel.findChildren(RuleRow) if row.rule.id == "blur")
    assert studio.quality.named("blur") == ("blurred.png",)
    assert blurred.count.text() == "would reject 1"
    assert blurred.preview.names == ("blurred.png",)
    blurred.show_all.click()
    assert studio.dataset.visible == ("blurred.png",)
    assert studio.dataset.counts.rejected == 0
    blurred.reject.click()
    assert studio.dataset.counts.rejected == 1
    assert not blurred.reject.isVisible()
    studio.dataset.undo()
    assert studio.dataset.counts.rejected == 0


def test_a_threshold_is_counted_while_it_moves(panel: CuratePanel, studio: Studio, qtbot: QtBot) -> None:
    blurred = next(row for row in panel.findChildren(RuleRow) if row.rule.id == "blur")
    blurred.slider.setValue(blurred.slider.maximum())
    assert studio.quality.count("blur") == 0
    assert not blurred.preview.isVisible()
    small = next(row for row in panel.findChildren(RuleRow) if row.rule.id == "small")
    small.slider.setValue(small.slider.maximum())
    studio.plan.set_config(replace_at(studio.plan.config, "dataset.resolution", 512))
    qtbot.waitUntil(lambda: studio.quality.named("small") == ("small copy.png",), timeout=10_000)
    small.slider.setValue(small.slider.minimum())
    assert studio.quality.count("small") == 0
    studio.plan.set_config(replace_at(studio.plan.config, "dataset.resolution", 1024))
    small.slider.setValue(small.slider.maximum())
    qtbot.waitUntil(lambda: studio.quality.count("small") == 7, timeout=10_000)
    assert studio.quality.named("small", 1) == ("small copy.png",)


def test_pictures_that_look_alike_stand_side_by_side_with_the_best_first(panel: CuratePanel, studio: Studio) -> None:
    groups = {group.best: group for group in studio.quality.groups}
    assert len(groups) == 2
    assert groups["2.png"].names == ("2.png", "small copy.png")
    assert groups["2.png"].reasons[0] == "pixels"
    assert groups["1.png"].names == ("1.png", "same.jpg")
    row = next(row for row in panel.findChildren(GroupRow) if row.group.best == "2.png")
    row.show_all.click()
    assert set(studio.dataset.visible) == {"2.png", "small copy.png"}
    row.keep.click()
    library = studio.dataset.library
    assert library is not None
    small = library.item("small copy.png")
    assert small is not None
    assert small.rejected
    assert [group.best for group in studio.quality.groups] == ["1.png"]


def test_a_person_chooses_another_best_one_or_keeps_all(panel: CuratePanel, studio: Studio, qtbot: QtBot) -> None:
    rows = {row.group.best: row for row in panel.findChildren(GroupRow)}
    row = rows["1.png"].row
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Right)
    qtbot.keyClick(row, Qt.Key.Key_Space)
    assert [group.best for group in studio.quality.groups] == ["same.jpg", "2.png"]
    rows["2.png"].leave.click()
    assert [group.best for group in studio.quality.groups] == ["same.jpg"]
    panel.findChildren(AlikeList)[0].best.click()
    library = studio.dataset.library
    assert library is not None
    assert [item.name for item in library.items if item.rejected] == ["1.png"]
    assert studio.quality.groups == ()
    studio.dataset.undo()
    assert studio.dataset.counts.rejected == 0


def test_nothing_is_ranked_while_nobody_looks(studio: Studio, panel: CuratePanel) -> None:
    panel.hide()
    studio.dataset.apply(judged(["blurred.png"], "reject"))
    assert studio.quality.count("blur") == 1
    panel.show()
    assert studio.quality.count("blur") == 0


def test_words_follow_the_language(panel: CuratePanel, english: Languages) -> None:
    blurred = next(row for row in panel.findChildren(RuleRow) if row.rule.id == "blur")
    assert blurred.slider.accessibleName() == "Blurred"
    english.switch("zh_CN")
    QApplication.processEvents()
    assert blurred.slider.accessibleName() not in ("", "Blurred")
