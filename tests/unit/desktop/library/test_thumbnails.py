"""Thumbnails: sizes, the cache, and pictures that are broken."""

import io
from pathlib import Path

import pytest
from PIL import Image

from loraferry.library import thumbnails
from loraferry.library.sample import copy_sample
from loraferry.library.thumbnails import STORED_EDGES, ThumbnailCache, preview, thumbnail
from loraferry_core.problems import ProblemError
from tests.fakes import pictures


@pytest.fixture
def cache(tmp_path: Path):
    made = ThumbnailCache(tmp_path / "cache")
    yield made
    made.close()


def picture_of(small: thumbnails.Thumbnail) -> Image.Image:
    return Image.frombytes("RGB", small.size, small.rgb)


def test_a_thumbnail_fits_is_upright_and_tells_the_full_size(tmp_path: Path, cache: ThumbnailCache) -> None:
    path = pictures.turned_by_exif(tmp_path / "a.jpg", (1200, 800))
    small = thumbnail("a.jpg", str(path), 120, cache)
    assert (small.size, small.source_size, small.problem) == ((80, 120), (800, 1200), None)
    red = picture_of(small).getpixel((70, 10))
    assert isinstance(red, tuple)
    assert red[0] > 180 > 80 > red[2]


def test_the_second_time_comes_from_the_cache(
    tmp_path: Path, cache: ThumbnailCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pictures.plain(tmp_path / "a.png", (900, 600))
    first = thumbnail("a.png", str(path), 128, cache)
    monkeypatch.setattr(thumbnails, "decoded", None)
    second = thumbnail("a.png", str(path), 128, cache)
    assert (second.size, second.source_size) == (first.size, first.source_size)
    status = path.stat()
    kept = cache.get(str(path), status.st_mtime_ns, status.st_size)
    assert kept is not None
    assert max(Image.open(io.BytesIO(kept[0])).size) == STORED_EDGES[0]


def test_a_dense_screen_gets_a_sharper_one_and_small_pictures_are_at_most_doubled(
    tmp_path: Path, cache: ThumbnailCache
) -> None:
    large, small = pictures.plain(tmp_path / "l.png", (900, 600)), pictures.plain(tmp_path / "s.png", (60, 40))
    assert thumbnail("l.png", str(large), 150, cache).size == (150, 100)
    for _ in range(2):
        assert thumbnail("l.png", str(large), 300, cache).size == (300, 200)
        assert thumbnail("s.png", str(small), 300, cache).size == (120, 80)
    status = large.stat()
    kept = cache.get(str(large), status.st_mtime_ns, status.st_size)
    assert kept is not None
    assert max(Image.open(io.BytesIO(kept[0])).size) == 320


def test_a_changed_file_is_made_anew(tmp_path: Path, cache: ThumbnailCache) -> None:
    path = pictures.plain(tmp_path / "a.png", (300, 200))
    thumbnail("a.png", str(path), 128, cache)
    pictures.plain(path, (200, 300), hue=90)
    assert thumbnail("a.png", str(path), 128, cache).source_size == (200, 300)


def test_broken_pictures_say_what_is_wrong(tmp_path: Path, cache: ThumbnailCache) -> None:
    made = {
        "image_empty": pictures.zero_bytes(tmp_path / "zero.png"),
        "image_unreadable": pictures.not_an_image(tmp_path / "list.png"),
        "image_truncated": pictures.truncated(tmp_path / "half.png"),
        "image_too_large": pictures.very_wide(tmp_path / "wide.png"),
        "image_vanished": tmp_path / "gone.png",
    }
    for code, path in made.items():
        for small in (thumbnail(path.name, str(path), 128, cache), preview(path.name, str(path), 800)):
            assert small.problem is not None
            assert (small.problem.code, small.rgb) == (code, b"")


def test_odd_modes_have_previews(tmp_path: Path) -> None:
    for path in (
        pictures.cmyk(tmp_path / "c.jpg", (2000, 1500)),
        pictures.sixteen_bit(tmp_path / "s.png"),
        pictures.palette_with_hole(tmp_path / "p.png"),
        pictures.half_transparent(tmp_path / "h.png", (2400, 2400)),
        pictures.with_profile(tmp_path / "i.png"),
        pictures.animated(tmp_path / "a.gif"),
    ):
        shown = preview(path.name, str(path), 400)
        assert shown.problem is None
        assert max(shown.size) <= 400
        assert len(shown.rgb) == shown.size[0] * shown.size[1] * 3


def test_a_damaged_cache_is_begun_anew(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "thumbnails.sqlite").write_bytes(b"no database" * 500)
    cache = ThumbnailCache(folder)
    assert cache.get("/x", 1, 1) is None
    cache.close()


def test_the_sample_is_copied_and_never_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "my pictures" / "sample"
    pictures.folder_of(source, 2)
    assert copy_sample(source, target) == target
    (target / "1.txt").write_text("edited by me", encoding="utf-8")
    (target / "2.png").unlink()
    copy_sample(source, target)
    assert (target / "1.txt").read_text(encoding="utf-8") == "edited by me"
    assert sorted(path.name for path in target.iterdir()) == ["1.png", "1.txt", "2.png", "2.txt"]


def test_a_sample_that_cannot_be_copied_is_said(tmp_path: Path) -> None:
    source = pictures.folder_of(tmp_path / "source", 1)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ProblemError) as raised:
        copy_sample(source, tmp_path / "file" / "sample")
    assert raised.value.problem.code == "folder_unwritable"
    with pytest.raises(ProblemError) as raised:
        copy_sample(tmp_path / "nowhere", tmp_path / "target")
    assert raised.value.problem.code == "folder_unreadable"
