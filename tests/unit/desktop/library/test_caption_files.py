"""Which caption file is whose in an open library: lists of captions, and pictures that differ only in ending."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.library.edits import Edit, captioned
from loraferry.library.items import Item
from loraferry.library.library import Library
from loraferry.library.scan import list_pictures
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def get(library: Library, name: str) -> Item:
    item = library.item(name)
    assert item is not None
    return item


def text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def test_a_list_of_captions_is_read_and_an_edit_goes_to_a_file_of_its_own(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png")
    pictures.plain(folder / "2.png")
    rows = '{"file_name": "1.png", "text": "listed one"}\n{"file_name": "2.png", "text": "listed two"}\n'
    (folder / "metadata.jsonl").write_text(rows, encoding="utf-8")
    library = opened(folder)
    assert [item.caption for item in library] == ["listed one", "listed two"]
    library.apply(captioned({"1.png": "edited"}))
    assert library.flush().problems == ()
    assert text(folder, "1.txt") == "edited"
    assert text(folder, "metadata.jsonl") == rows
    assert not (folder / "2.txt").exists()
    library.undo()
    library.flush()
    assert text(folder, "1.txt") == "listed one"
    again = opened(folder)
    assert [item.caption for item in again] == ["listed one", "listed two"]


def test_a_list_that_changes_is_followed(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png")
    (folder / "metadata.csv").write_text("file_name,text\n1.png,first\n", encoding="utf-8")
    library = opened(folder)
    (folder / "metadata.csv").write_text("file_name,text\n1.png,second\n", encoding="utf-8")
    library.relist(list_pictures(folder))
    library.read()
    assert get(library, "1.png").caption == "second"


@pytest.fixture
def twins(folder: Path, opened: Opened) -> Library:
    pictures.plain(folder / "a.png", caption="both")
    pictures.plain(folder / "a.jpg")
    return opened(folder)


def test_two_that_share_a_caption_are_asked_about_once(twins: Library, folder: Path, opened: Opened) -> None:
    found = twins.to_ask
    assert found is not None
    assert found.params == {"count": 1, "names": "a.jpg, a.png", "file": "a.txt"}
    twins.apply(Edit("project", project={"sharing": "together"}))
    assert twins.to_ask is None
    assert opened(folder).to_ask is None
    twins.apply(captioned({"a.png": "one for both"}))
    twins.flush()
    assert [item.caption for item in twins] == ["one for both"] * 2
    assert text(folder, "a.txt") == "one for both"


def test_two_that_shall_have_their_own_begin_with_the_shared_one(twins: Library, folder: Path, opened: Opened) -> None:
    twins.apply(Edit("project", project={"sharing": "own"}))
    twins.apply(captioned({"a.png": "the drawing"}))
    twins.flush()
    assert (get(twins, "a.png").caption, get(twins, "a.jpg").caption) == ("the drawing", "both")
    assert text(folder, "a.png.txt") == "the drawing"
    assert text(folder, "a.txt") == "both"
    again = opened(folder)
    assert (get(again, "a.png").caption, get(again, "a.jpg").caption) == ("the drawing", "both")
    again.undo()
    again.flush()
    assert text(folder, "a.png.txt") == "both"


def test_files_of_their_own_that_another_program_made_are_read(folder: Path, opened: Opened) -> None:
    for name in ("a.png", "a.jpg"):
        pictures.plain(folder / name)
        (folder / f"{name}.txt").write_text(f"of {name}", encoding="utf-8")
    library = opened(folder)
    assert [item.caption for item in library] == ["of a.jpg", "of a.png"]
    assert library.to_ask is None
    library.apply(captioned({"a.png": "edited"}))
    library.flush()
    assert text(folder, "a.png.txt") == "edited"
    assert text(folder, "a.jpg.txt") == "of a.jpg"
    assert not (folder / "a.txt").exists()


def test_temporary_files_of_a_killed_process_are_removed_at_the_next_opening(folder: Path, opened: Opened) -> None:
    pictures.plain(folder / "1.png", caption="whole")
    for name, age in ((".loraferry-0a1b.tmp", 7200), (".loraferry-2c3d.tmp", 0)):
        (folder / name).write_text("hal", encoding="utf-8")
        now = (folder / name).stat().st_mtime
        os.utime(folder / name, (now - age, now - age))
    assert get(opened(folder), "1.png").caption == "whole"
    assert not (folder / ".loraferry-0a1b.tmp").exists()
    assert (folder / ".loraferry-2c3d.tmp").exists()
