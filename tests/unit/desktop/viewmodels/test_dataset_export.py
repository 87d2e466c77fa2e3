"""The export as its view-model: what is chosen, what is in the way, progress, stop, and going on."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from loraferry.library.edits import Edit, judged
from loraferry.library.items import Item
from loraferry.library.renderer import Recipe, ferried
from loraferry.library.scaling import LongestSide, ToBucket, Unscaled
from loraferry.library.shapes import Crop
from loraferry.library.trained_sizes import Training
from loraferry.viewmodels.dataset_export import DatasetExport, ExportChoices, ExportState
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import TaskRunner
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio

TRAINING = Training(64, 8)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.studio: Studio = make_studio(folder, InlineRunner())
        self.pictures = pictures.folder_of(folder / "图片", 4)
        self.target = folder / "out"
        self.hub = self.studio.dataset
        self.hub.open_folder(self.pictures)
        self.model = DatasetExport(self.hub, self.studio.tasks, lambda: TRAINING)
        self.model.watch(True)

    def written(self) -> list[str]:
        return sorted(path.name for path in self.target.iterdir())


@pytest.fixture
def desk(qapp: QCoreApplication, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.studio.hosts.shutdown()
    made.hub.close()


def test_recipes_of_the_choices() -> None:
    chosen = ExportChoices(side=100, quality=70, fill=(1, 2, 3))
    assert ExportChoices().recipe(TRAINING) == ferried(64)
    for extent, scaling in (("bucket", ToBucket(64, 8)), ("side", LongestSide(100)), ("full", Unscaled())):
        found = ExportChoices(**{**vars(chosen), "extent": extent, "format": "jpg"}).recipe(TRAINING)
        assert found == Recipe(scaling, "jpg", 70, (1, 2, 3))


def test_all_shown_or_selected_pictures_each_crop_one(desk: Desk) -> None:
    desk.hub.apply(Edit("crop", {"crops": {"2.png": (Crop(0, 0, 20, 20), Crop(5, 5, 20, 20))}}))
    desk.hub.apply(judged(["1.png"], "reject"))
    assert [piece.name for piece in desk.model.pieces] == ["2.png", "2~2.png", "3.png", "4.png"]
    desk.hub.select(["2.png", "4.png"])
    desk.model.choose(which="selected")
    assert [piece.name for piece in desk.model.pieces] == ["2.png", "2~2.png", "4.png"]
    desk.hub.show(["3.png", "1.png"])
    desk.model.choose(which="shown")
    assert [piece.name for piece in desk.model.pieces] == ["3.png"]


def test_a_whole_export(desk: Desk) -> None:
    states: list[ExportState] = []
    desk.model.changed.connect(lambda: states.append(desk.model.state))
    assert not desk.model.ready
    desk.model.start()
    assert not desk.target.exists()
    desk.model.choose(folder=str(desk.target))
    assert desk.model.ready and desk.model.obstacles == 0
    desk.hub.select(["1.png"])
    desk.hub.type_caption("typed a moment ago")
    desk.model.start()
    result = desk.model.state.result
    assert result is not None and (result.written, result.kept, result.problems) == (4, 0, ())
    assert [state.done for state in states if state.busy] == [0, 1, 2, 3, 4]
    assert desk.written() == sorted(f"{number}.{end}" for number in range(1, 5) for end in ("png", "txt"))
    assert (desk.target / "1.txt").read_text(encoding="utf-8") == "typed a moment ago"


def test_what_is_in_the_way_is_counted_before_and_told_after(desk: Desk) -> None:
    desk.target.mkdir()
    (desk.target / "2.txt").write_text("mine", encoding="utf-8")
    desk.model.choose(folder=str(desk.target))
    assert desk.model.obstacles == 1
    desk.model.choose(captions=False)
    assert desk.model.obstacles == 0
    desk.model.choose(captions=True)
    desk.model.start()
    result = desk.model.state.result
    assert result is not None and [found.code for found in result.problems] == ["export_in_the_way"]
    desk.model.choose(replace=True)
    assert desk.model.state.result is None
    desk.model.start()
    result = desk.model.state.result
    assert result is not None and result.problems == ()


def test_a_folder_of_the_project_is_refused(desk: Desk) -> None:
    desk.model.choose(folder=str(desk.pictures / "export"))
    desk.model.start()
    result = desk.model.state.result
    assert result is not None and [found.code for found in result.problems] == ["export_inside"]
    assert not desk.model.state.busy


def test_edits_are_followed_only_while_somebody_looks(desk: Desk) -> None:
    desk.model.choose(folder=str(desk.target))
    told: list[int] = []
    desk.model.changed.connect(lambda: told.append(len(desk.model.pieces)))
    desk.model.watch(False)
    before = len(desk.studio.tasks.executors)  # type: ignore[attr-defined]
    desk.hub.apply(judged(["1.png"], "reject"))
    assert told == [] and "export" not in desk.studio.tasks.executors[before:]  # type: ignore[attr-defined]
    desk.model.watch(True)
    assert told[-1] == 3


def test_a_stop_leaves_what_is_whole_and_the_next_export_goes_on(
    qapp: QCoreApplication, tmp_path: Path, qtbot: QtBot
) -> None:
    tasks = TaskRunner()
    studio = make_studio(tmp_path, tasks)
    asked: list[str] = []
    reached, released = threading.Event(), threading.Event()

    def words(item: Item) -> str:
        asked.append(item.name)
        if len(asked) >= 3:
            reached.set()
            released.wait(60)
        return "x"

    try:
        pictures.folder_of(tmp_path / "in", 20)
        studio.dataset.open_folder(tmp_path / "in")
        qtbot.waitUntil(lambda: studio.dataset.listed, timeout=30_000)
        model = DatasetExport(studio.dataset, tasks, lambda: TRAINING, words)
        model.choose(folder=str(tmp_path / "out"))
        model.start()
        qtbot.waitUntil(reached.is_set, timeout=30_000)
        model.stop()
        released.set()
        assert model.state.stopped and not model.state.busy
        model.start()
        qtbot.waitUntil(lambda: model.state.result is not None, timeout=30_000)
        result = model.state.result
        assert result is not None and result.written + result.kept == 20 and result.kept >= 1 and not result.problems
        assert len(list((tmp_path / "out").glob("*.png"))) == 20
    finally:
        released.set()
        tasks.shutdown()
        studio.hosts.shutdown()
        studio.dataset.close()
