"""What an edit of many captions would do is worked out in the background, and made as one step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from loraferry.library.edits import captioned, judged
from loraferry.viewmodels.dataset_replace import DatasetReplace
from loraferry.viewmodels.dataset_template import DatasetTemplate
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import TaskRunner
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio


@pytest.fixture
def studio(tmp_path: Path, qapp: QCoreApplication) -> Iterator[Studio]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, caption in (("1", "red hat"), ("2", "red cap"), ("3", "blue")):
        pictures.plain(folder / f"{name}.png", caption=caption)
    made = make_studio(tmp_path, InlineRunner())
    made.dataset.open_folder(folder)
    made.filter.index.work()
    yield made
    made.dataset.close()


def captions(studio: Studio) -> list[str]:
    assert studio.dataset.library is not None
    return [item.caption or "" for item in studio.dataset.library.items]


def names(model: DatasetReplace | DatasetTemplate) -> list[str]:
    return [change.name for change in model.preview.changes]


def test_a_replacement_is_seen_and_made(studio: Studio, qtbot: QtBot) -> None:
    model = DatasetReplace(studio.dataset, studio.tasks)
    model.want(find="red", replace="green")
    assert model.preview.busy
    assert model.preview.apply() == 0
    qtbot.waitUntil(lambda: not model.preview.busy)
    assert names(model) == ["1.png", "2.png"]
    model.preview.set_scope("selected")
    qtbot.waitUntil(lambda: not model.preview.busy)
    assert names(model) == ["1.png"]
    studio.dataset.select(["2.png"])
    qtbot.waitUntil(lambda: names(model) == ["2.png"])
    model.preview.set_scope("all")
    qtbot.waitUntil(lambda: not model.preview.busy)
    assert model.preview.apply() == 2
    assert captions(studio) == ["green hat", "green cap", "blue"]
    qtbot.waitUntil(lambda: not model.preview.busy)
    assert names(model) == []
    studio.dataset.undo()
    assert captions(studio) == ["red hat", "red cap", "blue"]


def test_edits_made_meanwhile_are_noticed_and_others_not(studio: Studio, qtbot: QtBot) -> None:
    model = DatasetReplace(studio.dataset, studio.tasks)
    model.want(find="red", replace="green")
    qtbot.waitUntil(lambda: not model.preview.busy)
    studio.dataset.apply(judged(["1.png"], "keep"))
    assert not model.preview.busy
    studio.dataset.apply(captioned({"3.png": "red shoes"}))
    assert model.preview.busy
    qtbot.waitUntil(lambda: len(model.preview.changes) == 3)
    model.preview.close()
    assert model.preview.changes == ()
    studio.dataset.apply(captioned({"3.png": "red boots"}))
    assert not model.preview.busy


def test_a_wrong_pattern_is_a_problem_until_it_is_right(studio: Studio, qtbot: QtBot) -> None:
    model = DatasetReplace(studio.dataset, studio.tasks)
    model.want(find="(red", regex=True)
    qtbot.waitUntil(lambda: model.preview.problem is not None)
    assert model.preview.problem is not None
    assert model.preview.problem.code == "pattern_invalid"
    model.want(find="(red)")
    qtbot.waitUntil(lambda: model.preview.problem is None and not model.preview.busy)
    assert len(model.preview.changes) == 2
    model.want(find="")
    assert model.preview.changes == ()


def test_a_template_follows_the_words_of_the_project(studio: Studio, qtbot: QtBot) -> None:
    model = DatasetTemplate(studio.dataset, studio.tasks)
    model.look()
    qtbot.waitUntil(lambda: not model.preview.busy)
    assert names(model) == []
    studio.words.set_words("zor", "")
    qtbot.waitUntil(lambda: len(model.preview.changes) == 3)
    assert model.preview.changes[0].put == ((0, 5),)
    model.set_template("{trigger}, {nobody}")
    assert [one.word for one in model.unknown] == ["nobody"]
    assert (model.preview.busy, model.preview.changes) == (False, ())
    model.set_template("{tags}, {trigger}")
    qtbot.waitUntil(lambda: not model.preview.busy)
    model.preview.apply()
    assert captions(studio)[0] == "red hat, zor"


def test_typing_on_drops_what_is_under_way(studio: Studio, qtbot: QtBot) -> None:
    tasks = TaskRunner()
    try:
        model = DatasetReplace(studio.dataset, tasks)
        for length in range(1, 4):
            model.want(find="red"[:length], replace="x")
        qtbot.waitUntil(lambda: not model.preview.busy, timeout=20_000)
        assert [change.after for change in model.preview.changes] == ["x hat", "x cap"]
    finally:
        tasks.shutdown()
