"""The library: reading, editing, undo, edits from outside, folders that cannot be written."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.library import captions
from loraferry.library.details import read_details
from loraferry.library.edits import SetCaptions, captioned, judged
from loraferry.library.items import Changes, Item
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry.library.scan import list_pictures
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def get(library: Library, name: str) -> Item:
    item = library.item(name)
    assert item is not None
    return item


def codes(changes: Changes) -> list[str]:
    return [found.code for found in changes.problems]


@pytest.fixture
def locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Makes the folder refuse to be written, as a read-only disk does. (Rights do not bind root.)"""
    state = {"locked": True}
    real_open, real_mkdir = Path.open, Path.mkdir

    def refuse(path: Path) -> None:
        if state["locked"] and folder in path.parents:
            raise OSError(30, "Read-only file system")

    def guarded_open(self: Path, mode: str = "r", *args: object, **kwargs: object) -> object:
        if "x" in mode or "w" in mode:
            refuse(self)
        return real_open(self, mode, *args, **kwargs)  # type: ignore[call-overload]

    def guarded_mkdir(self: Path, *args: object, **kwargs: object) -> None:
        refuse(self)
        real_mkdir(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", guarded_open)
    monkeypatch.setattr(Path, "mkdir", guarded_mkdir)
    return lambda on: state.update(locked=on)


def test_captions_are_read_and_written_at_once(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    assert [item.caption for item in library] == ["a picture 1", "a picture 2", "a picture 3"]
    changes = library.apply(SetCaptions({"2.png": "二号, red"}))
    assert changes == Changes(frozenset({"2.png"}))
    assert get(library, "2.png").caption == "二号, red"
    assert (folder / "2.txt").read_text(encoding="utf-8") == "二号, red"
    assert (folder / "1.txt").read_text(encoding="utf-8") == "a picture 1"


def test_opening_and_reading_writes_nothing(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())
    opened(folder)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) == before


def test_verdicts_survive_a_new_start(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    opened(folder).apply(judged(["1.png", "3.png"], "reject"))
    assert [item.verdict for item in opened(folder)] == ["reject", "", "reject"]


def test_an_edit_that_changes_nothing_is_no_step(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    assert not library.apply(SetCaptions({"1.png": "a picture 1", "gone.png": "x"}))
    assert not library.can_undo


def test_undo_and_redo_of_many(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    library.apply(captioned(["1.png", "2.png"], "same"))
    library.apply(judged(["1.png"], "reject"))
    assert library.undo().names == {"1.png"}
    assert library.undo().names == {"1.png", "2.png"}
    assert not library.undo()
    assert [item.caption for item in library] == ["a picture 1", "a picture 2", "a picture 3"]
    assert (folder / "2.txt").read_text(encoding="utf-8") == "a picture 2"
    library.redo()
    library.redo()
    assert not library.can_redo
    assert get(library, "1.png").rejected
    assert (folder / "2.txt").read_text(encoding="utf-8") == "same"


def test_typing_is_one_step_until_it_pauses(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    for text in ("r", "re", "red"):
        library.apply(SetCaptions({"1.png": text}), typing=True)
    library.pause()
    library.apply(SetCaptions({"1.png": "red fox"}), typing=True)
    library.apply(SetCaptions({"2.png": "other"}), typing=True)
    library.undo()
    library.undo()
    assert get(library, "1.png").caption == "red"
    library.undo()
    assert get(library, "1.png").caption == "a picture 1"


def test_a_new_edit_forgets_what_was_undone(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    library.apply(SetCaptions({"1.png": "a"}))
    library.undo()
    library.apply(SetCaptions({"1.png": "b"}))
    assert not library.can_redo


def test_a_caption_changed_outside_is_not_overwritten(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    (folder / "1.txt").write_text("from another program", encoding="utf-8")
    changes = library.apply(SetCaptions({"1.png": "typed here"}))
    assert codes(changes) == ["caption_changed"]
    assert get(library, "1.png").caption == "from another program"
    assert (folder / "1.txt").read_text(encoding="utf-8") == "from another program"
    library.redo()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed here"
    library.undo()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "from another program"


def test_a_caption_that_appeared_outside_is_not_overwritten(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png")
    library = opened(folder)
    (folder / "1.txt").write_text("from another program", encoding="utf-8")
    assert codes(library.apply(SetCaptions({"1.png": "typed here"}))) == ["caption_changed"]
    assert (folder / "1.txt").read_text(encoding="utf-8") == "from another program"


def test_a_file_only_touched_outside_is_no_conflict(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    os.utime(folder / "1.txt", (1, 1))
    assert not library.apply(SetCaptions({"1.png": "typed here"})).problems


def test_reading_again_takes_over_what_changed_outside(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    (folder / "2.txt").write_text("changed", encoding="utf-8")
    (folder / "3.txt").unlink()
    assert library.read().names == {"2.png", "3.png"}
    assert (get(library, "2.png").caption, get(library, "3.png").caption) == ("changed", "")
    assert not library.read()


def test_an_edit_made_while_reading_stays(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    (folder / "1.txt").write_text("outside", encoding="utf-8")
    library.read()
    late = read_details(library.wanted())
    (folder / "1.txt").write_text("outside again", encoding="utf-8")
    late = read_details(library.wanted())
    library.apply(SetCaptions({"1.png": "x"}))
    library.redo()
    library.absorb(late)
    assert get(library, "1.png").caption == "x"


def test_pictures_that_come_and_go(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    library.apply(judged(["2.png"], "reject"))
    pictures.plain(folder / "10.png")
    (folder / "1.png").unlink()
    changes = library.relist(list_pictures(folder))
    assert changes == Changes(frozenset({"1.png", "10.png"}), listed=True)
    assert [item.name for item in library] == ["2.png", "10.png"]
    assert get(library, "2.png").rejected
    assert not library.relist(list_pictures(folder))


def test_two_pictures_that_share_a_caption_file_change_together(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "a.png", caption="both")
    pictures.plain(folder / "a.jpg")
    library = opened(folder)
    assert library.apply(SetCaptions({"a.png": "new"})).names == {"a.png", "a.jpg"}
    assert get(library, "a.jpg").caption == "new"
    library.apply(SetCaptions({"a.jpg": "newer"}))
    assert get(library, "a.png").caption == "newer"


def test_kohya_captions_are_read_and_never_rewritten(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "a.png")
    (folder / "a.caption").write_text("kohya", encoding="utf-8")
    library = opened(folder)
    assert get(library, "a.png").caption == "kohya"
    library.apply(SetCaptions({"a.png": "ours"}))
    assert (folder / "a.caption").read_text(encoding="utf-8") == "kohya"
    assert (folder / "a.txt").read_text(encoding="utf-8") == "ours"
    assert get(opened(folder), "a.png").caption == "ours"


def test_another_encoding_is_kept_until_saved_and_after(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "a.png")
    (folder / "a.txt").write_bytes("红色的狐狸".encode("gbk"))
    library = opened(folder)
    item = get(library, "a.png")
    assert item.caption == "红色的狐狸"
    assert [found.code for found in item.problems] == ["caption_encoding"]
    assert (folder / "a.txt").read_bytes() == "红色的狐狸".encode("gbk")
    library.apply(SetCaptions({"a.png": "红色的狐狸, 雪"}))
    assert not get(library, "a.png").problems
    assert (folder / "a.txt").read_text(encoding="utf-8") == "红色的狐狸, 雪"
    assert library.originals("a.png") == [("GB18030", "红色的狐狸".encode("gbk"))]


def test_a_folder_that_cannot_be_written_loses_no_caption(
    folder: Path, opened: Opened, locked: Callable[[bool], None]
) -> None:
    locked(False)
    pictures.folder_of(folder, 2)
    library = opened(folder)
    locked(True)
    changes = library.apply(SetCaptions({"1.png": "typed on a read-only disk"}))
    assert codes(changes) == ["caption_unwritable"]
    assert changes.problems[0].params == {"name": "1.png", "detail": "Read-only file system"}
    assert (folder / "1.txt").read_text(encoding="utf-8") == "a picture 1"
    library.apply(judged(["2.png"], "reject"))

    again = opened(folder)
    assert get(again, "1.png").caption == "typed on a read-only disk"
    assert [found.code for found in get(again, "1.png").problems] == ["caption_unwritable"]
    assert get(again, "2.png").rejected

    locked(False)
    once_more = opened(folder)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed on a read-only disk"
    assert not get(once_more, "1.png").problems
    assert not opened(folder)._store.unsaved()


def test_an_unsaved_caption_does_not_overwrite_a_file_that_changed(
    folder: Path, opened: Opened, locked: Callable[[bool], None]
) -> None:
    locked(False)
    pictures.folder_of(folder, 1)
    library = opened(folder)
    locked(True)
    library.apply(SetCaptions({"1.png": "typed"}))
    locked(False)
    (folder / "1.txt").write_text("outside", encoding="utf-8")
    again = opened(folder)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "outside"
    assert get(again, "1.png").caption == "typed"


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_odd_names_are_edited_like_any(folder: Path, opened: Opened) -> None:
    for name in pictures.ODD_NAMES:
        pictures.plain(folder / name)
    names = {path.name for path in folder.iterdir()}
    library = opened(folder)
    for name in pictures.ODD_NAMES:
        assert not library.apply(SetCaptions({name: f"caption of {name}"})).problems
    library.apply(judged(list(pictures.ODD_NAMES), "reject"))
    again = opened(folder)
    for name in pictures.ODD_NAMES:
        assert get(again, name).caption == f"caption of {name}"
        assert get(again, name).rejected
        assert (folder / name).with_suffix(".txt").exists()
    assert names <= {path.name for path in folder.iterdir()}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_unicode_can_be_captioned(folder: Path, opened: Opened) -> None:
    raw = os.fsdecode(os.fsencode(folder) + b"/caf\xe9")
    pictures.plain(folder / "x.png", caption="old").rename(raw + ".png")
    (folder / "x.txt").rename(raw + ".txt")
    library = opened(folder)
    assert get(library, "caf\\xe9.png").caption == "old"
    library.apply(SetCaptions({"caf\\xe9.png": "new"}))
    library.apply(judged(["caf\\xe9.png"], "reject"))
    assert Path(raw + ".txt").read_text(encoding="utf-8") == "new"
    assert get(opened(folder), "caf\\xe9.png").rejected


def test_an_empty_picture_and_a_vanished_one_are_found_while_reading(
    folder: Path, opened: Opened, places: Places
) -> None:
    pictures.folder_of(folder, 2)
    pictures.zero_bytes(folder / "zero.png")
    library = Library.open(folder, places)
    (folder / "2.png").unlink()
    library.read()
    assert [[found.code for found in item.problems] for item in library] == [[], ["image_vanished"], ["image_empty"]]
    library.close()


def test_a_temporary_file_is_never_left(folder: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)

    def refuse(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", refuse)
    assert codes(library.apply(SetCaptions({"1.png": "x"}))) == ["caption_unwritable"]
    assert not [path for path in folder.iterdir() if path.suffix == ".tmp"]
    assert captions.read_caption(folder / "1.txt", "1.png").text == "a picture 1"
