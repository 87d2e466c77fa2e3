"""Sizes and qualities from files and from the cache."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from loraferry.library import measures
from loraferry.library.measures import Kept, KeptMeasures, Measure, MeasureTable, State, measure_files, read_measures
from loraferry.library.quality import Quality
from loraferry.library.thumbnails import ThumbnailCache
from tests.fakes import photos, pictures


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ThumbnailCache]:
    made = ThumbnailCache(tmp_path / "cache")
    yield made
    made.close()


@pytest.fixture
def table(cache: ThumbnailCache) -> MeasureTable:
    return cache.measures


def listed(folder: Path) -> list[tuple[str, str]]:
    return [(path.name, str(path)) for path in sorted(folder.iterdir())]


def test_sizes_come_from_headers_upright_and_faults_with_their_names(tmp_path: Path, table: MeasureTable) -> None:
    folder = tmp_path / "图片"
    folder.mkdir()
    pictures.turned_by_exif(folder / "a.jpg", (120, 80))
    pictures.truncated(folder / "b.png", (200, 150))
    pictures.not_an_image(folder / "c.png")
    found = {
        one.name: one
        for one in read_measures([*listed(folder), ("d.png", str(folder / "d.png"))], KeptMeasures(), table)
    }
    assert found["a.jpg"] == Measure("a.jpg", 80, 120)
    # Its header is sound: only decoding finds out.
    assert found["b.png"] == Measure("b.png", 200, 150)
    problems = {name: one.problem.code for name, one in found.items() if one.problem is not None}
    assert problems == {"c.png": "image_unreadable", "d.png": "image_vanished"}
    decoded = {one.name: one.problem.code for one in measure_files(listed(folder), table) if one.problem is not None}
    assert decoded == {"b.png": "image_truncated", "c.png": "image_unreadable"}


def test_no_header_costs_a_decoding(tmp_path: Path, table: MeasureTable, monkeypatch: pytest.MonkeyPatch) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix in ("png", "jpg", "webp", "bmp", "tif", "gif"):
        pictures.scene((60, 40)).save(tmp_path / f"a.{suffix}")
    for suffix in ("png", "jpg", "webp", "tif"):
        pictures.scene((60, 40)).save(tmp_path / f"turned.{suffix}", exif=exif)
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)
    files = [(name, path) for name, path in listed(tmp_path) if "." in name]
    sizes = {
        name: (one.width, one.height)
        for (name, _), one in zip(files, read_measures(files, KeptMeasures(), table), strict=True)
    }
    assert all(size == ((40, 60) if "turned" in name else (60, 40)) for name, size in sizes.items())
    assert len(sizes) == 10


def test_what_was_measured_is_kept_for_this_very_state_of_the_file(
    tmp_path: Path, table: MeasureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        photos.photo(number, (300, 200)).save(folder / f"{number}.png")
    first = measure_files(listed(folder), table)
    assert all(one.quality is not None for one in first)
    pictures.plain(folder / "1.png", (64, 48))
    os.utime(folder / "1.png", ns=(1, 1))
    monkeypatch.setattr(measures, "measure_quality", None)
    again = read_measures(listed(folder), table.below(str(folder)), table)
    assert (again[0], again[2]) == (first[0], first[2])
    assert again[1] == Measure("1.png", 64, 48)


def test_a_size_takes_no_quality_away_but_another_state_does(table: MeasureTable) -> None:
    quality = Quality(0.25, 0.5, 0.75, 0.125, 0.0, 1.0, 2**64 - 1, 1)
    table.put([("/a/1.png", Kept(State(5, 6), (30, 20), quality))])
    table.put([("/a/1.png", Kept(State(5, 6), (30, 20)))])
    assert table.below("/a").get("/a/1.png") == Kept(State(5, 6), (30, 20), quality)
    table.put([("/a/1.png", Kept(State(7, 6), (10, 20)))])
    assert table.below("/a").get("/a/1.png") == Kept(State(7, 6), (10, 20))


@pytest.mark.skipif(os.name == "nt", reason="paths are those of Unix")
def test_only_what_lies_below_the_folder_is_asked_for(table: MeasureTable) -> None:
    paths = ["/a/1.png", "/a/b/2.png", "/a!/3.png", "/a0/4.png", "/b/5.png", "/a/\udce9.png"]
    table.put((path, Kept(State(1, 1), (1, 1))) for path in paths)
    for folder in ("/a", "/a/"):
        below = table.below(folder)
        assert [path for path in paths if below.get(path) is not None] == ["/a/1.png", "/a/b/2.png", "/a/\udce9.png"]
        assert len(below) == 3
    assert len(table.below("/")) == 6


def test_measures_of_an_older_kind_are_made_again(
    tmp_path: Path, table: MeasureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    photos.photo(1, (300, 200)).save(path)
    measure_files([("a.png", str(path))], table)
    monkeypatch.setattr(measures, "QUALITY_VERSION", measures.QUALITY_VERSION + 1)
    (found,) = read_measures([("a.png", str(path))], table.below(str(tmp_path)), table)
    assert found == Measure("a.png", 300, 200)


def test_a_table_of_another_shape_is_begun_anew(tmp_path: Path, cache: ThumbnailCache, table: MeasureTable) -> None:
    table.put([("/a/1.png", Kept(State(1, 1), (1, 1)))])
    database, lock = cache._database, cache._lock
    assert MeasureTable(database, lock).below("/a")
    database.execute("ALTER TABLE measure ADD COLUMN colour REAL")
    assert not MeasureTable(database, lock).below("/a")


def test_measuring_can_be_cancelled_between_two_pictures(tmp_path: Path, table: MeasureTable) -> None:
    class Stop(Exception):
        pass

    def check() -> None:
        raise Stop

    folder = pictures.folder_of(tmp_path / "pictures", 2)
    for work in (
        lambda: measure_files(listed(folder), table, check),
        lambda: read_measures(listed(folder), KeptMeasures(), table, check),
    ):
        with pytest.raises(Stop):
            work()
