"""Masks in other threads: quick strokes keep their order, and what was left behind changes nothing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from loraferry.ferry.face_model import FaceModel
from loraferry.library import masks
from loraferry.library.masks import Brush
from loraferry.viewmodels.dataset_masks import DatasetMasks
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import TaskRunner
from tests.fakes import pictures
from tests.fakes.studio import make_studio

PATIENCE_MS = 30_000


@pytest.fixture
def studio(tmp_path: Path, qtbot: QtBot) -> Iterator[Studio]:
    folder = pictures.folder_of(tmp_path / "pictures", 2)
    tasks = TaskRunner()
    made = make_studio(tmp_path, tasks)
    made.dataset.open_folder(folder)
    qtbot.waitUntil(lambda: made.dataset.listed, timeout=PATIENCE_MS)
    yield made
    tasks.shutdown()
    made.dataset.close()


@pytest.fixture
def model(studio: Studio, tmp_path: Path, qtbot: QtBot) -> DatasetMasks:
    made = DatasetMasks(studio.dataset, studio.tasks, studio.plan, FaceModel(tmp_path / "models"))
    made.activate(True)
    qtbot.waitUntil(lambda: made.size != (0, 0), timeout=PATIENCE_MS)
    return made


def stored(studio: Studio, name: str) -> np.ndarray | None:
    library = studio.dataset.library
    assert library is not None
    item = library.item(name)
    assert item is not None
    data = library.blob(item.mask) if item.mask else None
    return None if data is None else masks.decoded(data, (96, 64), name)


def idle(studio: Studio, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not studio.tasks.busy, timeout=PATIENCE_MS)  # type: ignore[attr-defined]


def test_quick_strokes_are_steps_of_their_own_in_their_order(model: DatasetMasks, studio: Studio, qtbot: QtBot) -> None:
    for left in (10, 40, 70):
        model.press((left, 30), Brush(12))
        model.move((left + 8, 34))
        model.release()
    painted = model.mask
    assert painted is not None
    idle(studio, qtbot)
    kept = stored(studio, "1.png")
    assert kept is not None and np.array_equal(kept, painted)
    studio.dataset.undo()
    assert model.mask is not None
    assert model.mask[32, 44] == 255 and model.mask[32, 74] == 0
    studio.dataset.undo()
    assert model.mask[32, 14] == 255 and model.mask[32, 44] == 0
    studio.dataset.undo()
    assert model.mask is None


def test_a_stroke_is_not_lost_when_the_person_goes_on_at_once(
    model: DatasetMasks, studio: Studio, qtbot: QtBot
) -> None:
    model.press((50, 30), Brush(20))
    model.release()
    studio.dataset.step(1)
    assert model.name == "2.png"
    idle(studio, qtbot)
    assert stored(studio, "1.png") is not None
    assert stored(studio, "2.png") is None
    assert model.mask is None


def test_a_fill_that_comes_late_leaves_the_next_picture_alone(
    model: DatasetMasks, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = masks.filled

    def slow(*arguments: object, **named: object) -> object:
        begun.set()
        assert go_on.wait(PATIENCE_MS / 1000)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(masks, "filled", slow)
    model.fill((2, 2), 0.1)
    assert model.busy
    assert begun.wait(PATIENCE_MS / 1000)
    model.press((10, 10), Brush(5))
    model.release()
    studio.dataset.step(1)
    assert not model.busy
    go_on.set()
    idle(studio, qtbot)
    assert stored(studio, "1.png") is None and stored(studio, "2.png") is None
    assert model.mask is None


def test_a_mask_that_is_damaged_is_told_and_can_be_painted_anew(
    model: DatasetMasks, studio: Studio, qtbot: QtBot
) -> None:
    from loraferry.library.edits import Edit

    library = studio.dataset.library
    assert library is not None
    heard: list[str] = []
    model.problem_found.connect(lambda problem: heard.append(problem.code))
    studio.dataset.apply(Edit("mask", {"mask": {"1.png": library.keep_blob(b"no picture")}}))
    assert heard == ["mask_unreadable"]
    assert model.mask is None
    model.box((0, 0), (48, 64))
    idle(studio, qtbot)
    kept = stored(studio, "1.png")
    assert kept is not None and kept.mean() == pytest.approx(127.5)
