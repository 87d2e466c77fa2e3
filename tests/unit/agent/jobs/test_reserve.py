"""Room for the time when the disk is full."""

import errno
from pathlib import Path

import pytest

from loraferry_agent.jobs import reserve
from loraferry_agent.jobs.reserve import FILE_BYTES, FILES, give_reserve, is_full, keep_reserve
from loraferry_agent.layout import Layout


def sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


def test_it_is_kept_on_each_disk_and_given(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "home", tmp_path / "work")
    keep_reserve(layout)
    assert sizes(tmp_path) == []
    layout.home.mkdir()
    layout.work.mkdir()
    for _ in range(2):
        keep_reserve(layout)
        assert sizes(layout.home) == sizes(layout.work) == [FILE_BYTES] * FILES
    give_reserve(layout)
    give_reserve(layout)
    assert sizes(tmp_path) == []


def test_it_is_not_taken_back_from_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve, "ENOUGH", 2**60)
    keep_reserve(Layout(tmp_path, tmp_path))
    assert sizes(tmp_path) == []


@pytest.mark.parametrize(("free", "kept"), [(0, False), (FILES + 1, False), (-1, True), (10_000, True)])
def test_it_is_not_taken_back_from_a_disk_that_can_hold_no_more_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, kept: bool
) -> None:
    monkeypatch.setattr(reserve.platform, "free_inodes", lambda folder: free)
    keep_reserve(Layout(tmp_path, tmp_path))
    assert bool(sizes(tmp_path)) is kept


def test_a_disk_that_gives_only_a_part_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def write(path: Path, data: bytes) -> int:
        if written:
            raise OSError(errno.ENOSPC, "full")
        written.append(path)
        path.touch()
        return 0

    monkeypatch.setattr(Path, "write_bytes", write)
    keep_reserve(Layout(tmp_path, tmp_path))
    assert sizes(tmp_path) == []


def test_what_full_means() -> None:
    assert is_full(OSError(errno.ENOSPC, "")) and is_full(OSError(errno.EDQUOT, ""))
    assert not is_full(PermissionError(errno.EACCES, ""))
