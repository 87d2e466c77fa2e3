"""Caption files: every encoding in, UTF-8 out, whole or not at all."""

import os
import stat
import sys
from pathlib import Path

import pytest

from loraferry.library import captions
from loraferry.library.captions import decode, read_caption, write_caption
from loraferry.library.scan import list_pictures
from loraferry_core.problems import ProblemError

CHINESE = "一只红色的狐狸, 在雪地里, 高清"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "UTF-8"),
        (b"solo, smile", "solo, smile", "UTF-8"),
        (CHINESE.encode(), CHINESE, "UTF-8"),
        (CHINESE.encode("utf-8-sig"), CHINESE, "UTF-8"),
        (CHINESE.encode("utf-16"), CHINESE, "UTF-16"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), CHINESE, "UTF-16"),
        ("plain text".encode("utf-16-le"), "plain text", "UTF-16"),
        ("plain text".encode("utf-16-be"), "plain text", "UTF-16"),
        (CHINESE.encode("utf-16-be"), CHINESE, "UTF-16"),
        (CHINESE.encode("utf-16-le"), CHINESE, "UTF-16"),
        (CHINESE.encode("gbk"), CHINESE, "GB18030"),
        ("red fox, 雪地".encode("gb18030"), "red fox, 雪地", "GB18030"),
        ("été à la plage, café".encode("cp1252"), "été à la plage, café", "Windows-1252"),
    ],
)
def test_the_encoding_is_found(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)


def test_what_is_no_text_is_refused() -> None:
    assert decode(b"\x00\x01\x00\x00\x02\x00\x00") is None


def test_reading_warns_of_another_encoding_and_leaves_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(CHINESE.encode("gbk"))
    caption = read_caption(file, "a.png")
    assert caption.text == CHINESE
    assert caption.problem is not None
    assert caption.problem.code == "caption_encoding"
    assert caption.problem.params == {"name": "a.png", "encoding": "GB18030"}
    assert file.read_bytes() == CHINESE.encode("gbk")


def test_windows_line_ends_and_space_around_are_tidied(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"one\r\ntwo\r\n\r\n")
    assert read_caption(file, "a.png").text == "one\ntwo"


def test_a_huge_or_binary_caption_is_a_problem(tmp_path: Path) -> None:
    huge, binary = tmp_path / "huge.txt", tmp_path / "binary.txt"
    huge.write_bytes(b"x" * (captions.MAX_CAPTION_BYTES + 1))
    binary.write_bytes(b"\x00\x01\x00\x00\x02\x00\x00")
    for file in (huge, binary):
        found = read_caption(file, "a.png").problem
        assert found is not None
        assert found.code == "caption_unreadable"


def test_no_file_is_no_caption_and_no_problem(tmp_path: Path) -> None:
    assert read_caption(tmp_path / "none.txt", "a.png") == captions.NO_CAPTION


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_writing_keeps_permissions_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    stamp = write_caption(file, CHINESE, "a.png")
    assert file.read_text(encoding="utf-8") == CHINESE
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert stamp == captions.stamp_of(file)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old", encoding="utf-8")
    (tmp_path / "a.txt").symlink_to(tmp_path / "real.txt")
    write_caption(tmp_path / "a.txt", "new", "a.png")
    assert (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text(encoding="utf-8") == "new"


def test_a_full_disk_leaves_the_old_caption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProblemError) as raised:
        write_caption(file, "new", "a.png")
    assert raised.value.problem.code == "caption_unwritable"
    assert raised.value.problem.params == {"name": "a.png", "detail": "No space left on device"}
    assert file.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_a_write_protected_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("keep me", encoding="utf-8")
    file.chmod(0o444)
    with pytest.raises(ProblemError):
        write_caption(file, "new", "a.png")
    assert file.read_text(encoding="utf-8") == "keep me"


def test_what_a_killed_process_left_is_removed_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    old, new, other = tmp_path / "sub" / ".loraferry-1.tmp", tmp_path / ".loraferry-2.tmp", tmp_path / "mine.tmp"
    for file in (old, new, other):
        file.write_text("half", encoding="utf-8")
    for file in (old, other):
        os.utime(file, (1, 1))
    listing = list_pictures(tmp_path)
    assert set(listing.leftovers) == {"sub/.loraferry-1.tmp", ".loraferry-2.tmp"}
    captions.remove_leftovers(tmp_path, (*listing.leftovers, "mine.tmp", "gone.tmp"))
    assert [file.exists() for file in (old, new, other)] == [False, True, True]
