"""Single pictures and comparisons: what is decoded ahead, what verdicts do, what memory holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from loraferry.library.edits import Edit
from loraferry.library.places import Places
from loraferry.library.shapes import Turn
from loraferry.viewmodels import dataset_preview
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_look import LEAST, MOST, GridLook
from loraferry.viewmodels.dataset_preview import EDGE, WHOLE_PIXELS, whole_edge
from loraferry.viewmodels.dataset_viewer import Comparison, Viewer, shown_size
from loraferry.viewmodels.settings import SettingsViewModel
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """(name, edge) of everything that is decoded for a large view."""
    made: list[tuple[str, int]] = []
    real = dataset_preview.preview

    def spy(name: str, path: str, edge: int) -> Any:
        made.append((name, edge))
        return real(name, path, edge)

    monkeypatch.setattr(dataset_preview, "preview", spy)
    return made


@pytest.fixture
def hub(qtbot: QtBot, tmp_path: Path, decoded: list[tuple[str, int]]) -> Iterator[DatasetViewModel]:
    folder = pictures.folder_of(tmp_path / "图片", 8)
    places = Places(tmp_path / "data", tmp_path / "cache")
    model = DatasetViewModel(InlineRunner(), SettingsViewModel(tmp_path / "settings.json"), places)
    model.open_folder(folder)
    yield model
    model.close()


@pytest.fixture
def viewer(hub: DatasetViewModel) -> Viewer:
    made = Viewer(hub)
    made.set_active(True)
    return made


def names(decoded: list[tuple[str, int]]) -> list[str]:
    return [name for name, _ in decoded]


def test_neighbours_are_decoded_ahead_in_the_direction_one_goes(
    hub: DatasetViewModel, viewer: Viewer, decoded: list[tuple[str, int]]
) -> None:
    assert names(decoded) == ["1.png", "2.png", "3.png"]
    viewer.step(1)
    assert names(decoded) == ["1.png", "2.png", "3.png", "4.png"]
    hub.select(["7.png"])
    viewer.step(-1)
    assert names(decoded)[4:] == ["7.png", "8.png", "6.png", "5.png"]
    held = hub.preview.picture("5.png")
    assert held is not None
    assert (held.image.width(), held.image.height(), held.size) == (96, 64, (96, 64))


def test_nothing_is_decoded_ahead_while_the_grid_is_shown(
    hub: DatasetViewModel, viewer: Viewer, decoded: list[tuple[str, int]]
) -> None:
    viewer.set_active(False)
    decoded.clear()
    hub.select(["5.png"])
    assert names(decoded) == ["5.png"]


def test_a_verdict_brings_the_next_picture_and_taking_it_back_stays(hub: DatasetViewModel, viewer: Viewer) -> None:
    viewer.judge("keep")
    viewer.rate(4)
    assert viewer.item is not None
    assert viewer.item.name == "3.png"
    assert [(item.verdict, item.stars) for item in (hub.library or ())][:3] == [("keep", 0), ("", 4), ("", 0)]
    hub.select(["1.png"])
    viewer.judge("keep")
    assert hub.current is not None
    assert (hub.current.name, hub.current.verdict) == ("1.png", "")
    hub.select(["2.png"])
    viewer.rate(0)
    assert (hub.current.name, hub.current.stars) == ("2.png", 0)
    hub.select(["8.png"])
    viewer.judge("reject")
    assert hub.current.name == "8.png"


def test_the_viewer_acts_on_one_picture_alone(hub: DatasetViewModel) -> None:
    hub.select(["2.png", "3.png"], "3.png")
    viewer = Viewer(hub)
    viewer.set_active(True)
    viewer.judge("reject")
    assert hub.counts.rejected == 1
    assert hub.library is not None
    assert hub.library.item("3.png").rejected  # type: ignore[union-attr]


def test_a_turned_picture_is_decoded_again(hub: DatasetViewModel, viewer: Viewer) -> None:
    hub.apply(Edit("turn", {"turn": {"1.png": Turn(quarters=1)}}))
    held = hub.preview.picture("1.png")
    assert held is not None
    assert (held.image.width(), held.image.height(), held.size) == (64, 96, (64, 96))
    assert shown_size(hub, hub.current) == (64, 96)  # type: ignore[arg-type]
    hub.apply(Edit("turn", {"turn": {"1.png": Turn(degrees=10.0)}}))
    held = hub.preview.picture("1.png")
    assert held is not None
    assert (held.image.width(), held.image.height()) == held.size
    assert held.size[0] < 96


def test_a_magnified_picture_is_decoded_in_full(
    hub: DatasetViewModel, tmp_path: Path, viewer: Viewer, decoded: list[tuple[str, int]]
) -> None:
    pictures.plain(tmp_path / "图片" / "large.png", (2000, 500))
    hub.refresh()
    hub.select(["large.png"])
    assert hub.preview.image.width() == EDGE
    viewer.sharpen()
    viewer.sharpen()
    assert hub.preview.image.width() == 2000
    assert decoded.count(("large.png", 2000)) == 1
    assert whole_edge((20_000, 4_000)) == int(20_000 * (WHOLE_PIXELS / 80_000_000) ** 0.5)


def test_memory_is_bounded_and_what_comes_next_waits(
    hub: DatasetViewModel, viewer: Viewer, monkeypatch: pytest.MonkeyPatch, decoded: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr(dataset_preview, "MEMORY_BYTES", 96 * 64 * 4)
    decoded.clear()
    for _ in range(6):
        viewer.step(1)
        assert not hub.preview.image.isNull()
        # At most the current one and its neighbours, whatever the room.
        assert len(hub.preview._held) <= 3
    assert hub.preview.picture("1.png") is None


def test_a_changed_file_is_decoded_again_and_a_broken_one_only_once(
    hub: DatasetViewModel, viewer: Viewer, tmp_path: Path, decoded: list[tuple[str, int]]
) -> None:
    pictures.plain(tmp_path / "图片" / "1.png", (30, 40))
    hub.refresh()
    assert (hub.preview.image.width(), hub.preview.image.height()) == (30, 40)
    pictures.truncated(tmp_path / "图片" / "2.png")
    hub.refresh()
    decoded.clear()
    hub.select(["2.png"])
    assert hub.preview.image.isNull()
    assert names(decoded).count("2.png") == 1


def test_pictures_of_another_folder_are_forgotten(hub: DatasetViewModel, viewer: Viewer, tmp_path: Path) -> None:
    pictures.plain(tmp_path / "other" / "1.png", (10, 20))
    hub.open_folder(tmp_path / "other")
    assert (hub.preview.image.width(), hub.preview.image.height()) == (10, 20)


def test_what_is_selected_is_compared_up_to_four(hub: DatasetViewModel) -> None:
    comparison = Comparison(hub)
    hub.select(["1.png", "2.png", "3.png", "4.png", "5.png"], "3.png")
    assert comparison.open()
    assert [item.name for item in comparison.items] == ["1.png", "2.png", "3.png", "4.png"]
    assert comparison.front == 2
    assert all(hub.preview.picture(item.name) is not None for item in comparison.items)
    comparison.bring(4)
    assert comparison.front == 0
    assert hub.current is not None
    assert hub.current.name == "1.png"
    assert len(hub.selected) == 4


def test_one_alone_is_compared_with_its_neighbour(hub: DatasetViewModel, tmp_path: Path) -> None:
    comparison = Comparison(hub)
    hub.select(["8.png"])
    assert comparison.open()
    assert [item.name for item in comparison.items] == ["7.png", "8.png"]
    hub.show(["8.png"])
    assert not comparison.open()


def test_the_best_is_kept_and_the_others_rejected_in_one_step(hub: DatasetViewModel) -> None:
    comparison = Comparison(hub)
    hub.select(["1.png", "2.png", "3.png"], "2.png")
    comparison.open()
    comparison.choose()
    assert [item.verdict for item in comparison.items] == ["reject", "keep", "reject"]
    hub.undo()
    assert [item.verdict for item in comparison.items] == ["", "", ""]
    comparison.judge("reject", 2)
    comparison.rate(5)
    comparison.judge("unsure")
    assert [(item.verdict, item.stars) for item in comparison.items] == [("", 0), ("unsure", 5), ("reject", 0)]
    comparison.judge("unsure")
    comparison.rate(5)
    assert comparison.items[1].verdict == ""
    assert comparison.items[1].stars == 0
    comparison.judge("keep", 9)


def test_a_picture_that_goes_leaves_the_comparison(hub: DatasetViewModel, tmp_path: Path) -> None:
    comparison = Comparison(hub)
    hub.select(["1.png", "2.png", "3.png"], "3.png")
    comparison.open()
    (tmp_path / "图片" / "3.png").unlink()
    hub.refresh()
    assert [item.name for item in comparison.items] == ["1.png", "2.png"]
    assert comparison.front == 1
    comparison.close()
    assert comparison.items == ()


def test_how_the_grid_looks_is_kept(qtbot: QtBot, tmp_path: Path) -> None:
    settings = SettingsViewModel(tmp_path / "settings.json")
    look = GridLook(settings)
    told: list[int] = []
    look.changed.connect(lambda: told.append(look.height))
    look.set_height(9000)
    look.set_height(MOST)
    look.enlarge(-100)
    look.enlarge(1)
    assert told == [MOST, LEAST, round(LEAST * 1.15)]
    look.show_captions(True)
    look.move_on(True)
    look.save()
    again = GridLook(SettingsViewModel(tmp_path / "settings.json"))
    assert (again.height, again.captions, again.moves_on) == (round(LEAST * 1.15), True, True)
