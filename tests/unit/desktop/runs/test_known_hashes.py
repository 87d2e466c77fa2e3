"""A large file is read once, and again whenever it may have changed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.remote.hashes import hash_file
from loraferry.runs.store import RunStore


class Reader:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, path: Path) -> str:
        self.count += 1
        return hash_file(path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


def settled(path: Path, content: bytes, time: int) -> Path:
    path.write_bytes(content)
    os.utime(path, (time, time))
    return path


def test_a_file_is_read_once_while_it_stays_the_same(store: RunStore, tmp_path: Path) -> None:
    read = Reader()
    path = settled(tmp_path / "龙.safetensors", b"one", 1_700_000_000)
    first = store.hashes.of(path, read)
    assert [store.hashes.of(path, read) for _ in range(3)] == [first] * 3
    assert read.count == 1
    settled(path, b"two", 1_700_000_001)
    assert store.hashes.of(path, read) == hash_file(path) != first
    assert read.count == 2


def test_one_that_was_just_written_is_not_trusted(store: RunStore, tmp_path: Path) -> None:
    read = Reader()
    path = tmp_path / "x"
    path.write_bytes(b"one")
    for _ in range(2):
        store.hashes.of(path, read)
    assert read.count == 2


def test_one_that_changes_while_it_is_read_is_not_trusted(store: RunStore, tmp_path: Path) -> None:
    read = Reader()
    path = settled(tmp_path / "x", b"one", 1_700_000_000)

    def change(path: Path) -> str:
        found = read(path)
        settled(path, b"two", 1_700_000_001)
        return found

    store.hashes.of(path, change)
    assert store.hashes.of(path, read) == hash_file(path)


def test_reading_can_be_broken_off(store: RunStore, tmp_path: Path) -> None:
    path = settled(tmp_path / "x", b"one", 1_700_000_000)

    def stop() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        store.hashes.of(path, lambda path: hash_file(path, stop))
