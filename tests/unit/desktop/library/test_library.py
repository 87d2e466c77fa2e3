"""The library: reading, editing, undo, edits from outside, folders that cannot be written."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.library import captions
from loraferry.library.concepts import Concept
from loraferry.library.details import read_details
from loraferry.library.edits import Edit, captioned, grouped, judged, starred
from loraferry.library.fields import Project
from loraferry.library.items import Changes, Item
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry.library.scan import list_pictures
from loraferry.library.shapes import Crop, Turn
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def get(library: Library, name: str) -> Item:
    item = library.item(name)
    assert item is not None
    return item


def codes(changes: Changes) -> list[str]:
    return [found.code for found in changes.problems]


def apply(library: Library, edit: Edit, *, typing: bool = False) -> Changes:
    """An edit, and its way to the files."""
    return library.apply(edit, typing=typing).joined(library.flush())


def undo(library: Library) -> Changes:
    return library.undo().joined(library.flush())


def redo(library: Library) -> Changes:
    return library.redo().joined(library.flush())


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
    changes = apply(library, captioned({"2.png": "二号, red"}))
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
    apply(opened(folder), judged(["1.png", "3.png"], "reject"))
    assert [item.verdict for item in opened(folder)] == ["reject", "", "reject"]


def test_an_edit_that_changes_nothing_is_no_step(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    assert not apply(library, captioned({"1.png": "a picture 1", "gone.png": "x"}))
    assert not library.can_undo


def test_undo_and_redo_of_many(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    apply(library, captioned(dict.fromkeys(["1.png", "2.png"], "same")))
    apply(library, judged(["1.png"], "reject"))
    assert undo(library).names == {"1.png"}
    assert undo(library).names == {"1.png", "2.png"}
    assert not undo(library)
    assert [item.caption for item in library] == ["a picture 1", "a picture 2", "a picture 3"]
    assert (folder / "2.txt").read_text(encoding="utf-8") == "a picture 2"
    redo(library)
    redo(library)
    assert not library.can_redo
    assert get(library, "1.png").rejected
    assert (folder / "2.txt").read_text(encoding="utf-8") == "same"


def test_typing_is_one_step_until_it_pauses(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    for text in ("r", "re", "red"):
        apply(library, captioned({"1.png": text}), typing=True)
    library.pause()
    apply(library, captioned({"1.png": "red fox"}), typing=True)
    apply(library, captioned({"2.png": "other"}), typing=True)
    undo(library)
    undo(library)
    assert get(library, "1.png").caption == "red"
    undo(library)
    assert get(library, "1.png").caption == "a picture 1"


def test_a_new_edit_forgets_what_was_undone(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    apply(library, captioned({"1.png": "a"}))
    undo(library)
    apply(library, captioned({"1.png": "b"}))
    assert not library.can_redo


def test_a_caption_changed_outside_is_not_overwritten(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    (folder / "1.txt").write_text("from another program", encoding="utf-8")
    changes = apply(library, captioned({"1.png": "typed here"}))
    assert codes(changes) == ["caption_changed"]
    assert get(library, "1.png").caption == "from another program"
    assert (folder / "1.txt").read_text(encoding="utf-8") == "from another program"
    undo(library)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed here"
    redo(library)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "from another program"


def test_tags_changed_outside_and_here_are_merged(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png", caption="fox, snow, night")
    library = opened(folder)
    (folder / "1.txt").write_text("red fox, snow, night", encoding="utf-8")
    assert codes(apply(library, captioned({"1.png": "fox, snow, day"}))) == ["caption_merged"]
    assert get(library, "1.png").caption == "red fox, snow, day"
    assert (folder / "1.txt").read_text(encoding="utf-8") == "red fox, snow, day"
    undo(library)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "fox, snow, day"


def test_a_caption_that_appeared_outside_is_not_overwritten(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png")
    library = opened(folder)
    (folder / "1.txt").write_text("from another program", encoding="utf-8")
    assert codes(apply(library, captioned({"1.png": "typed here"}))) == ["caption_changed"]
    assert (folder / "1.txt").read_text(encoding="utf-8") == "from another program"


def test_a_file_only_touched_outside_is_no_conflict(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    os.utime(folder / "1.txt", (1, 1))
    assert not apply(library, captioned({"1.png": "typed here"})).problems


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
    apply(library, captioned({"1.png": "x"}))
    undo(library)
    library.absorb(late)
    assert get(library, "1.png").caption == "x"


def test_pictures_that_come_and_go(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    apply(library, judged(["2.png"], "reject"))
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
    assert apply(library, captioned({"a.png": "new"})).names == {"a.png", "a.jpg"}
    assert get(library, "a.jpg").caption == "new"
    apply(library, captioned({"a.jpg": "newer"}))
    assert get(library, "a.png").caption == "newer"


def test_kohya_captions_are_read_and_never_rewritten(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "a.png")
    (folder / "a.caption").write_text("kohya", encoding="utf-8")
    library = opened(folder)
    assert get(library, "a.png").caption == "kohya"
    apply(library, captioned({"a.png": "ours"}))
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
    apply(library, captioned({"a.png": "红色的狐狸, 雪"}))
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
    changes = apply(library, captioned({"1.png": "typed on a read-only disk"}))
    assert codes(changes) == ["caption_unwritable"]
    assert changes.problems[0].params == {"name": "1.png", "detail": "Read-only file system"}
    assert (folder / "1.txt").read_text(encoding="utf-8") == "a picture 1"
    apply(library, judged(["2.png"], "reject"))

    again = opened(folder)
    assert get(again, "1.png").caption == "typed on a read-only disk"
    assert [found.code for found in get(again, "1.png").problems] == ["caption_unwritable"]
    assert get(again, "2.png").rejected

    locked(False)
    once_more = opened(folder)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed on a read-only disk"
    assert not get(once_more, "1.png").problems
    assert not opened(folder).unwritten


def test_an_unsaved_caption_does_not_overwrite_a_file_that_changed(
    folder: Path, opened: Opened, locked: Callable[[bool], None]
) -> None:
    locked(False)
    pictures.folder_of(folder, 1)
    library = opened(folder)
    locked(True)
    apply(library, captioned({"1.png": "typed"}))
    locked(False)
    (folder / "1.txt").write_text("outside", encoding="utf-8")
    again = opened(folder)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "outside"
    assert get(again, "1.png").caption == "outside"
    undo(again)
    assert (folder / "1.txt").read_text(encoding="utf-8") == "typed"


def test_undo_and_redo_outlive_the_program(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    first = opened(folder)
    apply(first, captioned({"1.png": "a", "2.png": "b"}, "replace"))
    apply(first, starred(["1.png"], 4))
    second = opened(folder)
    assert get(second, "1.png").stars == 4
    undo(second)
    third = opened(folder)
    assert (third.can_undo, third.can_redo) == (True, True)
    undo(third)
    assert (folder / "2.txt").read_text(encoding="utf-8") == "a picture 2"
    redo(third)
    redo(third)
    assert (get(third, "2.png").caption, get(third, "1.png").stars) == ("b", 4)
    assert [(step.label, step.pictures) for step in third.steps()] == [("stars", 1), ("replace", 2)]


def test_each_caption_has_its_history(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    apply(library, captioned({"1.png": "a", "2.png": "b"}))
    apply(library, captioned({"1.png": "c"}, "machine"))
    assert [(one.label, one.text) for one in library.caption_history("1.png")] == [
        ("", "a picture 1"),
        ("captions", "a"),
        ("machine", "c"),
    ]
    undo(library)
    assert [one.text for one in library.caption_history("1.png")] == ["a picture 1", "a"]


def test_captions_that_were_kept_and_not_written_reach_their_files_next_time(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 3)
    opened(folder).apply(captioned({"1.png": "one", "2.png": "two"}))
    assert (folder / "1.txt").read_text(encoding="utf-8") == "a picture 1"
    again = opened(folder)
    assert not again.unwritten
    assert (folder / "1.txt").read_text(encoding="utf-8") == "one"
    assert get(again, "2.png").caption == "two"


def test_an_edit_while_the_one_before_is_on_its_way(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    library.apply(captioned({"1.png": "first"}))
    errands = library.errands()
    assert errands is not None
    results = errands(lambda: None)
    library.apply(captioned({"1.png": "second"}))
    library.written(results)
    assert get(library, "1.png").caption == "second"
    assert not library.flush().problems
    assert (folder / "1.txt").read_text(encoding="utf-8") == "second"


def test_what_holds_for_the_project_is_kept_and_undone(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    concept = Concept("c1", "Cat", colour=2, repeats=3, weight=0.5)
    assert library.apply(Edit("project", project={"trigger": "sks", "concepts": (concept,)})).project
    library.apply(grouped(["1.png"], "c1"))
    again = opened(folder)
    assert (again.project.trigger, again.project.concept("c1")) == ("sks", concept)
    assert get(again, "1.png").concept == "c1"
    again.undo()
    again.undo()
    assert again.project == Project()


def test_turns_crops_and_masks_are_kept(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    mask = library.keep_blob(b"a mask")
    crops = (Crop(1, 2, 30, 40), Crop(0, 0, 5, 5))
    library.apply(
        Edit("crop", {"turn": {"1.png": Turn(1, True, 2.5)}, "crops": {"1.png": crops}, "mask": {"1.png": mask}})
    )
    item = get(opened(folder), "1.png")
    assert (item.turn, item.crops, library.blob(item.mask)) == (Turn(1, True, 2.5), crops, b"a mask")


def test_pictures_that_come_after_the_first_edit_or_a_training_are_new(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    assert not any(item.new for item in library)
    library.apply(judged(["1.png"], "keep"))
    pictures.plain(folder / "3.png")
    assert library.relist(list_pictures(folder)).names == {"3.png"}
    assert [item.new for item in library] == [False, False, True]
    assert library.trained(["1.png", "3.png"]).names == {"2.png", "3.png"}
    assert [item.new for item in opened(folder)] == [False, True, False]


def test_another_window_on_the_same_folder_is_heard(folder: Path, opened: Opened) -> None:
    pictures.folder_of(folder, 2)
    one, other = opened(folder), opened(folder)
    apply(one, judged(["1.png"], "reject"))
    apply(other, judged(["2.png"], "keep"))
    assert one.relist(list_pictures(folder)).names == {"2.png"}
    assert [item.verdict for item in one] == ["reject", "keep"]
    assert one.undo().names == {"2.png"}


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_odd_names_are_edited_like_any(folder: Path, opened: Opened) -> None:
    for name in pictures.ODD_NAMES:
        pictures.plain(folder / name)
    names = {path.name for path in folder.iterdir()}
    library = opened(folder)
    for name in pictures.ODD_NAMES:
        assert not apply(library, captioned({name: f"caption of {name}"})).problems
    apply(library, judged(list(pictures.ODD_NAMES), "reject"))
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
    apply(library, captioned({"caf\\xe9.png": "new"}))
    apply(library, judged(["caf\\xe9.png"], "reject"))
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
    assert codes(apply(library, captioned({"1.png": "x"}))) == ["caption_unwritable"]
    assert not [path for path in folder.iterdir() if path.suffix == ".tmp"]
    assert captions.read_caption(folder / "1.txt", "1.png").text == "a picture 1"
