"""The end of a log."""

from pathlib import Path

from loraferry_agent.jobs.log_tail import log_tail


def tail_of(tmp_path: Path, data: bytes, lines: int = 100, max_bytes: int = 1000) -> str:
    path = tmp_path / "train.log"
    path.write_bytes(data)
    return log_tail(path, lines, max_bytes)


def test_no_log_is_empty(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "none", 5) == ""
    assert tail_of(tmp_path, b"") == ""


def test_the_last_lines(tmp_path: Path) -> None:
    assert tail_of(tmp_path, b"a\nb\nc\n\n", lines=2) == "b\nc"
    assert tail_of(tmp_path, b"a\r\nb\r\n") == "a\nb"


def test_half_a_line_at_the_cut_is_left_out(tmp_path: Path) -> None:
    assert tail_of(tmp_path, b"abcdef\nghi\n", max_bytes=7) == "ghi"


def test_a_progress_bar_is_shown_as_it_stood_at_last(tmp_path: Path) -> None:
    assert tail_of(tmp_path, b"start\n10%\r50%\r90%\nend") == "start\n90%\nend"
    assert tail_of(tmp_path, b"10%\r50%\r") == "50%"


def test_escapes_and_broken_text_are_made_harmless(tmp_path: Path) -> None:
    assert tail_of(tmp_path, b"\x1b[31mred\x1b[0m \x07bell \xff\x1b]0;title\x07") == "red bell \ufffd"
