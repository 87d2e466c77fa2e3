"""Tags of many captions are sorted and tidied in one step; lists of tags are read when they are needed, and imported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from loraferry.viewmodels.studio import Studio
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio


@pytest.fixture
def studio(tmp_path: Path, qapp: QCoreApplication) -> Iterator[Studio]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    captions = ("zor, red dress, 1girl, hat", "hat, zor, hat, smile", "It stands here. It smiles.", "")
    for number, caption in enumerate(captions, 1):
        pictures.plain(folder / f"{number}.png", caption=caption)
    made = make_studio(tmp_path, InlineRunner())
    made.dataset.open_folder(folder)
    made.filter.index.work()
    yield made
    made.dataset.close()


def captions(studio: Studio) -> list[str]:
    assert studio.dataset.library is not None
    return [item.caption or "" for item in studio.dataset.library.items]


def test_tags_are_sorted_behind_the_trigger(studio: Studio) -> None:
    studio.words.set_words("zor", "")
    before = captions(studio)
    studio.tag_edits.reorder("frequency", "all")
    assert captions(studio)[:2] == ["zor, hat, red dress, 1girl", "zor, hat, hat, smile"]
    studio.tag_edits.sort(studio.suggestions.by_category, "shown")
    assert captions(studio)[0] == "zor, 1girl, hat, red dress"
    studio.dataset.undo()
    studio.dataset.undo()
    assert captions(studio) == before
    studio.dataset.select(["1.png"])
    studio.tag_edits.reorder("alphabet", "selected")
    assert captions(studio)[:2] == ["zor, 1girl, hat, red dress", before[1]]


def test_repetitions_go_in_one_step(studio: Studio) -> None:
    studio.tag_edits.tidy("all")
    assert captions(studio)[1] == "hat, zor, smile"


def test_the_tags_of_the_selection(studio: Studio) -> None:
    assert studio.tag_edits.of_selection() == ([("zor", 1), ("red dress", 1), ("1girl", 1), ("hat", 1)], 1)
    studio.dataset.select(["1.png", "2.png", "3.png"])
    found, count = studio.tag_edits.of_selection()
    assert count == 3
    assert found == [("zor", 2), ("red dress", 1), ("1girl", 1), ("hat", 2), ("smile", 1)]
    studio.dataset.select(["3.png"])
    assert studio.tag_edits.of_selection() == ([], 1)


def test_one_tag_is_rewritten_and_moved(studio: Studio) -> None:
    studio.tag_edits.rewrite(1, "blue dress, long")
    studio.tag_edits.move(0, 3)
    assert captions(studio)[0] == "blue dress, long, zor, 1girl, hat"
    studio.dataset.type_caption("typed, words")
    studio.tag_edits.rewrite(0, "")
    assert captions(studio)[0] == "words"


def test_suggestions_know_the_project_and_the_shipped_list(studio: Studio) -> None:
    first = studio.suggestions.suggest("hat")[0]
    assert (first.tag, first.own, first.category) == ("hat", 2, "clothes")
    studio.tag_edits.add(["hatchet"])
    studio.filter.index.work()
    studio.filter.changed.emit()
    assert "hatchet" in [one.tag for one in studio.suggestions.suggest("hat")]
    entry = studio.suggestions.entry("Long_Hair")
    assert entry is not None
    assert entry.translation == "长发"
    assert studio.suggestions.entry("zor") is None


def test_a_list_of_another_program_is_imported_and_stays(studio: Studio, tmp_path: Path) -> None:
    source = tmp_path / "their tags.csv"
    source.write_text('quux_thing,0,900,"quuxes"\n', encoding="utf-8")
    heard: list[bool] = []
    studio.suggestions.changed.connect(lambda: heard.append(True))
    assert studio.suggestions.suggest("quux") == []
    studio.suggestions.import_list(source)
    assert [one.tag for one in studio.suggestions.suggest("quuxes")] == ["quux thing"]
    assert [path.name for path in studio.suggestions.folder.iterdir()] == ["their tags.tsv"]
    assert len(heard) == 2
    # What is broken does not take the others with it.
    (studio.suggestions.folder / "broken.tsv").write_text("no tabs\n", encoding="utf-8")
    studio.suggestions.import_list(source)
    assert studio.suggestions.suggest("quux")
    problems: list[str] = []
    studio.dataset.problem_found.connect(lambda problem: problems.append(problem.code))
    studio.suggestions.import_list(tmp_path / "none.csv")
    assert problems == ["tag_list_unreadable"]
