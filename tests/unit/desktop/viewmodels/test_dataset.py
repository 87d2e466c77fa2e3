"""The Dataset page's logic, without a window and without threads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from loraferry.library.approved import ApprovedSet
from loraferry.library.edits import Edit
from loraferry.library.items import Changes
from loraferry.library.places import Places
from loraferry.library.shapes import Turn
from loraferry.viewmodels import dataset as dataset_module
from loraferry.viewmodels import dataset_thumbnails
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry_core.problems import Problem
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner


class Heard:
    """Remembers what a view-model said."""

    def __init__(self, model: DatasetViewModel) -> None:
        self.problems: list[Problem] = []
        self.changes: list[Changes] = []
        self.moves: list[str] = []
        self._model = model
        model.problem_found.connect(self.problems.append)
        model.changed.connect(self.changes.append)
        model.current_changed.connect(self._move)

    def _move(self) -> None:
        self.moves.append(self._model.current.name if self._model.current else "")


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], DatasetViewModel]]:
    made = []

    def build() -> DatasetViewModel:
        settings = SettingsViewModel(tmp_path / "settings.json")
        places = Places(tmp_path / "data", tmp_path / "cache")
        made.append(DatasetViewModel(InlineRunner(), settings, places))
        return made[-1]

    yield build
    for model in made:
        model.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pictures.folder_of(tmp_path / "图片", 4)


@pytest.fixture
def model(make: Callable[[], DatasetViewModel], folder: Path) -> DatasetViewModel:
    made = make()
    made.open_folder(folder)
    return made


def verdicts(model: DatasetViewModel) -> list[str]:
    assert model.library is not None
    return [item.verdict for item in model.library.items]


def test_opening_shows_the_pictures_and_reads_the_captions(model: DatasetViewModel, folder: Path) -> None:
    assert model.folder == folder
    assert model.listed
    assert not model.opening
    assert [model.grid.item(row).name for row in range(model.grid.rowCount())] == [f"{n}.png" for n in (1, 2, 3, 4)]
    assert model.current is not None
    assert (model.current.name, model.caption) == ("1.png", "a picture 1")
    assert model.approved_count == 4


def test_the_last_folder_is_opened_again(model: DatasetViewModel, make: Callable[[], DatasetViewModel]) -> None:
    again = make()
    again.open_last()
    assert again.folder == model.folder


def test_a_missing_folder_says_so_and_the_old_one_stays(model: DatasetViewModel, folder: Path) -> None:
    heard = Heard(model)
    model.open_folder(folder / "nowhere")
    assert [found.code for found in heard.problems] == ["folder_unreadable"]
    assert model.folder == folder
    assert not model.opening


def test_an_empty_folder_says_what_is_wrong(make: Callable[[], DatasetViewModel], tmp_path: Path) -> None:
    model = make()
    heard = Heard(model)
    (tmp_path / "empty").mkdir()
    model.open_folder(tmp_path / "empty")
    assert [found.code for found in heard.problems] == ["folder_empty"]
    assert model.current is None


def test_dropped_files_open_their_folder_and_are_selected(make: Callable[[], DatasetViewModel], folder: Path) -> None:
    model = make()
    model.open_dropped([folder / "3.png", folder / "2.png"])
    assert model.folder == folder
    assert model.selected == ("2.png", "3.png")


def test_the_sample_is_copied_before_it_is_opened(
    make: Callable[[], DatasetViewModel], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dataset_module, "sample_dataset_path", lambda: folder)
    model = make()
    model.open_sample()
    assert model.folder == tmp_path / "data" / "sample pictures"
    assert model.approved_count == 4


def test_typing_is_saved_when_it_pauses_and_before_moving_on(
    model: DatasetViewModel, folder: Path, qtbot: QtBot
) -> None:
    model.type_caption("red")
    assert model.caption == "red"
    assert model.can_undo
    assert (folder / "1.txt").read_text(encoding="utf-8") == "a picture 1"
    qtbot.waitUntil(lambda: (folder / "1.txt").read_text(encoding="utf-8") == "red")
    model.type_caption("red fox")
    model.step(1)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "red fox"
    assert model.caption == "a picture 2"
    model.undo()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "a picture 1"
    model.redo()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "red fox"


def test_stepping_stays_within_the_list(model: DatasetViewModel) -> None:
    heard = Heard(model)
    model.step(-1)
    model.step(2)
    model.step(9)
    assert heard.moves == ["3.png", "4.png"]


def test_rejecting_toggles_and_works_on_all_selected(model: DatasetViewModel) -> None:
    model.select(["1.png", "2.png"])
    model.toggle("reject")
    assert verdicts(model) == ["reject", "reject", "", ""]
    assert (model.counts.rejected, model.approved_count) == (2, 2)
    model.select(["2.png", "3.png"])
    model.toggle("reject")
    assert verdicts(model) == ["reject", "reject", "reject", ""]
    model.toggle("reject")
    assert verdicts(model) == ["reject", "", "", ""]
    model.toggle("keep")
    assert verdicts(model) == ["reject", "keep", "keep", ""]
    for _ in range(4):
        model.undo()
    assert verdicts(model) == ["", "", "", ""]
    assert not model.can_undo
    assert model.can_redo


def test_verdicts_are_there_after_a_new_start(
    model: DatasetViewModel, make: Callable[[], DatasetViewModel], folder: Path
) -> None:
    model.toggle("reject")
    again = make()
    again.open_folder(folder)
    assert again.counts.rejected == 1


def test_counts_follow_edits_and_findings(model: DatasetViewModel, folder: Path) -> None:
    model.type_caption("")
    model.save_caption()
    assert model.counts.without_caption == 1
    pictures.truncated(folder / "5.png")
    model.refresh()
    assert model.counts.total == 5
    model.thumbnails.pixmap("5.png")
    model.thumbnails.pump()
    assert (model.counts.broken, model.approved_count) == (1, 4)
    assert [found.code for found in model.problems] == ["image_truncated"]
    model.undo()
    assert model.counts.without_caption == 0
    assert model.library is not None
    assert model.counts == model.library._counted()


def test_edits_from_outside_are_taken_over_or_kept_apart(model: DatasetViewModel, folder: Path) -> None:
    heard = Heard(model)
    (folder / "1.txt").write_text("outside", encoding="utf-8")
    model.refresh()
    assert model.caption == "outside"
    (folder / "1.txt").write_text("outside again", encoding="utf-8")
    model.type_caption("typed here")
    model.save_caption()
    assert [found.code for found in heard.problems] == ["caption_changed"]
    assert model.caption == "outside again"
    model.undo()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed here"


def test_pictures_that_vanish_leave_the_list(model: DatasetViewModel, folder: Path) -> None:
    (folder / "1.png").unlink()
    model.refresh()
    assert model.grid.rowCount() == 3
    assert model.current is not None
    assert model.current.name == "2.png"


def test_another_folder_drops_what_the_old_one_had(model: DatasetViewModel, tmp_path: Path, folder: Path) -> None:
    other = pictures.folder_of(tmp_path / "other", 1, caption="other")
    model.type_caption("typed before leaving")
    model.open_folder(other)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed before leaving"
    assert model.caption == "other 1"
    assert model.selected == ("1.png",)
    assert not model.can_undo


def test_the_approved_are_rendered(model: DatasetViewModel) -> None:
    model.toggle("reject")
    sets: list[ApprovedSet] = []
    failures: list[Problem] = []
    progress: list[Any] = []
    model.type_caption("typed at the last moment")
    model.select(["2.png"])
    model.type_caption("typed at the very last moment")
    model.make_approved(64, success=sets.append, failure=failures.append, progress=progress.append)
    assert [entry.name for entry in sets[0].manifest.entries] == ["2.png", "3.png", "4.png"]
    assert sets[0].manifest.entries[0].caption == "typed at the very last moment"
    assert progress[-1].done == 3
    for row in range(4):
        model.select([f"{row + 1}.png"])
        if verdicts(model)[row] != "reject":
            model.toggle("reject")
    model.make_approved(64, success=sets.append, failure=failures.append)
    assert [found.code for found in failures] == ["no_images_approved"]


def test_without_a_folder_nothing_is_approved(make: Callable[[], DatasetViewModel]) -> None:
    failures: list[Problem] = []
    make().make_approved(64, success=lambda made: None, failure=failures.append)
    assert [found.code for found in failures] == ["no_images_approved"]


def test_a_verdict_that_cannot_be_kept_is_said(model: DatasetViewModel, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard(model)

    def mkdir(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    model.toggle("reject")
    assert [found.code for found in heard.problems] == ["folder_unwritable"]
    assert verdicts(model) == ["", "", "", ""]


def test_the_grid_is_a_sound_model(model: DatasetViewModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model.grid)


def test_thumbnails_come_newest_first_and_stay_within_memory(
    model: DatasetViewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = dataset_thumbnails.thumbnail

    def spy(name: str, *rest: Any) -> Any:
        made.append(name)
        return real(name, *rest)

    monkeypatch.setattr(dataset_thumbnails, "thumbnail", spy)
    loader = model.thumbnails
    for name in ("1.png", "2.png", "3.png"):
        assert loader.pixmap(name, 160) is None
    loader.pump()
    assert made[0] == "3.png"
    assert not loader.busy
    pixmap = loader.pixmap("2.png")
    assert pixmap is not None
    assert (pixmap.width(), pixmap.height()) == (160, 107)
    monkeypatch.setattr(dataset_thumbnails, "MEMORY_BYTES", 160 * 107 * 4)
    loader.pixmap("4.png", 160)
    loader.pump()
    assert loader.pixmap("4.png") is not None
    assert loader.pixmap("1.png") is None


def test_a_thumbnail_of_another_size_or_turn_is_made_while_the_old_one_is_shown(model: DatasetViewModel) -> None:
    loader = model.thumbnails
    loader.pixmap("1.png", 120)
    loader.pump()
    small = loader.pixmap("1.png", 180)
    assert small is not None
    assert (small.width(), small.height()) == (120, 80)
    loader.pump()
    large = loader.pixmap("1.png")
    assert large is not None
    assert (large.width(), large.height()) == (180, 120)
    assert not loader.busy
    model.apply(Edit("turn", {"turn": {"1.png": Turn(quarters=1, mirrored=True)}}))
    loader.pixmap("1.png", 180)
    loader.pump()
    turned = loader.pixmap("1.png", 180)
    assert turned is not None
    assert (turned.width(), turned.height()) == (120, 180)
    # The blue quarter, lower left, goes to the upper left, and mirrored to the upper right.
    assert turned.toImage().pixelColor(100, 10).blue() > 180


def test_a_late_thumbnail_of_another_folder_is_dropped(model: DatasetViewModel) -> None:
    late = dataset_thumbnails._Batch(-1, model.thumbnails._idle.pop(), [], [])
    model.thumbnails._take(late)
    assert not model.thumbnails.busy


def test_the_preview_follows_the_current_picture(model: DatasetViewModel, folder: Path) -> None:
    assert (model.preview.image.width(), model.preview.image.height()) == (96, 64)
    pictures.not_an_image(folder / "2.png")
    model.step(1)
    assert model.preview.image.isNull()


def test_after_a_training_only_later_pictures_are_new(model: DatasetViewModel, folder: Path) -> None:
    model.toggle("keep")
    pictures.plain(folder / "9.png")
    model.refresh()
    assert model.library is not None
    assert [item.name for item in model.library.items if item.new] == ["9.png"]
    model.note_training("/another folder")
    assert any(item.new for item in model.library.items)
    model.note_training(str(folder))
    assert not any(item.new for item in model.library.items)
