"""The grid of pictures: mouse, keys, rubber band, drags, what moves and what stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraferry.library.concepts import Concept
from loraferry.library.edits import Edit
from loraferry.library.shapes import Crop, Turn
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_look import GridLook
from loraferry.views.dataset.drags import caption_data, caption_in, pictures_data, pictures_in, tags_data
from loraferry.views.dataset.grid import PictureGrid
from loraferry.views.dataset.look_bar import LookBar
from loraferry.views.theme import Theme, load_tokens
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio

COUNT = 40
Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def grid(qtbot: QtBot, tmp_path: Path, dressed: Theme) -> Iterator[PictureGrid]:
    folder = tmp_path / "图片"
    for number in range(1, COUNT + 1):
        size = ((96, 64), (64, 96), (64, 64), (120, 60))[number % 4]
        pictures.plain(folder / f"{number}.png", size, hue=number * 37, caption=f"a picture {number}")
    studio = make_studio(tmp_path, InlineRunner())
    made = PictureGrid(studio.dataset, GridLook(studio.settings))
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    qtbot.waitExposed(made)
    studio.dataset.open_folder(folder)
    settle(qtbot, made)
    yield made
    studio.dataset.close()


def settle(qtbot: QtBot, grid: PictureGrid) -> None:
    """Until all that is seen is there, and no layout is due."""

    def done() -> bool:
        grid.viewport().repaint()
        model = grid.model
        return not (grid._settling.isActive() or grid._catching_up.isActive() or model.thumbnails.busy)

    qtbot.waitUntil(done, timeout=10_000)


def click(qtbot: QtBot, grid: PictureGrid, row: int, modifier: Modifier = Modifier.NoModifier) -> None:
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifier, grid.cell_rect(row).center())


def drag(qtbot: QtBot, grid: PictureGrid, start: QPoint, end: QPoint, modifier: Modifier = Modifier.NoModifier) -> None:
    view = grid.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, modifier, start)
    for step in (0.3, 0.6, 1.0):
        at = start + (end - start) * step
        qtbot.mouseMove(view, at)
        # The offscreen platform moves the pointer without saying that the button is down.
        grid._gestures.move(moved(at))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, end)


def moved(at: QPoint):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(at), QPointF(at), left, left, Modifier.NoModifier)


def drop(grid: PictureGrid, row: int, data: QMimeData) -> QDropEvent:
    at = QPointF(grid.cell_rect(row).center()) if row >= 0 else QPointF(2, 2)
    held = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Modifier.NoModifier)
    # Without having come in, a drag is dropped nowhere.
    QApplication.sendEvent(grid.viewport(), QDragEnterEvent(at.toPoint(), *held))
    event = QDropEvent(at, *held)
    QApplication.sendEvent(grid.viewport(), event)
    return event


def test_rows_follow_the_shapes_of_the_pictures(grid: PictureGrid) -> None:
    shapes = [round(box.width() / box.height(), 1) for box in map(grid.cell_rect, range(4))]
    assert shapes == pytest.approx([0.7, 1.0, 2.0, 1.5], abs=0.11)
    assert grid.verticalScrollBar().maximum() > 0


def test_mouse_and_modifiers_choose(grid: PictureGrid, qtbot: QtBot) -> None:
    click(qtbot, grid, 2)
    assert grid.model.selected == ("3.png",)
    click(qtbot, grid, 5, Modifier.ShiftModifier)
    assert grid.model.selected == ("3.png", "4.png", "5.png", "6.png")
    assert grid.model.current is not None
    assert grid.model.current.name == "6.png"
    click(qtbot, grid, 3, Modifier.ControlModifier)
    assert grid.model.selected == ("3.png", "5.png", "6.png")
    # A click on one of the chosen chooses it alone, but only when the button is let go: it might have been a drag.
    view, at = grid.viewport(), grid.cell_rect(2).center()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    assert len(grid.model.selected) == 3
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at)
    assert grid.model.selected == ("3.png",)


def test_a_rubber_band_chooses(grid: PictureGrid, qtbot: QtBot) -> None:
    end = grid.cell_rect(1).center()
    drag(qtbot, grid, QPoint(1, 1), end)
    assert grid.choice.rows == {0, 1}
    start = grid.cell_rect(3).center()
    drag(qtbot, grid, start, start + QPoint(20, 20), Modifier.ControlModifier)
    assert grid.choice.rows == {0, 1, 3}
    assert grid._gestures._band is None


def test_arrows_go_by_place_and_shift_extends(grid: PictureGrid, qtbot: QtBot) -> None:
    qtbot.keyClick(grid, Key.Key_Right)
    assert grid.choice.current == 1
    below = grid.rows.cells(1)
    middle = grid.rows.cell(1).left + grid.rows.cell(1).width / 2
    nearest = min(below, key=lambda cell: abs(cell.left + cell.width / 2 - middle)).index
    qtbot.keyClick(grid, Key.Key_Down)
    assert grid.choice.current == nearest
    qtbot.keyClick(grid, Key.Key_Up)
    assert grid.choice.current == 1
    qtbot.keyClick(grid, Key.Key_Right, Modifier.ShiftModifier)
    assert grid.model.selected == ("2.png", "3.png")
    qtbot.keyClick(grid, Key.Key_End)
    assert grid.model.selected == (f"{COUNT}.png",)
    assert grid.viewport().rect().contains(grid.cell_rect(COUNT - 1))
    qtbot.keyClick(grid, Key.Key_PageUp)
    assert 0 < grid.choice.current < COUNT - 4
    qtbot.keyClick(grid, Key.Key_Home)
    assert grid.choice.current == 0
    assert grid.verticalScrollBar().value() <= grid.rows.cell(0).top + 8
    qtbot.keyClick(grid, Key.Key_Left)
    assert grid.choice.current == 0


def test_verdicts_and_stars_by_key(grid: PictureGrid, qtbot: QtBot) -> None:
    def now() -> tuple[str, str, int]:
        item = grid.model.current
        assert item is not None
        return item.name, item.verdict, item.stars

    for key, verdict in ((Key.Key_K, "keep"), (Key.Key_U, "unsure"), (Key.Key_X, "reject"), (Key.Key_X, "")):
        qtbot.keyClick(grid, key)
        assert now() == ("1.png", verdict, 0)
    qtbot.keyClick(grid, Key.Key_4)
    assert now() == ("1.png", "", 4)
    qtbot.keyClick(grid, Key.Key_0)
    assert now() == ("1.png", "", 0)
    grid.look.move_on(True)
    qtbot.keyClick(grid, Key.Key_K)
    assert now() == ("2.png", "", 0)
    grid.select_all()
    qtbot.keyClick(grid, Key.Key_K)
    assert grid.model.counts.kept == COUNT
    assert len(grid.model.selected) == COUNT


def test_other_keys_ask_for_views(grid: PictureGrid, qtbot: QtBot) -> None:
    for key, signal in (
        (Key.Key_Return, grid.viewer_requested),
        (Key.Key_F2, grid.edit_requested),
        (Key.Key_C, grid.compare_requested),
    ):
        with qtbot.waitSignal(signal):
            qtbot.keyClick(grid, key)
    with qtbot.waitSignal(grid.viewer_requested):
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.cell_rect(1).center())
    qtbot.keyClick(grid, Key.Key_A, Modifier.ControlModifier)
    assert len(grid.model.selected) == COUNT


def test_size_by_keys_wheel_and_slider(grid: PictureGrid, qtbot: QtBot) -> None:
    bar = LookBar(grid.look)
    qtbot.addWidget(bar)
    height = grid.rows.total_height
    qtbot.keyClick(grid, Key.Key_Plus)
    qtbot.keyClick(grid, Key.Key_Plus)
    assert grid.rows.total_height > height
    assert bar.size_slider.value() == grid.look.height > 160
    at = QPointF(50, 50)
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton, Modifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(grid.viewport(), wheel)
    assert grid.look.height == pytest.approx(160, abs=2)
    bar.size_slider.setValue(300)
    assert grid.look.height == 300
    bar.captions.click()
    assert grid.look.captions
    qtbot.keyClick(grid, Key.Key_T)
    assert not bar.captions.isChecked()


def test_what_is_looked_at_stays_when_sizes_change(grid: PictureGrid, qtbot: QtBot) -> None:
    grid.model.select(["30.png"])
    grid.verticalScrollBar().setValue(grid.rows.cell(29).top - 100)
    before = grid.cell_rect(29).top()
    # Pictures far above become as wide as they can: rows above grow more.
    edit = Edit("turn", {"turn": {f"{number}.png": Turn(1) for number in range(1, 20)}})
    grid.model.apply(edit)
    qtbot.waitUntil(lambda: not grid._catching_up.isActive(), timeout=5000)
    assert grid.cell_rect(29).top() == before
    grid.resize(560, 500)
    assert grid.cell_rect(29).top() == before
    grid.model.show([f"{number}.png" for number in range(5, COUNT + 1)])
    assert grid.cell_rect(grid.model.position).top() == before


def test_a_filter_keeps_the_choice_and_other_folders_start_at_the_top(grid: PictureGrid, tmp_path: Path) -> None:
    grid.model.select(["30.png", "31.png"], "31.png")
    grid.model.show(["31.png", "2.png", "30.png"])
    assert grid.choice.rows == {0, 2}
    assert grid.choice.current == 0
    grid.model.show(None)
    assert grid.choice.rows == {29, 30}
    grid.verticalScrollBar().setValue(300)
    grid.model.open_folder(pictures.folder_of(tmp_path / "other", 30))
    assert grid.verticalScrollBar().value() == 0
    assert grid.choice.rows == {0}
    grid.model.show([])
    grid.viewport().repaint()
    assert grid.choice.rows == set()


def test_tags_and_captions_dropped_on_pictures(grid: PictureGrid, qtbot: QtBot) -> None:
    grid.model.select(["1.png", "2.png"])
    told: list[object] = []
    grid.tags_dropped.connect(lambda names, tags: told.append((names, tags)))
    grid.caption_dropped.connect(lambda names, caption: told.append((names, caption)))
    drop(grid, 1, tags_data(["smile"]))
    drop(grid, 4, tags_data(["smile"]))
    drop(grid, 3, caption_data("1.png", "a fox"))
    drop(grid, -1, tags_data(["smile"]))
    assert told == [(("1.png", "2.png"), ("smile",)), (("5.png",), ("smile",)), (("4.png",), "a fox")]
    assert grid._target == -1


def test_what_is_dragged_out(grid: PictureGrid, qtbot: QtBot) -> None:
    grid.look.show_captions(True)
    grid.model.select(["1.png", "3.png"], "1.png")
    view, gestures = grid.viewport(), grid._gestures
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=grid.cell_rect(2).center())
    assert pictures_in(gestures.data()) == ("1.png", "3.png")
    assert not gestures._picture().isNull()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=grid.cell_rect(2).center())
    below = grid.cell_rect(1).bottomLeft() + QPoint(10, 12)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=below)
    assert caption_in(gestures.data()) == ("2.png", "a picture 2")
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=below)


def test_pictures_are_no_drop_for_the_grid_itself(grid: PictureGrid) -> None:
    drop(grid, 3, pictures_data(["1.png"]))
    assert grid.model.library is not None
    assert [item.concept for item in grid.model.library][:4] == [""] * 4


def test_signs_are_painted_for_all_that_was_decided(grid: PictureGrid, qtbot: QtBot) -> None:
    model = grid.model
    settle(qtbot, grid)
    plain = grid.viewport().grab(grid.cell_rect(3)).toImage()
    model.select(["1.png"])
    model.apply(Edit("concepts", project={"concepts": (Concept("a", "Zorblax", 2),)}))
    model.apply(
        Edit(
            "crop",
            {
                "crops": {"4.png": (Crop(0, 0, 9, 9), Crop(1, 1, 9, 9))},
                "mask": {"4.png": "0" * 64},
                "verdict": {"4.png": "unsure"},
                "stars": {"4.png": 3},
                "concept": {"4.png": "a"},
            },
        )
    )
    settle(qtbot, grid)
    signed = grid.viewport().grab(grid.cell_rect(3)).toImage()
    assert signed != plain
    colours = {signed.pixelColor(x, y).name() for x in range(signed.width()) for y in range(signed.height())}
    tokens = load_tokens("dark")
    assert {tokens.warning, tokens.concepts[2], tokens.text} <= colours


def test_a_screen_reader_hears_what_the_current_picture_is(grid: PictureGrid) -> None:
    grid.model.select(["2.png"])
    grid.model.give_stars(3)
    grid.model.toggle("keep")
    assert grid.accessibleName() == "Pictures"
    assert grid.accessibleDescription() == f"2.png, 2 of {COUNT}, kept, stars: 3, a picture 2"


def test_a_very_long_list_costs_only_what_is_seen(grid: PictureGrid) -> None:
    model: DatasetViewModel = grid.model
    asked: list[int] = []
    real = model.grid.pixmap
    model.grid.pixmap = lambda row, edge=0: asked.append(row) or real(row, edge)  # type: ignore[func-returns-value, method-assign]
    model.show([f"{number % COUNT + 1}.png" for number in range(50_000)])
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    asked.clear()
    grid.viewport().repaint()
    assert 0 < len(set(asked)) < 60
