"""What goes wrong with folders, disks and files while people work on them: nothing is lost, and it is said."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.library.approved import approved
from loraferry.library.details import read_details
from loraferry.library.edits import Edit, captioned, judged
from loraferry.library.items import Item
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry.library.scan import list_pictures
from loraferry.library.store import Store
from loraferry.library.thumbnails import ThumbnailCache, thumbnail
from loraferry_core.problems import ProblemError
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def get(library: Library, name: str) -> Item:
    item = library.item(name)
    assert item is not None
    return item


def text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


# --- a disk that goes away


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder lies on a network disk, so the library's file is in the program's own folder."""
    monkeypatch.setattr("loraferry.library.store.disk_of", lambda folder: "network")


def test_a_network_disk_that_disappears_loses_nothing(folder: Path, opened: Opened, network: None) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    away = folder.with_name("away")
    folder.rename(away)
    library.apply(captioned({"1.png": "written while it was gone"}))
    library.apply(judged(["2.png"], "reject"))
    told = library.flush()
    assert [found.code for found in told.problems] == ["caption_unwritable"]
    assert get(library, "1.png").caption == "written while it was gone"
    with pytest.raises(ProblemError) as raised:
        list_pictures(folder)
    assert raised.value.problem.code == "folder_unreadable"
    assert len(library) == 3
    # Nothing was made in its place, which would hide the disk when it comes back.
    assert not folder.exists()
    away.rename(folder)
    library.relist(list_pictures(folder))
    library.read()
    assert library.flush().problems == ()
    assert text(folder, "1.txt") == "written while it was gone"
    assert get(library, "2.png").rejected
    assert library.faulty == {}


def test_a_disk_that_is_gone_until_the_next_start_loses_nothing(
    folder: Path, places: Places, network: None, opened: Opened
) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    away = folder.with_name("away")
    folder.rename(away)
    library.apply(captioned({"1.png": "kept"}))
    library.flush()
    library.close()
    with pytest.raises(ProblemError):
        Library.open(folder, places)
    away.rename(folder)
    again = opened(folder)
    assert get(again, "1.png").caption == "kept"
    again.flush()
    assert text(folder, "1.txt") == "kept"


def test_while_a_disk_is_gone_its_pictures_are_called_vanished_and_come_back(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    away = folder.with_name("away")
    folder.rename(away)
    library.read()
    assert {found.code for faults in library.faulty.values() for found in faults} == {"image_vanished"}
    away.rename(folder)
    library.read()
    assert library.faulty == {}
    assert [item.caption for item in library] == ["a picture 1", "a picture 2"]


# --- pictures that change


def test_a_picture_that_changes_is_seen_anew_and_one_that_vanishes_is_told(folder: Path, tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "cache")
    path = pictures.plain(folder / "1.png", (40, 30))
    first = thumbnail("1.png", str(path), 160, cache)
    pictures.plain(path, (30, 40), hue=90)
    os.utime(path, ns=(1, 1))
    second = thumbnail("1.png", str(path), 160, cache)
    assert first.source_size == (40, 30)
    assert second.source_size == (30, 40)
    path.unlink()
    gone = thumbnail("1.png", str(path), 160, cache)
    assert gone.problem is not None
    assert gone.problem.code == "image_vanished"
    cache.close()


def test_what_is_broken_keeps_nothing_else_from_being_trained(folder: Path, places: Places, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    pictures.truncated(folder / "half.png")
    pictures.zero_bytes(folder / "nothing.jpg")
    pictures.bomb(folder / "huge.png", (16_320, 12_240))
    pictures.not_an_image(folder / "list.webp")
    pictures.plain(folder / "gone.png")
    library = opened(folder)
    (folder / "gone.png").unlink()
    result = approved(library, 256, places=places)
    assert [entry.name for entry in result.manifest.entries] == ["1.png", "2.png"]
    found = {str(p.params["name"]): p.code for p in result.problems if p.code.startswith("image_")}
    assert found["half.png"] == "image_truncated"
    assert found["nothing.jpg"] == "image_empty"
    assert found["huge.png"] == "image_too_large"
    assert found["list.webp"] == "image_unreadable"
    assert found["gone.png"] == "image_vanished"


# --- captions


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-be", "cp1252"])
def test_a_caption_in_another_encoding_is_converted_and_its_bytes_are_kept(
    folder: Path, opened: Opened, encoding: str
) -> None:
    words = "café, red fox" if encoding == "cp1252" else "一只红色的狐狸, 雪"
    pictures.plain(folder / "1.png")
    before = words.encode(encoding)
    (folder / "1.txt").write_bytes(before)
    library = opened(folder)
    assert get(library, "1.png").caption == words
    assert [found.code for found in get(library, "1.png").problems] == ["caption_encoding"]
    library.apply(captioned({"1.png": f"{words}, new"}))
    library.flush()
    assert text(folder, "1.txt") == f"{words}, new"
    assert [content for _, content in library.originals("1.png")] == [before]
    assert library.faulty == {}
    library.undo()
    library.flush()
    assert text(folder, "1.txt") == words


# --- two windows


def test_two_windows_write_in_turn_and_hear_of_each_other(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    one, other = opened(folder), opened(folder)
    one.apply(captioned({"1.png": "by one"}))
    one.flush()
    other.apply(judged(["2.png"], "reject"))
    one.apply(Edit("project", project={"trigger": "zorblax"}))
    for window in (one, other):
        window.relist(list_pictures(folder))
        window.read()
    for window in (one, other):
        assert get(window, "1.png").caption == "by one"
        assert get(window, "2.png").rejected
        assert window.project.trigger == "zorblax"
    assert other.can_undo
    other.undo()
    other.undo()
    one.relist(list_pictures(folder))
    assert not get(one, "2.png").rejected
    assert one.project.trigger == ""
    one.redo()
    assert get(one, "2.png").rejected


def test_two_windows_edit_the_same_caption_and_neither_text_is_lost(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png", caption="fox, snow")
    one, other = opened(folder), opened(folder)
    one.apply(captioned({"1.png": "fox, snow, red"}))
    one.flush()
    other.apply(captioned({"1.png": "fox, snow, night"}))
    other.flush()
    assert set(text(folder, "1.txt").split(", ")) == {"fox", "snow", "red", "night"}


def test_a_window_that_cannot_write_at_this_moment_says_so_and_changes_nothing(
    folder: Path, places: Places, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.folder_of(folder, 2)
    one, other = opened(folder), opened(folder)
    one.apply(judged(["1.png"], "keep"))
    other.apply(judged(["1.png"], "reject"))
    blocker = Store(folder, places)
    # How long a window waits for the other one is no matter of this test.
    one._store.rows("PRAGMA busy_timeout = 1")
    with blocker.transaction() as database:
        database.execute("DELETE FROM blob")
        with pytest.raises(ProblemError) as raised:
            one.apply(judged(["2.png"], "reject"))
    assert raised.value.problem.code == "folder_unwritable"
    assert not get(one, "2.png").rejected
    assert one.apply(judged(["2.png"], "reject"))
    blocker.close()


# --- many things at once


def test_a_folder_with_everything_opens(folder: Path, opened: Opened) -> None:
    pictures.cmyk(folder / "cmyk.jpg")
    pictures.sixteen_bit(folder / "deep.png")
    pictures.with_profile(folder / "icc.png", b"odd")
    pictures.turned_by_exif(folder / "turned.jpg")
    pictures.animated(folder / "moving.gif")
    pictures.palette_with_hole(folder / "hole.png")
    for name in pictures.ODD_NAMES:
        if os.name != "nt":
            pictures.plain(folder / name, caption="odd")
    shutil.copy(folder / "cmyk.jpg", folder / "CMYK.JPG")
    library = opened(folder)
    assert all(item.caption is not None for item in library)
    assert {found.code for faults in library.faulty.values() for found in faults} == set()
    details = read_details(library.wanted())
    assert all(detail.size > 0 for detail in details)
