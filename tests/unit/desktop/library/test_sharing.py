"""Pictures that differ only in ending or case, and the one caption file that trainers give them."""

import pytest

from loraferry.library.sharing import CaptionFiles, caption_files, to_ask

NAMES = ["a.jpg", "a.png", "b.png", "sub/a.png", "C.png", "c.jpg"]


def test_by_default_they_share_as_they_do_in_trainers() -> None:
    files = caption_files(NAMES, {"a": "a.txt", "b": "b.caption"})
    assert files.sharers("a.png") == ("a.jpg", "a.png")
    assert files.found("a.png") == files.found("a.jpg") == "a.txt"
    assert files.target("a.jpg") == "a.txt"
    assert files.sharers("sub/a.png") == ("sub/a.png",)
    assert files.target("sub/a.png") == "sub/a.txt"
    # A .caption is read, and a .txt is written.
    assert (files.found("b.png"), files.target("b.png")) == ("b.caption", "b.txt")


def test_by_choice_each_has_its_own_and_begins_with_the_shared_text() -> None:
    files = caption_files(NAMES, {"a": "a.txt"}, "own")
    assert files.sharers("a.png") == ("a.png",)
    assert files.found("a.png") == "a.txt"
    assert files.target("a.png") == "a.png.txt"
    assert files.target("b.png") == "b.txt"


def test_a_file_of_its_own_counts_before_the_shared_one() -> None:
    files = caption_files(["a.jpg", "a.png", "a.webp"], {"a": "a.txt", "a.png": "a.png.txt"})
    assert files.found("a.png") == files.target("a.png") == "a.png.txt"
    assert files.sharers("a.png") == ("a.png",)
    assert files.sharers("a.jpg") == ("a.jpg", "a.webp")


def test_alone_the_file_that_trainers_read_counts() -> None:
    # gallery-dl and Hydrus write `b.png.txt`; a person who edits goes on in `b.txt`.
    assert caption_files(NAMES, {"b.png": "b.png.txt"}).found("b.png") == "b.png.txt"
    files = caption_files(NAMES, {"b": "b.txt", "b.png": "b.png.txt"})
    assert (files.found("b.png"), files.target("b.png")) == ("b.txt", "b.txt")


def test_case_matters_only_where_the_disk_says_so() -> None:
    apart = caption_files(NAMES, {"C": "C.txt"})
    assert apart.sharers("C.png") == ("C.png",)
    assert apart.found("c.jpg") is None
    folded = caption_files(NAMES, {"C": "C.txt"}, folds_case=True)
    assert folded.sharers("c.jpg") == ("C.png", "c.jpg")
    assert folded.found("c.jpg") == folded.target("c.jpg") == "C.txt"
    assert folded.found("b.png") is None


def test_new_files_are_seen_as_they_come() -> None:
    found: dict[str, str] = {}
    for folds_case in (False, True):
        files = caption_files(["a.png", "B.png"], found, folds_case=folds_case)
        found["a"] = "a.txt"
        assert files.found("a.png") == "a.txt"
        found["b"] = "b.txt"
        assert (files.found("B.png") is not None) == folds_case
        found.clear()


def test_a_name_that_is_no_unicode_is_written_where_it_lies() -> None:
    odd = "caf\udce9.png"
    assert caption_files(["caf\\xe9.png"], {}).target("caf\\xe9.png", odd) == "caf\udce9.txt"


def test_it_is_asked_once_with_an_example() -> None:
    found = to_ask(caption_files(NAMES, {"a": "a.txt"}))
    assert found is not None
    assert found.params == {"count": 1, "names": "a.jpg, a.png", "file": "a.txt"}


@pytest.mark.parametrize(
    "files",
    [
        caption_files(NAMES, {}, "together"),
        caption_files(NAMES, {}, "own"),
        caption_files(["a.png", "b.png"], {}),
        caption_files(["a.jpg", "a.png"], {"a.png": "a.png.txt"}),
    ],
)
def test_it_is_not_asked_where_it_is_decided_or_does_not_matter(files: CaptionFiles) -> None:
    assert to_ask(files) is None
