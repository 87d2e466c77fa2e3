"""A folder of pictures and places of its own for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loraferry.library.library import Library
from loraferry.library.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "app data", tmp_path / "app cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "图片 pictures"
    made.mkdir()
    return made


@pytest.fixture
def opened(places: Places) -> Iterator[Callable[[Path], Library]]:
    """Opens libraries, reads their captions, writes those that wait, and closes them after the test."""
    libraries: list[Library] = []

    def open_and_read(folder: Path) -> Library:
        library = Library.open(folder, places)
        libraries.append(library)
        library.read()
        library.flush()
        return library

    yield open_and_read
    for library in libraries:
        library.close()
