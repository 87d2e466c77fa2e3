"""Which artifacts have a verified copy."""

import hashlib
import os
from pathlib import Path

import pytest

from loraferry_agent.jobs.acknowledged import acknowledge, is_acknowledged, read_copies
from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.problems import ProblemError

NAME = "output/cat.safetensors"
DATA = b"weights" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path, tmp_path)
    layout.locks.mkdir()
    return layout


@pytest.fixture
def folder(layout: Layout) -> JobFolder:
    folder = layout.job("job")
    folder.output.mkdir(parents=True)
    (folder.path / NAME).write_bytes(DATA)
    return folder


def has_copy(folder: JobFolder, name: str = NAME) -> bool:
    return is_acknowledged(folder, read_copies(folder), name)


def test_what_was_checked_is_acknowledged_once_and_again(layout: Layout, folder: JobFolder) -> None:
    assert not has_copy(folder)
    acknowledge(layout, folder, NAME, SHA)
    assert has_copy(folder)
    acknowledge(layout, folder, NAME, SHA)
    other = folder.output / "b.png"
    other.write_bytes(b"b")
    acknowledge(layout, folder, "output/b.png", hashlib.sha256(b"b").hexdigest())
    assert has_copy(folder)
    assert has_copy(folder, "output/b.png")


def test_another_hash_is_refused(layout: Layout, folder: JobFolder) -> None:
    with pytest.raises(ProblemError, match="artifact_corrupt"):
        acknowledge(layout, folder, NAME, "0" * 64)
    assert not has_copy(folder)


@pytest.mark.parametrize(
    ("name", "code"),
    [("output/none", "artifact_unknown"), ("../x", "name_unsafe"), ("spec.json", "name_unsafe")],
)
def test_what_is_no_artifact_is_refused(layout: Layout, folder: JobFolder, name: str, code: str) -> None:
    with pytest.raises(ProblemError, match=code):
        acknowledge(layout, folder, name, SHA)


def test_a_file_that_was_written_anew_has_no_copy(layout: Layout, folder: JobFolder) -> None:
    acknowledge(layout, folder, NAME, SHA)
    path = folder.path / NAME
    path.write_bytes(DATA[:-1] + b"!")
    os.utime(path, ns=(1, 1))
    assert not has_copy(folder)
    with pytest.raises(ProblemError, match="artifact_corrupt"):
        acknowledge(layout, folder, NAME, SHA)


def test_what_is_gone_cannot_be_lost(folder: JobFolder) -> None:
    (folder.path / NAME).unlink()
    assert has_copy(folder)


def test_a_damaged_record_counts_as_none(layout: Layout, folder: JobFolder) -> None:
    for damage in (b"\x00\xff", b'{"output/cat.safetensors": 7}', b"[]"):
        folder.acknowledged.write_bytes(damage)
        assert not has_copy(folder)
    acknowledge(layout, folder, NAME, SHA)
    assert has_copy(folder)
