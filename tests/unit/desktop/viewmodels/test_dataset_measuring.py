"""Pictures are measured in the background, and what was measured is there at the next opening."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraferry.library import measures
from loraferry.viewmodels.dataset import DatasetViewModel
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.studio import make_studio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = pictures.folder_of(tmp_path / "图片", 20)
    (made / "21.png").write_bytes(b"no picture")
    return made


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[DatasetViewModel]:
    studio = make_studio(tmp_path, InlineRunner())
    yield studio.dataset
    studio.dataset.close()


def test_sizes_and_qualities_come_by_themselves(
    hub: DatasetViewModel, folder: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.open_folder(folder)
    qtbot.waitUntil(lambda: not hub.measuring.busy, timeout=20_000)
    library = hub.library
    assert library is not None
    assert hub.measuring.done == hub.measuring.total == 21
    assert all(item.width and item.quality is not None for item in library.items[:20])
    broken = library.item("21.png")
    assert broken is not None
    assert broken.image_problem is not None

    measured: list[str] = []
    monkeypatch.setattr(measures, "measure_quality", lambda _: measured.append("again"))
    again = make_studio(tmp_path, InlineRunner())
    again.dataset.open_folder(folder)
    qtbot.waitUntil(lambda: not again.dataset.measuring.busy, timeout=20_000)
    assert again.dataset.library is not None
    assert all(item.quality is not None for item in again.dataset.library.items[:20])
    assert not measured
    again.dataset.close()


def test_it_can_be_paused(hub: DatasetViewModel, folder: Path, qtbot: QtBot) -> None:
    hub.measuring.pause(True)
    hub.open_folder(folder)
    qtbot.wait(50)
    assert hub.measuring.done == 0
    hub.measuring.pause(False)
    qtbot.waitUntil(lambda: not hub.measuring.busy, timeout=20_000)
    assert hub.measuring.done == 21


def test_a_picture_that_was_changed_is_measured_anew_and_a_broken_one_stays_broken(
    hub: DatasetViewModel, folder: Path, qtbot: QtBot
) -> None:
    hub.open_folder(folder)
    pictures.truncated(folder / "22.png")
    hub.refresh()
    qtbot.waitUntil(lambda: not hub.measuring.busy, timeout=20_000)
    library = hub.library
    assert library is not None
    before = library.item("3.png")
    assert before is not None
    pictures.plain(folder / "3.png", (64, 128), hue=200)
    seen: list[str | None] = []
    hub.changed.connect(lambda: seen.append(getattr(library.item("22.png"), "image_problem", None)))
    hub.refresh()
    qtbot.waitUntil(lambda: not hub.measuring.busy, timeout=20_000)
    after = library.item("3.png")
    assert after is not None
    assert (after.width, after.height) == (64, 128)
    assert after.quality not in (None, before.quality)
    assert seen
    assert None not in seen
