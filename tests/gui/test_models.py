"""The Models page: the grid, the panel beside it, and what it says when there is nothing yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QPushButton, QToolButton, QWidget

from loraferry.runs.shelf import Shelf
from loraferry.texts.languages import Languages
from loraferry.viewmodels.shelf import ShelfViewModel
from loraferry.views.models.page import ModelsPage
from loraferry.views.theme import Theme
from loraferry_core.config import TrainConfig
from loraferry_core.config.train import canonical_json
from loraferry_resources import sample_dataset_path
from tests.fakes.inline_runner import InlineRunner
from tests.unit.desktop.viewmodels.test_shelf import put


@pytest.fixture
def page(qtbot, tmp_path: Path, english: Languages, dressed: Theme) -> Iterator[ModelsPage]:
    """The page over a folder of its own, empty at first."""
    page = ModelsPage(ShelfViewModel(Shelf(tmp_path), InlineRunner()))
    qtbot.addWidget(page)
    # A window whose least size follows its content would make the offscreen platform warn.
    page.setMinimumSize(900, 600)
    page.resize(1100, 760)
    page.show()
    return page


def fill(folder: Path) -> None:
    facts = {
        "modelspec.trigger_phrase": "zorblax",
        "ss_network_dim": "16",
        "ss_sd_model_name": "toy",
        "ss_base_model_version": "sd_v1",
        "loraferry_config": canonical_json(TrainConfig()),
    }
    put(folder, "zorblax", **facts)
    preview = next(sample_dataset_path().glob("*.png"))
    (folder / "zorblax.png").write_bytes(preview.read_bytes())
    put(folder, "dead", age=1, value=0.0)


def test_an_empty_shelf_says_what_to_do(page: ModelsPage) -> None:
    assert page.findChild(QWidget, "emptyShelf").isVisible()
    assert not page.findChild(QListView, "modelGrid").isVisible()


def test_a_click_shows_another_lora_in_full(page: ModelsPage, tmp_path: Path, qtbot) -> None:
    fill(tmp_path)
    qtbot.mouseClick(page.findChild(QPushButton, "refreshModels"), Qt.MouseButton.LeftButton)
    grid = page.findChild(QListView, "modelGrid")
    assert grid.isVisible()
    assert not page.grab().isNull()
    details = page.details
    assert "every part acts" in details.verdict
    facts = page.findChild(QWidget, "modelFacts").text
    assert "Trigger word: zorblax" in facts
    assert "Rank: 16" in facts
    other = grid.visualRect(grid.model().index(1)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=other)
    assert page.findChild(QLineEdit, "usagePrompt").text() == "<lora:dead:1>"
    assert "something wrong" in details.verdict
    assert "learned nothing" in details.problem_text


def test_the_grid_is_used_by_keys_too(page: ModelsPage, tmp_path: Path, qtbot) -> None:
    fill(tmp_path)
    page.findChild(QPushButton, "refreshModels").click()
    grid = page.findChild(QListView, "modelGrid")
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert page.findChild(QLineEdit, "usagePrompt").text() == "<lora:dead:1>"


def test_the_usage_line_is_copied(page: ModelsPage, tmp_path: Path, qtbot) -> None:
    fill(tmp_path)
    page.findChild(QPushButton, "refreshModels").click()
    qtbot.mouseClick(page.findChild(QPushButton, "copyUsage"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "<lora:zorblax:1> zorblax"


def test_all_settings_are_shown_when_asked_for(page: ModelsPage, tmp_path: Path) -> None:
    fill(tmp_path)
    page.findChild(QPushButton, "refreshModels").click()
    plan = page.findChild(QWidget, "modelPlan")
    assert not plan.isVisible()
    page.details.findChild(QToolButton, "plain").click()
    assert plan.isVisible()
    assert "AdamW" in page.details.plan_text


def test_words_and_colours_follow_live(page: ModelsPage, tmp_path: Path, english: Languages, dressed: Theme) -> None:
    fill(tmp_path)
    refresh = page.findChild(QPushButton, "refreshModels")
    refresh.click()
    before = page.grab().toImage()
    dressed.apply("dark")
    assert page.grab().toImage() != before
    dressed.apply("light")
    words = refresh.text()
    english.switch("zh_CN")
    QApplication.processEvents()
    assert refresh.text() != words
    assert page.details.verdict.isascii() is False
