import json
from pathlib import Path

import pytest

from loraferry_agent.layout import layout_of
from loraferry_agent.setup.places import MARK, known_places, settle, settle_home
from loraferry_agent.setup.tools import Failure


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "家" / "home"
    settle_home(folder)
    return folder


def test_work_and_caches_are_pointed_to(home: Path, tmp_path: Path) -> None:
    work, caches = tmp_path / "big" / "work", tmp_path / "fast"
    setup = {"vendor": "v", "caches": str(caches), "environment": {"A": "猫"}}
    assert settle(home, str(work), setup) == str(work)
    layout = layout_of(home)
    assert (layout.work, layout.caches, layout.jobs) == (work, caches, work / "jobs")
    assert json.loads((home / "host.json").read_text(encoding="utf-8")) == setup
    places, made = known_places(home)
    assert set(places) == {work, caches}
    assert set(made) == {str(path) for path in (home.parent, home, work.parent, work, caches)}


def test_a_folder_with_other_things_gets_a_subfolder(home: Path, tmp_path: Path) -> None:
    (tmp_path / "volume" / "models").mkdir(parents=True)
    assert settle(home, str(tmp_path / "volume"), None) == str(tmp_path / "volume" / "loraferry")
    # And is found again, however it is named.
    assert settle(home, str(tmp_path / "volume"), None) == str(tmp_path / "volume" / "loraferry")
    assert settle(home, str(tmp_path / "volume" / "loraferry"), None) == str(tmp_path / "volume" / "loraferry")


def test_without_a_word_everything_stays(home: Path, tmp_path: Path) -> None:
    settle(home, str(tmp_path / "work"), {"caches": str(tmp_path / "caches"), "vendor": "v"})
    assert settle(home, "", None) == str(tmp_path / "work")
    assert layout_of(home).caches == tmp_path / "caches"
    settle(home, "", {"vendor": "w", "caches": ""})
    assert layout_of(home).caches == tmp_path / "work" / "caches"
    assert tmp_path / "caches" in known_places(home)[0]  # it is still to be cleared one day


def test_work_moves_only_while_there_are_no_jobs(home: Path, tmp_path: Path) -> None:
    assert settle(home, "", None) == str(home)
    settle(home, str(tmp_path / "one"), None)
    settle(home, str(tmp_path / "two"), None)
    (tmp_path / "two" / "jobs" / "x").mkdir(parents=True)
    with pytest.raises(Failure) as caught:
        settle(home, str(tmp_path / "three"), None)
    assert caught.value.params == {"path": str(tmp_path / "two"), "wanted": str(tmp_path / "three")}
    assert not (tmp_path / "three").exists()
    assert layout_of(home).work == tmp_path / "two"
    assert {tmp_path / "one", tmp_path / "two"} == set(known_places(home)[0])


def test_a_move_back_into_the_home(home: Path, tmp_path: Path) -> None:
    settle(home, str(tmp_path / "one"), None)
    assert settle(home, str(home), None) == str(home)
    assert layout_of(home).work == home


def test_a_relative_folder_is_refused(home: Path) -> None:
    with pytest.raises(Failure) as caught:
        settle(home, "somewhere", None)
    assert caught.value.code == "home_unwritable"


@pytest.mark.parametrize("name", [MARK, "agent_id"])
def test_a_home_of_ours_is_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (tmp_path / "other").touch()
    settle_home(tmp_path)
    assert (tmp_path / MARK).exists()
    assert known_places(tmp_path)[1] == []
