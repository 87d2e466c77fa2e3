"""Listing a folder: order, nesting, loops, odd names."""

import os
import sys
from pathlib import Path

import pytest

from loraferry.library.scan import folder_of, list_pictures, natural_key, stem_of
from loraferry_core.problems import ProblemError
from tests.fakes import heic, pictures


def test_names_are_sorted_as_people_count(folder: Path) -> None:
    for name in ("10.png", "9.png", "b/2.png", "B/1.png", "a2.PNG", "a10.png"):
        pictures.plain(folder / name)
    assert list_pictures(folder).names == ("9.png", "10.png", "a2.PNG", "a10.png", "B/1.png", "b/2.png")


def test_natural_key_orders_text_and_digits_of_other_scripts_without_clashing() -> None:
    names = ["図10", "図9", "²x", "9", "a", "٣"]
    assert sorted(names, key=natural_key).index("図9") < sorted(names, key=natural_key).index("図10")


def test_stem_ignores_dots_of_folders_and_leading_dots() -> None:
    assert stem_of("v1.2/cat.png") == "v1.2/cat"
    assert stem_of("v1.2/cat") == "v1.2/cat"
    assert stem_of("v1.2/.png") == "v1.2/.png"


def test_only_pictures_are_listed_and_captions_are_found(folder: Path) -> None:
    pictures.plain(folder / "one.png", caption="tags")
    pictures.plain(folder / "two.png")
    (folder / "two.caption").write_text("kohya", encoding="utf-8")
    pictures.plain(folder / "three.png", caption="txt wins")
    (folder / "three.caption").write_text("kohya", encoding="utf-8")
    (folder / "notes.md").write_text("x", encoding="utf-8")
    (folder / ".loraferry").mkdir()
    pictures.plain(folder / ".loraferry" / "hidden.png")
    listing = list_pictures(folder)
    assert listing.names == ("one.png", "three.png", "two.png")
    assert listing.captions == {"one": "one.txt", "two": "two.caption", "three": "three.txt"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_back_up_is_not_followed_for_ever(folder: Path) -> None:
    pictures.plain(folder / "sub" / "1.png")
    (folder / "sub" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "other").symlink_to(folder / "sub", target_is_directory=True)
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    names = list_pictures(folder).names
    assert len(names) == 1
    assert names[0].endswith("/1.png")


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_odd_names_are_listed_as_they_are(folder: Path) -> None:
    for name in pictures.ODD_NAMES:
        pictures.plain(folder / name)
    assert set(list_pictures(folder).names) == set(pictures.ODD_NAMES)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_unicode_becomes_readable_and_keeps_its_path(folder: Path) -> None:
    pictures.plain(folder / "x.png").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png"))
    listing = list_pictures(folder)
    assert listing.names == ("caf\\xe9.png",)
    assert (folder / listing.odd["caf\\xe9.png"]).exists()


def test_a_missing_folder_is_named(folder: Path) -> None:
    with pytest.raises(ProblemError) as raised:
        list_pictures(folder / "nowhere")
    assert raised.value.problem.code == "folder_unreadable"
    assert "nowhere" in str(raised.value.problem.params["path"])


def test_an_unreadable_subfolder_is_a_problem_and_the_rest_is_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.plain(folder / "1.png")
    (folder / "locked").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        # Rights do not bind root, so the system's refusal is played.
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listing = list_pictures(folder)
    assert listing.names == ("1.png",)
    assert [found.code for found in listing.problems] == ["folder_unreadable"]


def test_what_is_dropped_decides_the_folder(folder: Path) -> None:
    picture = pictures.plain(folder / "1.png")
    assert folder_of([folder]) == folder
    assert folder_of([picture]) == folder
    with pytest.raises(ProblemError):
        folder_of([folder / "gone"])


def test_several_folders_that_are_dropped_open_what_holds_them(folder: Path) -> None:
    for name in ("a", "b", "a/below", "c/far"):
        (folder / name).mkdir(parents=True)
    assert folder_of([folder / "a", folder / "b"]) == folder
    assert folder_of([folder / "a" / "below", folder / "a"]) == folder / "a"
    with pytest.raises(ProblemError) as raised:
        folder_of([folder / "a" / "below", folder / "c" / "far"])
    assert raised.value.problem.code == "folders_apart"


def test_phone_pictures_are_listed(folder: Path) -> None:
    for name in ("IMG_1.HEIC", "IMG_2.heif", "IMG_3.hif"):
        heic.turned(folder / name)
    assert list_pictures(folder).names == ("IMG_1.HEIC", "IMG_2.heif", "IMG_3.hif")


def test_captions_of_whole_names_and_lists_are_found(folder: Path) -> None:
    pictures.plain(folder / "a.png")
    (folder / "a.png.txt").write_text("its own", encoding="utf-8")
    (folder / "metadata.jsonl").write_text('{"file_name": "a.png", "text": "listed"}', encoding="utf-8")
    listing = list_pictures(folder)
    assert listing.captions == {"a.png": "a.png.txt"}
    assert listing.listed == {"a.png": "listed"}


def test_a_list_that_cannot_be_read_is_a_problem_of_the_folder(folder: Path) -> None:
    (folder / "metadata.csv").write_text("no,columns", encoding="utf-8")
    assert [found.code for found in list_pictures(folder).problems] == ["caption_list_unreadable"]


def test_the_disk_is_asked_about_case_only_where_it_matters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures.plain(folder / "a.png", caption="x")
    asked = []
    monkeypatch.setattr(Path, "samefile", lambda self, other: asked.append(self) or True)
    assert not list_pictures(folder).folds_case
    assert not asked
    pictures.plain(folder / "A.jpg")
    assert list_pictures(folder).folds_case
    assert len(asked) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other disks fold case")
def test_this_disk_tells_case_apart(folder: Path) -> None:
    pictures.plain(folder / "a.png")
    pictures.plain(folder / "A.png")
    assert not list_pictures(folder).folds_case
