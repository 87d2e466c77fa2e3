"""Cropping, masks and automatic crops as a person does them: by mouse, by keys, and back again."""

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loraferry.library.shapes import Crop, Turn
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset import autocrop_review, crop_view, mask_view
from loraferry.views.dataset.autocrop_review import AutocropReview
from loraferry.views.dataset.crop_marks import handle_point
from loraferry.views.dataset.crop_view import CropView
from loraferry.views.dataset.mask_view import MaskView
from loraferry.views.dataset.turned_picture import Copies, small_copy, turning
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.portraits import SHARED_MODEL, portrait
from tests.fakes.studio import make_studio

needs_model = pytest.mark.skipif(
    not SHARED_MODEL.is_file() or importlib.util.find_spec("onnxruntime") is None, reason="needs the model of YuNet"
)
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
PLAIN, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def studio(tmp_path: Path, qapp: QApplication) -> Iterator[Studio]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    portrait((1200, 900), ((600, 380, 150),)).save(folder / "1.png")
    pictures.plain(folder / "2.png", (800, 600), 120)
    made = make_studio(tmp_path, InlineRunner())
    if SHARED_MODEL.is_file():
        models = made.dataset.places.data / "local models"
        models.mkdir(parents=True)
        shutil.copy(SHARED_MODEL, models)
    config = made.plan.config
    made.plan.set_config(config.replace(dataset=config.dataset.replace(resolution=512)))
    made.dataset.open_folder(folder)
    yield made
    made.dataset.close()


def shown(qtbot: QtBot, view: QWidget) -> None:
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    qtbot.waitExposed(view)


@pytest.fixture
def crop(studio: Studio, qtbot: QtBot, english: object) -> CropView:
    view = crop_view.build(studio)
    assert isinstance(view, CropView)
    shown(qtbot, view)
    return view


@pytest.fixture
def mask(studio: Studio, qtbot: QtBot, english: object) -> MaskView:
    view = mask_view.build(studio)
    assert isinstance(view, MaskView)
    shown(qtbot, view)
    return view


@pytest.fixture
def review(studio: Studio, qtbot: QtBot, english: object) -> AutocropReview:
    view = autocrop_review.build(studio)
    assert isinstance(view, AutocropReview)
    shown(qtbot, view)
    return view


def drag(
    widget: QWidget,
    start: QPointF,
    end: QPointF,
    button: Qt.MouseButton = LEFT,
    keys: Qt.KeyboardModifier = PLAIN,
    *,
    let_go: bool = True,
) -> None:
    steps = [start + (end - start) * (step / 4) for step in range(5)]
    send(widget, QEvent.Type.MouseButtonPress, start, button, button, keys)
    for point in steps[1:]:
        send(widget, QEvent.Type.MouseMove, point, Qt.MouseButton.NoButton, button, keys)
    if let_go:
        send(widget, QEvent.Type.MouseButtonRelease, end, button, Qt.MouseButton.NoButton, keys)


def send(
    widget: QWidget,
    kind: QEvent.Type,
    at: QPointF,
    button: Qt.MouseButton,
    held: Qt.MouseButton,
    keys: Qt.KeyboardModifier = PLAIN,
) -> None:
    event = QMouseEvent(kind, at, QPointF(widget.mapToGlobal(at.toPoint())), button, held, keys)
    QApplication.sendEvent(widget, event)


def wheel(widget: QWidget, at: QPointF, turns: int, keys: Qt.KeyboardModifier = PLAIN) -> None:
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120 * turns), Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(widget, event)


def kept(studio: Studio, name: str = "1.png") -> tuple[Crop, ...]:
    assert studio.dataset.library is not None
    item = studio.dataset.library.item(name)
    assert item is not None
    return item.crops


# --- the crop view


def test_a_crop_is_drawn_moved_and_resized_by_the_mouse(crop: CropView, studio: Studio) -> None:
    canvas, desk = crop.canvas, crop._model.desk
    crop.panel.shapes.chosen.emit("free")
    whole = canvas.whole()
    start, end = whole.topLeft() + QPointF(60, 50), whole.center()
    drag(canvas, start, end)
    (drawn,) = kept(studio)
    scale = canvas.placed().scale
    assert abs(drawn.left - 60 / scale) <= 1 and abs(drawn.top - 50 / scale) <= 1
    assert abs(drawn.left + drawn.width - 600) <= 1 and abs(drawn.top + drawn.height - 450) <= 1
    frame = canvas.frame_of(drawn)
    drag(canvas, frame.center(), frame.center() + QPointF(40, 30))
    (moved,) = kept(studio)
    assert (moved.width, moved.height) == (drawn.width, drawn.height)
    assert abs(moved.left - drawn.left - 40 / scale) <= 1
    corner = handle_point(canvas.frame_of(moved), "se")
    drag(canvas, corner, corner + QPointF(50, 0))
    (wider,) = kept(studio)
    assert (wider.left, wider.top) == (moved.left, moved.top)
    assert abs(wider.width - moved.width - 50 / scale) <= 2 and wider.height == moved.height
    assert desk.crop == wider


def test_a_crop_snaps_to_the_trainings_buckets_and_says_its_true_pixels(crop: CropView, studio: Studio) -> None:
    canvas = crop.canvas
    drag(canvas, canvas.whole().topLeft() + QPointF(20, 20), canvas.whole().bottomRight() - QPointF(40, 20))
    trained = crop._model.desk.trained()
    assert trained is not None and trained.whole and not trained.small
    width, height = trained.bucket
    assert f"Trained as {width} × {height}" in crop.panel.preview.words
    assert "more pixels than needed" in crop.panel.preview.words
    assert crop._label(0, kept(studio)[0]).startswith(f"{width} × {height}")
    crop.panel.shapes.chosen.emit("free")
    crop._model.desk.place(Crop(0, 0, 300, 200))
    assert "Too small for" in crop.panel.preview.words
    assert crop._label(0, kept(studio)[0]).startswith("⚠")


def test_keys_move_resize_add_double_and_delete(crop: CropView, studio: Studio, qtbot: QtBot) -> None:
    canvas = crop.canvas
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_N)
    (first,) = kept(studio)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, ALT)
    (moved,) = kept(studio)
    assert (moved.left, moved.top) == (first.left - 1, first.top + 10)
    qtbot.keyClick(canvas, Qt.Key.Key_Left, SHIFT)
    assert kept(studio)[0].width < moved.width
    qtbot.keyClick(canvas, Qt.Key.Key_D, CTRL)
    assert len(kept(studio)) == 2
    assert crop._model.desk.chosen == 1
    qtbot.keyClick(canvas, Qt.Key.Key_Comma)
    assert crop._model.desk.chosen == 0
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert len(kept(studio)) == 1
    qtbot.keyClick(canvas, Qt.Key.Key_BracketRight)
    qtbot.keyClick(canvas, Qt.Key.Key_F)
    assert studio.dataset.current is not None
    assert studio.dataset.current.turn == Turn(1, True)
    while studio.dataset.can_undo:
        studio.dataset.undo()
    assert kept(studio) == () and crop._model.desk.crops == ()


def test_escape_gives_up_a_drag_then_the_zoom_then_the_view(crop: CropView, studio: Studio, qtbot: QtBot) -> None:
    canvas = crop.canvas
    left: list[bool] = []
    crop.left.connect(lambda: left.append(True))
    qtbot.keyClick(canvas, Qt.Key.Key_N)
    before = kept(studio)
    frame = canvas.frame_of(before[0])
    wheel(canvas, frame.center(), 2)
    assert canvas.magnified
    drag(canvas, frame.center(), frame.center() + QPointF(30, 30), let_go=False)
    assert crop._model.desk.crops != before
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert crop._model.desk.crops == before == kept(studio)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.magnified and not left
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert left == [True]


def test_the_wheel_zooms_around_the_pointer_and_the_middle_button_pans(crop: CropView) -> None:
    canvas = crop.canvas
    at = canvas.whole().topLeft() + QPointF(100, 120)
    before = canvas.on_picture(at)
    wheel(canvas, at, 4)
    after = canvas.on_picture(at)
    assert canvas.magnified
    assert abs(before[0] - after[0]) < 2 and abs(before[1] - after[1]) < 2
    drag(canvas, canvas.rect().center().toPointF(), canvas.rect().center().toPointF() - QPointF(60, 40), MIDDLE)
    assert canvas.on_picture(at)[0] > after[0] + 10
    assert crop._model.desk.crops == ()


def test_a_click_chooses_the_smallest_crop_below_it(crop: CropView, studio: Studio) -> None:
    crop.panel.shapes.chosen.emit("free")
    desk = crop._model.desk
    desk.add(Crop(300, 200, 200, 200))
    desk.add(Crop(100, 100, 800, 700))
    assert desk.chosen == 1
    inside = crop.canvas.frame_of(Crop(300, 200, 200, 200)).center()
    drag(crop.canvas, inside, inside)
    assert desk.chosen == 0
    assert len(kept(studio)) == 2


def test_the_panel_shows_and_sets_exact_numbers(crop: CropView, studio: Studio) -> None:
    crop.panel.shapes.chosen.emit("free")
    crop._model.desk.add(Crop(10, 20, 640, 512))
    assert [spin.value() for spin in crop.panel.numbers] == [10, 20, 640, 512]
    crop.panel.numbers[0].setValue(77)
    assert kept(studio) == (Crop(77, 20, 640, 512),)
    assert crop.panel.crops.count() == 1
    assert "640 × 512" in crop.panel.crops.item(0).text()
    crop.panel.delete.click()
    assert kept(studio) == ()
    assert not crop.panel.numbers[0].isEnabled()


def test_a_ratio_of_ones_own_can_be_typed(crop: CropView, studio: Studio, qtbot: QtBot) -> None:
    crop._model.desk.add()
    crop.panel.shapes.chosen.emit("ratio")
    line = crop.panel.ratio.lineEdit()
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, "7:5")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    (cut,) = kept(studio)
    assert cut.width / cut.height == pytest.approx(7 / 5, abs=0.01)


def test_straightening_by_slider_is_one_step_with_a_grid_meanwhile(crop: CropView, studio: Studio) -> None:
    slider = crop.panel.slider
    slider.setSliderDown(True)
    for value in (10, 35, 62):
        slider.setValue(value)
    assert crop._model.desk.straightening
    plain = crop.canvas.grab().toImage()
    assert studio.dataset.current is not None and studio.dataset.current.turn == Turn()
    slider.setSliderDown(False)
    assert studio.dataset.current.turn == Turn(0, False, 6.2)
    assert not crop._model.desk.straightening
    assert crop.canvas.grab().toImage() != plain, "the grid is gone"
    studio.dataset.undo()
    assert studio.dataset.current.turn == Turn()
    assert slider.value() == 0


def test_the_outside_is_darkened_and_the_inside_is_not(crop: CropView) -> None:
    crop.panel.shapes.chosen.emit("free")
    crop._model.desk.add(Crop(400, 200, 400, 400))
    seen = crop.canvas.grab().toImage()
    inside = crop.canvas.frame_of(Crop(600, 330, 1, 1)).topLeft().toPoint()
    outside = crop.canvas.frame_of(Crop(100, 100, 1, 1)).topLeft().toPoint()
    assert seen.pixelColor(outside).lightness() < 80 < seen.pixelColor(inside).lightness()


@pytest.mark.parametrize("turn", [Turn(), Turn(1), Turn(2, True), Turn(3, True, 5.0), Turn(0, False, -12.0)])
def test_the_preview_shows_what_lies_in_the_crop(qapp: QApplication, turn: Turn) -> None:
    """A red spot is followed by the painter's geometry to where the library's says that it lies."""
    from PySide6.QtGui import QImage, QPainter

    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.fillRect(140, 80, 20, 20, QColor("red"))
    painter.end()
    spot = turning((600, 400), turn).map(QPointF(300, 180))
    part = (spot.x() - 10, spot.y() - 10, spot.x() + 10, spot.y() + 10)
    assert small_copy(Copies(image), (600, 400), turn, part, (20, 20)).pixelColor(10, 10) == QColor("red")
    beside = (spot.x() + 40, spot.y() + 40, spot.x() + 60, spot.y() + 60)
    assert small_copy(Copies(image), (600, 400), turn, beside, (20, 20)).pixelColor(10, 10) == QColor("white")


def test_a_broken_picture_says_so_instead(crop: CropView, studio: Studio) -> None:
    assert studio.dataset.library is not None
    (studio.dataset.library.folder / "2.png").write_bytes(b"no picture")
    studio.dataset.step(1)
    assert crop._trouble.isVisible() and "2.png" in crop._trouble.text()
    assert not crop.suggest.isEnabled()
    studio.dataset.step(-1)
    assert not crop._trouble.isVisible()


@needs_model
def test_a_crop_is_suggested_from_the_face(crop: CropView, studio: Studio) -> None:
    crop._goals["head"].trigger()
    (found,) = kept(studio)
    assert found.left < 525 and found.left + found.width > 675
    assert found.top < 280 and found.top + found.height > 478
    assert found.width < 900


# --- the mask view


def test_a_stroke_is_one_edit_that_can_be_undone(mask: MaskView, studio: Studio) -> None:
    canvas = mask.canvas
    whole = canvas.whole()
    canvas.colours.size = 100
    drag(canvas, whole.center() - QPointF(100, 0), whole.center() + QPointF(100, 0))
    item = studio.dataset.current
    assert item is not None and item.mask
    first = item.mask
    assert mask._model.mask is not None
    assert mask._model.mask[450, 600] == 255 and mask._model.mask[100, 100] == 0
    assert "is learned" in mask._share.text()
    drag(canvas, whole.center(), whole.center() + QPointF(0, 60), RIGHT)
    assert mask._model.mask[450, 600] == 0, "the right button takes away"
    studio.dataset.undo()
    assert studio.dataset.current is not None and studio.dataset.current.mask == first
    assert mask._model.mask is not None and mask._model.mask[450, 600] == 255
    studio.dataset.undo()
    assert mask._model.mask is None
    assert mask._share.text() == "No mask"
    studio.dataset.redo()
    assert mask._model.mask is not None and mask._model.mask[450, 600] == 255


def test_what_is_left_out_lies_behind_a_veil(mask: MaskView) -> None:
    canvas = mask.canvas
    spot = canvas.on_widget(100, 100, 1, 1).topLeft().toPoint()
    before = canvas.grab().toImage().pixelColor(spot)
    mask._model.box((400, 300), (800, 700))
    after = canvas.grab().toImage().pixelColor(spot)
    inside = canvas.on_widget(600, 500, 1, 1).topLeft().toPoint()
    assert after != before
    mask.sliders["opacity"].slider.setValue(0)
    assert canvas.grab().toImage().pixelColor(spot) == before
    assert canvas.grab().toImage().pixelColor(inside).isValid()


def test_fill_box_invert_and_remove(mask: MaskView, studio: Studio, qtbot: QtBot) -> None:
    studio.dataset.step(1)
    canvas = mask.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_G)
    assert canvas.colours.tool == "fill"
    place = canvas.on_widget(60, 60, 1, 1).topLeft()
    drag(canvas, place, place)
    assert mask._model.mask is not None
    assert mask._model.mask[10, 10] == 255 and mask._model.mask[10, 700] == 0
    qtbot.keyClick(canvas, Qt.Key.Key_R)
    qtbot.keyClick(canvas, Qt.Key.Key_E)
    corner, end = canvas.on_widget(0, 0, 1, 1).topLeft(), canvas.on_widget(50, 50, 1, 1).topLeft()
    drag(canvas, corner, end)
    assert mask._model.mask[10, 10] == 0
    before = mask._model.mask.copy()
    mask.invert.click()
    assert (mask._model.mask == 255 - before).all()
    mask.clear.click()
    assert studio.dataset.current is not None and studio.dataset.current.mask == ""
    assert not mask.clear.isEnabled()
    studio.dataset.undo()
    assert mask._model.mask is not None


def test_escape_gives_a_stroke_up(mask: MaskView, studio: Studio, qtbot: QtBot) -> None:
    centre = mask.canvas.whole().center()
    drag(mask.canvas, centre, centre + QPointF(50, 0), let_go=False)
    assert mask._model.mask is not None
    qtbot.keyClick(mask.canvas, Qt.Key.Key_Escape)
    assert mask._model.mask is None
    send(mask.canvas, QEvent.Type.MouseButtonRelease, centre, LEFT, Qt.MouseButton.NoButton)
    assert studio.dataset.current is not None and studio.dataset.current.mask == ""


def test_masks_stay_with_their_pictures(mask: MaskView, studio: Studio) -> None:
    mask._model.box((0, 0), (600, 900))
    studio.dataset.step(1)
    assert mask._model.mask is None and mask._model.size == (800, 600)
    studio.dataset.step(-1)
    assert mask._model.mask is not None
    assert mask._model.share == pytest.approx(0.5, abs=0.01)


def test_the_view_says_when_the_plan_makes_no_use_of_masks(mask: MaskView, studio: Studio) -> None:
    assert mask._unused.isVisible()
    mask._use.click()
    assert studio.plan.config.dataset.masked
    assert not mask._unused.isVisible()


def test_the_wheel_with_ctrl_sizes_the_brush(mask: MaskView) -> None:
    before = mask.canvas.colours.size
    wheel(mask.canvas, mask.canvas.whole().center(), 2, CTRL)
    assert mask.canvas.colours.size > before
    assert not mask.canvas.magnified
    mask.sliders["size"].slider.setValue(0)
    assert mask.canvas.colours.size == 2


@needs_model
def test_the_detector_masks_the_head(mask: MaskView, studio: Studio) -> None:
    mask._forms["ellipse"].trigger()
    found = mask._model.mask
    assert found is not None
    assert found[380, 600] == 255 and found[100, 100] == 0 and found[850, 600] == 0
    heard: list[str] = []
    studio.dataset.problem_found.connect(lambda problem: heard.append(problem.code))
    studio.dataset.step(1)
    mask._forms["box"].trigger()
    assert heard == ["no_face_found"]
    mask.alpha.click()
    assert heard == ["no_face_found", "no_transparency"]
    assert mask._model.mask is None


def test_a_detector_that_was_downloaded_elsewhere_can_be_chosen(mask: MaskView, studio: Studio, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"no model")
    heard: list[str] = []
    studio.dataset.problem_found.connect(lambda problem: heard.append(problem.code))
    studio.prompter.answers = [wrong, None]  # type: ignore[attr-defined]
    action = mask.faces.menu().actions()[-1]
    action.trigger()
    assert heard == ["local_model_corrupt"]
    action.trigger()
    assert heard == ["local_model_corrupt"], "nothing was chosen"


# --- automatic crops


@needs_model
def test_crops_are_reviewed_and_taken_over_in_one_step(review: AutocropReview, studio: Studio, qtbot: QtBot) -> None:
    review.look.click()
    assert [row.name for row in review._auto.rows] == ["1.png", "2.png"]
    assert review._auto.rows[0].proposal.reason == "faces"
    assert review.take.text() == "Take over: 2"
    before = review._auto.rows[0].crop
    review.goals.chosen.emit("head")
    assert review._auto.rows[0].crop != before
    review.list.setCurrentIndex(review.list.model().index(1, 0))
    qtbot.keyClick(review.list, Qt.Key.Key_Space)
    assert not review._auto.rows[1].accepted
    assert review.take.text() == "Take over: 1"
    qtbot.keyClick(review.list, Qt.Key.Key_Space)
    review.desk.nudge(-3, 0)
    adjusted = review._auto.rows[1]
    assert adjusted.adjusted and adjusted.accepted
    review.goals.chosen.emit("upper")
    assert review._auto.rows[1].crop == adjusted.crop, "what a person has put elsewhere stays"
    wanted = {row.name: (row.crop,) for row in review._auto.rows}
    left: list[bool] = []
    review.left.connect(lambda: left.append(True))
    review.take.click()
    assert left == [True]
    assert {name: kept(studio, name) for name in wanted} == wanted
    studio.dataset.undo()
    assert kept(studio, "1.png") == kept(studio, "2.png") == ()


def test_pictures_with_crops_are_skipped_unless_asked_and_broken_ones_are_told(
    review: AutocropReview, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loraferry.library.edits import Edit

    studio.dataset.apply(Edit("crop", {"crops": {"1.png": (Crop(0, 0, 512, 512),)}}))
    assert studio.dataset.library is not None
    (studio.dataset.library.folder / "2.png").write_bytes(b"")
    heard: list[str] = []
    studio.dataset.problem_found.connect(lambda problem: heard.append(problem.code))
    review.look.click()
    (row,) = review._auto.rows
    assert row.name == "1.png" and not row.accepted and row.replaces == 1
    assert heard[-1] == "image_empty"
    assert review._auto.failed == 1
    assert not review.take.isEnabled()
    review.all.click()
    review.take.click()
    assert kept(studio) == (row.crop,)


def test_without_a_detector_what_stands_out_counts_and_the_reason_is_told(
    review: AutocropReview, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loraferry.library.faces import FaceDetector
    from loraferry_core.problems import fail

    def missing() -> None:
        raise fail("faces_runtime_missing")

    monkeypatch.setattr(FaceDetector, "check_runtime", staticmethod(missing))
    heard: list[str] = []
    studio.dataset.problem_found.connect(lambda problem: heard.append(problem.code))
    review.look.click()
    assert heard == ["faces_runtime_missing"]
    assert {row.proposal.reason for row in review._auto.rows} <= {"salient", "middle"}
    assert len(review._auto.rows) == 2


def test_a_picture_that_was_turned_meanwhile_keeps_its_crops(review: AutocropReview, studio: Studio) -> None:
    from loraferry.library.edits import Edit

    review.look.click()
    studio.dataset.apply(Edit("turn", {"turn": {"1.png": Turn(1)}}))
    review.take.click()
    assert kept(studio, "1.png") == ()
    assert len(kept(studio, "2.png")) == 1


def test_the_tick_of_a_tile_can_be_clicked(review: AutocropReview, qtbot: QtBot) -> None:
    from loraferry.views.dataset.proposals import sign_place

    review.look.click()
    tile = review.list.visualRect(review.list.model().index(0, 0))
    qtbot.mouseClick(
        review.list.viewport(), LEFT, pos=sign_place(tile, review._auto.rows[0].subject.size).center().toPoint()
    )
    assert not review._auto.rows[0].accepted
    assert review.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole).endswith("skipped")
