"""The shelf: read in the background, one looked at, checked and explained."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from loraferry.runs.shelf import Shelf
from loraferry.viewmodels.shelf import PREVIEW_PX, ShelfViewModel, load_preview
from loraferry.viewmodels.tasks import Task
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.train import canonical_json
from tests.fakes.inline_runner import InlineRunner
from tests.unit.desktop.runs.test_shelf import lora

pytestmark = pytest.mark.usefixtures("qapp")


def put(folder: Path, name: str, age: int = 0, value: float = 1.0, **facts: str) -> Path:
    """A LoRA on the shelf, `age` hours old."""
    path = lora(folder / f"{name}.safetensors", value, {"modelspec.title": name.title(), **facts})
    os.utime(path, (1_700_000_000 - 3600 * age,) * 2)
    return path


def opened(folder: Path) -> ShelfViewModel:
    shelf = ShelfViewModel(Shelf(folder), InlineRunner())
    shelf.refresh()
    return shelf


def test_an_empty_or_missing_folder_is_no_error(tmp_path: Path) -> None:
    shelf = ShelfViewModel(Shelf(tmp_path / "none"), InlineRunner())
    assert not shelf.was_read
    shelf.refresh()
    assert (shelf.was_read, shelf.items, shelf.selected, shelf.check, shelf.usage) == (True, (), None, None, "")


def test_the_newest_comes_first_and_is_looked_at(tmp_path: Path) -> None:
    put(tmp_path, "old", age=5)
    put(tmp_path, "new")
    shelf = opened(tmp_path)
    assert [item.title for item in shelf.items] == ["New", "Old"]
    assert shelf.selected is shelf.items[0]
    assert shelf.list.rowCount() == 2
    assert shelf.list.data(shelf.list.index(1)) == "Old"


def test_the_chosen_one_stays_chosen_while_others_come(tmp_path: Path) -> None:
    put(tmp_path, "a", age=5)
    chosen = put(tmp_path, "b", age=6)
    shelf = opened(tmp_path)
    told: list[bool] = []
    shelf.selected_changed.connect(lambda: told.append(True))
    shelf.select(chosen)
    assert told
    put(tmp_path, "c")
    shelf.refresh()
    assert shelf.selected is not None
    assert shelf.selected.model.path == chosen
    chosen.unlink()
    shelf.refresh()
    assert shelf.selected.title == "C"


@pytest.mark.parametrize(("value", "codes"), [(1.0, []), (0.0, ["lora_zero"]), (float("inf"), ["lora_not_finite"] * 3)])
def test_the_one_looked_at_is_checked(tmp_path: Path, value: float, codes: list[str]) -> None:
    put(tmp_path, "a", value=value)
    check = opened(tmp_path).check
    assert check is not None
    assert check.problems is not None
    assert [found.code for found in check.problems] == codes


def test_a_file_that_is_no_lora_is_shown_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"no")
    shelf = opened(tmp_path)
    assert shelf.selected is not None
    assert shelf.selected.title == "x"
    assert shelf.check is not None
    assert shelf.check.problems
    assert shelf.check.problems[0].code == "lora_not_safetensors"


def test_a_file_that_went_before_its_check_is_told(tmp_path: Path) -> None:
    put(tmp_path, "a")
    other = put(tmp_path, "b", age=1)
    shelf = opened(tmp_path)
    other.unlink()
    shelf.select(other)
    assert shelf.check is not None
    assert shelf.check.problems
    assert shelf.check.problems[0].code == "file_unreadable"


def test_the_usage_names_file_trigger_and_class(tmp_path: Path) -> None:
    config = replace_at(TrainConfig(), "dataset.class_word", "robot")
    put(
        tmp_path,
        "zorblax-2",
        **{"modelspec.trigger_phrase": "zorblax", "loraferry_config": canonical_json(config)},
    )
    assert opened(tmp_path).usage == "<lora:zorblax-2:1> zorblax robot"
    (tmp_path / "zorblax-2.safetensors").unlink()
    put(tmp_path, "plain")
    assert opened(tmp_path).usage == "<lora:plain:1>"


def test_previews_are_scaled_down_and_never_trusted(tmp_path: Path) -> None:
    big, small, broken = tmp_path / "big.png", tmp_path / "small.png", tmp_path / "broken.png"
    for path, width in ((big, 1200), (small, 64)):
        image = QImage(width, width // 2, QImage.Format.Format_RGB32)
        image.fill(0xFF336699)
        assert image.save(str(path))
    broken.write_bytes(big.read_bytes()[:60])
    assert (load_preview(big).width(), load_preview(big).height()) == (PREVIEW_PX, PREVIEW_PX // 2)
    assert load_preview(small).width() == 64
    assert load_preview(broken).isNull()
    assert load_preview(None).isNull()
    huge = QImage(9000, 1, QImage.Format.Format_Mono)
    huge.fill(0)
    assert huge.save(str(tmp_path / "huge.png"))
    assert load_preview(tmp_path / "huge.png").isNull()


class HeldRunner(QObject):
    """Keeps tasks until the test runs them, in whatever order."""

    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[Task[object], object]] = []

    def run(self, op, *, success=None, failure=None, progress=None, executor="pool"):  # type: ignore[no-untyped-def]
        from loraferry.cancellation import CancelToken

        task = Task(CancelToken(), success, failure, progress)
        self.held.append((task, op))
        return task

    def finish(self, index: int) -> None:
        task, op = self.held[index]
        task.success(op(task.token))  # type: ignore[operator,misc]


def test_an_old_answer_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    runner = HeldRunner()
    shelf = ShelfViewModel(Shelf(tmp_path), runner)
    shelf.refresh()
    put(tmp_path, "a")
    shelf.refresh()
    runner.finish(1)
    assert len(shelf.items) == 1
    (tmp_path / "a.safetensors").unlink()
    runner.finish(0)
    assert len(shelf.items) == 1
