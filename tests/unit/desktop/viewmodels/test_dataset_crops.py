"""Cropping as a person does it: drag, nudge, snap, turn, undo; each change one step of the history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.library.cropping import HANDLES
from loraferry.library.geometry import trained_as
from loraferry.library.shapes import UNTURNED, Crop, Turn
from loraferry.viewmodels.crop_desk import CropDesk, Target
from loraferry.viewmodels.dataset_crops import DatasetCrops
from loraferry.viewmodels.studio import Studio
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio

NAME = "1.png"


@pytest.fixture
def studio(tmp_path: Path, qapp: object) -> Iterator[Studio]:
    folder = tmp_path / "my 图片"
    for number in (1, 2):
        pictures.plain(folder / f"{number}.png", (1600, 1200), number * 40, "a picture")
    made = make_studio(tmp_path, InlineRunner())
    made.dataset.open_folder(folder)
    yield made
    made.dataset.close()


@pytest.fixture
def crops(studio: Studio) -> DatasetCrops:
    made = DatasetCrops(studio.dataset, studio.tasks, studio.plan)
    made.desk.aim(Target(512, 64))
    made.activate(True)
    return made


@pytest.fixture
def desk(qapp: object) -> CropDesk:
    made = CropDesk()
    made.aim(Target(512, 64))
    made.lay((1600, 1200), UNTURNED, ())
    return made


def kept(studio: Studio, name: str = NAME) -> tuple[Turn, tuple[Crop, ...]]:
    assert studio.dataset.library is not None
    item = studio.dataset.library.item(name)
    assert item is not None
    return item.turn, item.crops


def steps(studio: Studio) -> int:
    """How many steps there are to take back; all are taken back and done again."""
    count = 0
    while studio.dataset.can_undo:
        studio.dataset.undo()
        count += 1
    while studio.dataset.can_redo:
        studio.dataset.redo()
    return count


# --- the desk


def test_a_new_crop_has_the_shape_of_a_bucket_and_lies_inside(desk: CropDesk) -> None:
    desk.add()
    crop, trained = desk.crop, desk.trained()
    assert crop is not None and trained is not None
    assert trained.whole and not trained.small and not trained.upscaled
    assert trained.spare > 1
    assert crop.left >= 0 and crop.left + crop.width <= 1600


@pytest.mark.parametrize("handle", HANDLES)
def test_dragging_a_handle_snaps_to_buckets_and_the_other_side_stays(desk: CropDesk, handle: str) -> None:
    desk.keep_to("free")
    desk.add(Crop(400, 300, 800, 600))
    desk.keep_to("bucket")
    start = desk.crop
    assert start is not None
    seen = set()
    desk.grasp(handle)  # type: ignore[arg-type]
    for way in range(0, 240, 8):
        desk.drag(-way if "w" in handle else way, -way if "n" in handle else way)
        crop = desk.crop
        assert crop is not None
        assert trained_as((crop.width, crop.height), 512, 64).whole
        seen.add((crop.width, crop.height))
        if "w" in handle:
            assert crop.left + crop.width == start.left + start.width
        if "n" in handle:
            assert crop.top + crop.height == start.top + start.height
    assert len(seen) > 2
    desk.release()


def test_a_crop_is_never_dragged_below_its_bucket(desk: CropDesk) -> None:
    desk.add()
    desk.grasp("se")
    desk.drag(-5000, -5000)
    trained = desk.trained()
    assert trained is not None
    assert not trained.upscaled
    assert trained.spare >= 1


def test_free_crops_warn_where_they_are_too_small(desk: CropDesk) -> None:
    desk.keep_to("free")
    desk.add(Crop(10, 10, 300, 200))
    trained = desk.trained()
    assert trained is not None and trained.small
    assert desk.trained(-1) is not None and not desk.trained(-1).small  # type: ignore[union-attr]


def test_a_ratio_is_kept_while_dragging_and_taken_at_once(desk: CropDesk) -> None:
    desk.keep_to("free")
    desk.add(Crop(100, 100, 400, 200))
    desk.keep_to("ratio", (1, 1))
    assert desk.crop is not None and desk.crop.width == desk.crop.height
    desk.grasp("e")
    desk.drag(333, 0)
    assert desk.crop.width == desk.crop.height


def test_drawing_on_the_picture_makes_a_crop_in_any_direction(desk: CropDesk) -> None:
    desk.keep_to("free")
    for dx, dy in ((300, 200), (-300, 200), (300, -200), (-300, -200)):
        desk.lay((1600, 1200), UNTURNED, ())
        desk.grasp("draw", (800, 600))
        desk.drag(dx, dy)
        desk.release()
        crop = desk.crop
        assert crop is not None
        assert abs(crop.width - 300) <= 1 and abs(crop.height - 200) <= 1
        assert crop.left in (500, 501, 800) and crop.top in (400, 401, 600)


def test_letting_be_brings_everything_back(desk: CropDesk) -> None:
    desk.add()
    before = desk.crops
    heard: list[bool] = []
    desk.settled.connect(heard.append)
    desk.grasp("move")
    desk.drag(50, 50)
    assert desk.crops != before
    desk.let_be()
    assert desk.crops == before
    desk.straighten(5, dragging=True)
    desk.let_be()
    assert (desk.turn, desk.crops) == (UNTURNED, before)
    assert heard == []


def test_keys_move_by_pixels_and_grow_to_the_next_bucket_shape(desk: CropDesk) -> None:
    desk.add()
    crop = desk.crop
    assert crop is not None
    desk.nudge(-1, 0)
    desk.nudge(0, 10)
    assert desk.crop == Crop(crop.left - 1, crop.top + 10, crop.width, crop.height)
    desk.nudge(-5000, -5000)
    assert desk.crop == Crop(0, 0, crop.width, crop.height)
    for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        before = desk.crop
        desk.grow(dx, dy)
        assert desk.crop is not None and before is not None
        assert (desk.crop.width, desk.crop.height) != (before.width, before.height)
        assert trained_as((desk.crop.width, desk.crop.height), 512, 64).whole


@pytest.mark.parametrize("start", [UNTURNED, Turn(1), Turn(2, True), Turn(3, True, 4.0), Turn(0, False, -7.5)])
def test_four_quarter_turns_and_two_flips_change_nothing(desk: CropDesk, start: Turn) -> None:
    desk.keep_to("free")
    desk.lay((1600, 1200), start, (Crop(100, 200, 300, 400),))
    crops = desk.crops
    for _ in range(4):
        desk.rotate(1)
    assert desk.turn == start and desk.crops == crops
    desk.flip()
    assert desk.turn.mirrored != start.mirrored
    desk.flip()
    assert desk.turn == start
    desk.flip(upside_down=True)
    desk.flip(upside_down=True)
    assert desk.turn == start


def test_what_a_crop_shows_stays_the_same_when_the_picture_is_turned(desk: CropDesk) -> None:
    desk.keep_to("free")
    desk.lay((1600, 1200), UNTURNED, (Crop(0, 0, 300, 200),))
    desk.rotate(1)
    assert desk.size == (1200, 1600)
    assert desk.crop == Crop(1000, 0, 200, 300), "the upper left corner is now at the upper right"
    desk.flip()
    assert desk.crop == Crop(0, 0, 200, 300)
    desk.rotate(1)
    assert desk.size == (1600, 1200)
    assert desk.crop == Crop(1300, 0, 300, 200)
    assert desk.turn == Turn(0, True), "mirrored about the other diagonal"


def test_straightening_follows_from_where_the_slider_was_grasped(desk: CropDesk) -> None:
    desk.add()
    begun = desk.crop
    for degrees in (3.0, 20.0, 45.0, 10.0, 0.0):
        desk.straighten(degrees, dragging=True)
        crop, trained = desk.crop, desk.trained()
        assert crop is not None and trained is not None
        assert crop.left + crop.width <= desk.size[0] and crop.top + crop.height <= desk.size[1]
        assert trained.whole
    assert desk.crop == begun


# --- with the library


def test_each_drag_is_one_edit_and_undo_shows_on_the_desk(crops: DatasetCrops, studio: Studio) -> None:
    desk = crops.desk
    desk.add()
    first = desk.crops
    desk.grasp("move")
    for way in range(1, 60):
        desk.drag(-way, way)
    assert kept(studio)[1] == first, "nothing is kept while it is dragged"
    desk.release()
    assert kept(studio)[1] == desk.crops != first
    assert steps(studio) == 2
    studio.dataset.undo()
    assert desk.crops == first
    studio.dataset.undo()
    assert desk.crops == () and desk.crop is None
    studio.dataset.redo()
    assert desk.crops == first and desk.crop is not None


def test_a_run_of_keys_is_one_step_and_the_next_run_another(crops: DatasetCrops, studio: Studio) -> None:
    crops.desk.add()
    for _ in range(5):
        crops.desk.nudge(1, 0)
    assert kept(studio)[1] == crops.desk.crops, "each is kept at once"
    assert steps(studio) == 2
    crops.desk.nudge(-1, 0)
    crops._series.stop()
    crops.desk.nudge(-1, 0)
    studio.dataset.undo()
    studio.dataset.undo()
    studio.dataset.undo()
    assert len(crops.desk.crops) == 1
    studio.dataset.undo()
    assert crops.desk.crops == ()


def test_turning_moves_picture_and_crops_in_one_step(crops: DatasetCrops, studio: Studio) -> None:
    crops.desk.add()
    crops.desk.rotate(1)
    assert kept(studio) == (Turn(1), crops.desk.crops)
    studio.dataset.undo()
    assert kept(studio)[0] == UNTURNED and crops.desk.turn == UNTURNED
    crops.desk.straighten(2, dragging=True)
    crops.desk.straighten(4, dragging=True)
    assert kept(studio)[0] == UNTURNED
    crops.desk.end_straightening()
    assert kept(studio)[0] == Turn(0, False, 4.0)


def test_many_crops_can_be_added_doubled_and_deleted(crops: DatasetCrops, studio: Studio) -> None:
    desk = crops.desk
    desk.add()
    desk.duplicate()
    desk.add()
    assert len(kept(studio)[1]) == 3
    desk.choose(1)
    left = [crop for index, crop in enumerate(desk.crops) if index != 1]
    desk.delete()
    assert list(kept(studio)[1]) == left
    desk.delete()
    desk.delete()
    desk.delete()
    assert kept(studio)[1] == ()


def test_another_picture_comes_with_its_own_crops(crops: DatasetCrops, studio: Studio) -> None:
    crops.desk.add()
    seen = crops.desk.crops
    studio.dataset.step(1)
    assert crops.name == "2.png"
    assert crops.desk.crops == () and crops.desk.upright == (1600, 1200)
    assert not crops.image.isNull()
    studio.dataset.step(-1)
    assert crops.desk.crops == seen


def test_a_view_that_is_not_seen_decodes_nothing(crops: DatasetCrops, studio: Studio) -> None:
    crops.activate(False)
    assert crops.image.isNull() and not crops.desk.ready
    before = list(studio.tasks.executors)  # type: ignore[attr-defined]
    studio.dataset.step(1)
    assert studio.tasks.executors[len(before) :].count("crop view") == 0  # type: ignore[attr-defined]
    crops.activate(True)
    assert crops.name == "2.png" and not crops.image.isNull()


def test_a_picture_that_is_gone_says_so(crops: DatasetCrops, studio: Studio) -> None:
    library = studio.dataset.library
    assert library is not None
    (library.folder / "2.png").unlink()
    studio.dataset.step(1)
    assert crops.problem is not None and crops.problem.code == "image_vanished"
    assert not crops.desk.ready
    crops.desk.add()
    assert crops.desk.crops == ()


def test_the_plan_says_which_buckets_count(crops: DatasetCrops, studio: Studio) -> None:
    config = studio.plan.config
    doubled = config.dataset.replace(resolution=config.dataset.resolution * 2)
    studio.plan.set_config(config.replace(dataset=doubled))
    assert crops.desk.target.resolution == config.dataset.resolution * 2
