"""Presets of one's own are files that survive, can be shared, and never take over what is asked of every plan."""

from pathlib import Path

import pytest

from loraferry.ferry.own_presets import OwnPreset, OwnPresets, parsed, plain_name, preset_of, with_answers, written
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import read, replace_at
from loraferry_core.problems import ProblemError

PLAN = TrainConfig(
    dataset={"trigger": "zorblax", "manifest": "0" * 64, "concepts": ({"folder": "~a", "repeats": 2},)},
    loop={"seed": 7},
)


@pytest.fixture
def shelf(tmp_path: Path) -> OwnPresets:
    return OwnPresets(tmp_path / "presets")


def test_what_is_saved_is_read_again_and_knows_no_pictures(shelf: OwnPresets) -> None:
    assert shelf.all() == ()
    preset = preset_of("  My\tfirst\x1b[31m ", "style", PLAN)
    shelf.save(preset)
    (again,) = shelf.all()
    assert again == preset
    assert (again.name, again.goal) == ("My first", "style")
    assert again.config.dataset.manifest == ""
    assert again.config.dataset.concepts == ()


def test_a_preset_takes_the_place_of_its_own_name(shelf: OwnPresets) -> None:
    shelf.save(preset_of("a", "style", PLAN))
    shelf.save(preset_of("a", "object", PLAN))
    assert [(preset.name, preset.goal) for preset in shelf.all()] == [("a", "object")]
    shelf.delete("a")
    assert shelf.all() == ()
    assert list(shelf.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["con", "a/b:c", "小猫" * 40, "...", "a.b", "é" * 80])
def test_any_name_has_a_file(shelf: OwnPresets, name: str) -> None:
    shelf.save(preset_of(name, "style", PLAN))
    assert [preset.name for preset in shelf.all()] == [plain_name(name)]


def test_names_that_meet_in_a_file_stay_apart(shelf: OwnPresets) -> None:
    for name in ("a:b", "a?b"):
        shelf.save(preset_of(name, "style", PLAN))
    assert [preset.name for preset in shelf.all()] == ["a:b", "a?b"]
    assert shelf.free_name("A:B") == "A:B 2"
    assert shelf.free_name("x" * 90) == "x" * 80
    shelf.save(preset_of("x" * 80, "style", PLAN))
    assert len(shelf.free_name("x" * 80)) == 80


def test_other_files_are_left_alone(shelf: OwnPresets) -> None:
    shelf.save(preset_of("a", "style", PLAN))
    (shelf.folder / "odd.json").write_bytes(b"\xff")
    (shelf.folder / "large.json").write_bytes(b" " * ((1 << 20) + 1))
    (shelf.folder / "folder.json").mkdir()
    assert [preset.name for preset in shelf.all()] == ["a"]


def test_answers_stay_those_of_the_plan() -> None:
    preset = preset_of("a", "style", replace_at(PLAN, "base.source", "there"))
    plan = TrainConfig(dataset={"trigger": "mine"}, saving={"name": "cat"})
    after = with_answers(preset, plan)
    assert (after.dataset.trigger, after.base.source, after.saving.name) == ("mine", "toy", "cat")
    assert read(after, "loop.seed") == 7


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"name": "a"}', b" " * ((1 << 20) + 1)])
def test_what_is_no_preset_is_refused(data: bytes) -> None:
    with pytest.raises(ProblemError) as raised:
        parsed(data, "odd.json")
    assert raised.value.problem.code == "settings_unreadable"


def test_a_file_is_told_from_others_by_its_first_words() -> None:
    preset = preset_of("a", "style", PLAN)
    assert parsed(written(preset), "a.json") == preset
    assert b"loraferry-preset" in written(preset)
    with pytest.raises(ProblemError):
        parsed(written(preset).replace(b"loraferry-preset", b"other"), "a.json")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "presets").write_bytes(b"")
    with pytest.raises(ProblemError) as raised:
        OwnPresets(tmp_path / "presets").save(OwnPreset(name="a", config=TrainConfig()))
    assert raised.value.problem.code == "file_unwritable"
