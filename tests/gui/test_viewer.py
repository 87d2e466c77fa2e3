"""One picture large, and several side by side, as a person uses them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.views.dataset.compare import CompareMode
from loraferry.views.dataset.page import DatasetPage
from loraferry.views.dataset.viewer import ViewerMode
from loraferry.views.dataset.zooming import FIT
from loraferry.views.theme import Theme
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio

Key = Qt.Key


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, dressed: Theme) -> Iterator[DatasetPage]:
    studio = make_studio(tmp_path, InlineRunner())
    made = DatasetPage(studio)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    qtbot.waitExposed(made)
    folder = pictures.folder_of(tmp_path / "图片", 8)
    pictures.plain(folder / "9.png", (3000, 2000))
    pictures.truncated(folder / "10.png")
    studio.dataset.open_folder(folder)
    yield made
    studio.dataset.close()


@pytest.fixture
def hub(page: DatasetPage) -> DatasetViewModel:
    return page.grid.model


@pytest.fixture
def viewer(page: DatasetPage, qtbot: QtBot) -> ViewerMode:
    qtbot.keyClick(page.grid, Key.Key_Return)
    shown = page.middle.currentWidget()
    assert isinstance(shown, ViewerMode)
    return shown


def colours(widget) -> set[str]:  # type: ignore[no-untyped-def]
    seen = widget.grab().toImage()
    return {seen.pixelColor(x, y).name() for x in range(0, seen.width(), 7) for y in range(0, seen.height(), 7)}


def wheel(target, notches: int, at: QPointF) -> None:  # type: ignore[no-untyped-def]
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(target, event)


def test_enter_shows_the_picture_and_escape_the_grid(page: DatasetPage, viewer: ViewerMode, qtbot: QtBot) -> None:
    assert {"#dc1e1e", "#1eb41e", "#1e1edc"} <= colours(viewer.canvas)
    qtbot.keyClick(viewer, Key.Key_Escape)
    assert page.middle.currentWidget() is page.grid
    qtbot.mouseDClick(page.grid.viewport(), Qt.MouseButton.LeftButton, pos=page.grid.cell_rect(2).center())
    assert page.middle.currentWidget() is viewer
    assert viewer._name == "3.png"


def test_keys_go_on_and_verdicts_bring_the_next(hub: DatasetViewModel, viewer: ViewerMode, qtbot: QtBot) -> None:
    seen = []
    for key in (Key.Key_Right, Key.Key_Space, Key.Key_Left, Key.Key_K, Key.Key_5, Key.Key_X, Key.Key_End, Key.Key_Home):
        qtbot.keyClick(viewer, key)
        seen.append(hub.position)
    assert seen == [1, 2, 1, 2, 3, 4, 9, 0]
    assert [(item.verdict, item.stars) for item in hub.library or ()][1:4] == [("keep", 0), ("", 5), ("reject", 0)]
    viewer.judging.verdicts["unsure"].click()
    viewer.judging.stars[1].click()
    assert [(item.verdict, item.stars) for item in hub.library or ()][:2] == [("unsure", 0), ("keep", 2)]
    hub.select(["1.png"])
    assert viewer.judging.verdicts["unsure"].isChecked()
    assert not viewer.judging.verdicts["keep"].isChecked()


def test_wheel_keys_and_double_click_magnify_and_the_mouse_pans(
    hub: DatasetViewModel, viewer: ViewerMode, qtbot: QtBot
) -> None:
    hub.select(["9.png"])
    canvas = viewer.canvas
    fit = canvas.percent
    assert fit < 50
    wheel(canvas, 2, QPointF(100, 100))
    assert canvas.percent > fit
    qtbot.keyClick(viewer, Key.Key_F)
    assert canvas.zoom == FIT
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert canvas.percent == 100
    before = canvas.zoom
    qtbot.keyClick(viewer, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.zoom.x > before.x
    qtbot.keyClick(viewer, Key.Key_Z)
    assert canvas.zoom == FIT
    qtbot.keyClick(viewer, Key.Key_Plus)
    qtbot.keyClick(viewer, Key.Key_Minus)
    assert canvas.percent == fit
    qtbot.keyClick(viewer, Key.Key_Plus)
    hub.step(-1)
    assert canvas.zoom == FIT


def test_a_magnified_picture_gets_all_its_pixels(hub: DatasetViewModel, viewer: ViewerMode) -> None:
    hub.select(["9.png"])
    assert hub.preview.image.width() == 1400
    viewer.canvas.show_actual()
    viewer.canvas.repaint()
    assert hub.preview.image.width() == 3000
    viewer.canvas.repaint()


def test_a_broken_picture_says_so_and_is_passed(hub: DatasetViewModel, viewer: ViewerMode, qtbot: QtBot) -> None:
    hub.select(["10.png"])
    hub.thumbnails.pixmap("10.png")
    hub.thumbnails.pump()
    viewer.refresh()
    assert viewer._facts.text() == "This picture cannot be read."
    viewer.grab()
    qtbot.keyClick(viewer, Key.Key_Left)
    assert hub.position == 8


def test_the_filmstrip_shows_neighbours_and_a_click_goes_there(
    hub: DatasetViewModel, viewer: ViewerMode, qtbot: QtBot
) -> None:
    hub.select(["4.png"])
    strip = viewer.filmstrip
    strip.grab()
    boxes = dict(strip.boxes())
    assert set(boxes) >= {1, 2, 3, 4, 5}
    assert abs(boxes[3].center().x() - strip.width() / 2) <= 1
    assert boxes[2].right() < boxes[3].left()
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=boxes[5].center())
    assert hub.position == 5
    wheel(strip, -1, QPointF(10, 10))
    assert hub.position == 6


def test_opening_another_folder_goes_back_to_the_grid(page: DatasetPage, viewer: ViewerMode, tmp_path: Path) -> None:
    page.grid.model.open_folder(pictures.folder_of(tmp_path / "other", 2))
    assert page.middle.currentWidget() is page.grid


@pytest.fixture
def compare(page: DatasetPage, hub: DatasetViewModel, qtbot: QtBot) -> CompareMode:
    hub.select(["1.png", "2.png", "3.png"], "2.png")
    qtbot.keyClick(page.grid, Key.Key_C)
    shown = page.middle.currentWidget()
    assert isinstance(shown, CompareMode)
    return shown


def test_pictures_are_magnified_and_moved_together(compare: CompareMode) -> None:
    assert len(compare.panes) == 3
    assert all("#dc1e1e" in colours(pane.canvas) for pane in compare.panes)
    wheel(compare.panes[0].canvas, 8, QPointF(30, 30))
    compare.panes[0].canvas.move_by(-20, -10)
    zooms = {(round(pane.canvas.zoom.x, 6), round(pane.canvas.zoom.times, 6)) for pane in compare.panes}
    assert len(zooms) == 1
    assert not compare.panes[2].canvas.zoom.fits


def test_keys_judge_the_one_in_front(
    page: DatasetPage, hub: DatasetViewModel, compare: CompareMode, qtbot: QtBot
) -> None:
    assert [pane.property("front") for pane in compare.panes] == [False, True, False]
    qtbot.keyClick(compare, Key.Key_Right)
    qtbot.keyClick(compare, Key.Key_X)
    qtbot.keyClick(compare, Key.Key_Right)
    qtbot.keyClick(compare, Key.Key_3)
    qtbot.mouseClick(compare.panes[1].canvas, Qt.MouseButton.LeftButton)
    qtbot.keyClick(compare, Key.Key_U)
    items = list(hub.library or ())[:3]
    assert [(item.verdict, item.stars) for item in items] == [("", 3), ("unsure", 0), ("reject", 0)]
    assert compare.panes[2].judging.verdicts["reject"].isChecked()
    compare.panes[0].judging.verdicts["keep"].click()
    qtbot.keyClick(compare, Key.Key_Return)
    assert [item.verdict for item in hub.library or ()][:3] == ["reject", "keep", "reject"]
    qtbot.keyClick(compare, Key.Key_Escape)
    assert page.middle.currentWidget() is page.grid
    assert len(hub.selected) == 3


def test_with_one_picture_alone_there_is_nothing_to_compare(
    page: DatasetPage, hub: DatasetViewModel, qtbot: QtBot
) -> None:
    hub.show(["4.png"])
    qtbot.keyClick(page.grid, Key.Key_C)
    assert page.middle.currentWidget() is page.grid
