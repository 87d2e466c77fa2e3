"""The approved set: exactly what was not rejected and can be rendered, by the hash of its bytes."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.library import rendered_cache
from loraferry.library.approved import MAX_NAME, Rendering, approved, manifest_name
from loraferry.library.edits import judged
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry_core.dataset.manifest import decode, encode
from loraferry_core.problems import ProblemError
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def test_rejected_and_broken_pictures_stay_out(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 4)
    pictures.truncated(folder / "half.png")
    pictures.zero_bytes(folder / "zero.png")
    pictures.very_wide(folder / "wide.png")
    pictures.not_an_image(folder / "list.png")
    pictures.turned_by_exif(folder / "photo.jpg")
    library = opened(folder)
    library.apply(judged(["2.png"], "reject"))
    library.apply(judged(["3.png"], "keep"))
    result = approved(library, 64, places=places)
    assert [entry.name for entry in result.manifest.entries] == ["1.png", "3.png", "4.png", "photo.jpg"]
    assert {found.code for found in result.problems} == {
        "image_truncated",
        "image_empty",
        "image_too_large",
        "image_unreadable",
        "captions_missing",
    }
    assert decode(encode(result.manifest)) == result.manifest
    for entry in result.manifest.entries:
        data = result.sources[entry.name].read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry.size, entry.sha256)
        assert b"SecretCameraMaker" not in data
    assert result.manifest.entries[0].caption == "a picture 1"


def test_an_edited_picture_gets_another_hash_and_an_unchanged_one_is_not_rendered_again(
    folder: Path, opened: Opened, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    first = approved(library, 64, places=places).manifest
    pictures.plain(folder / "1.png", (100, 64), hue=200)
    rendered = []
    real = rendered_cache.render
    monkeypatch.setattr(
        rendered_cache, "render", lambda path, name, size: rendered.append(name) or real(path, name, size)
    )
    second = approved(library, 64, places=places).manifest
    assert rendered == ["1.png"]
    assert first.entries[0].sha256 != second.entries[0].sha256
    assert first.entries[1] == second.entries[1]


def test_a_lost_cache_file_is_made_again(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    first = approved(library, 64, places=places)
    first.sources["1.png"].write_bytes(b"cut")
    second = approved(library, 64, places=places)
    assert hashlib.sha256(second.sources["1.png"].read_bytes()).hexdigest() == first.manifest.entries[0].sha256


def test_a_caption_whose_end_is_surely_not_read_is_named(folder: Path, opened: Opened, places: Places) -> None:
    pictures.plain(folder / "a.png", caption="word " * 301)
    pictures.plain(folder / "b.png", hue=90, caption="word " * 300)
    result = approved(opened(folder), 64, places=places)
    assert [(found.code, found.params["name"]) for found in result.problems if found.code == "caption_long"] == [
        ("caption_long", "a.png")
    ]


def test_small_pictures_are_warned_of_and_trained(folder: Path, opened: Opened, places: Places) -> None:
    pictures.plain(folder / "tiny.png", (20, 20), caption="tiny")
    result = approved(opened(folder), 64, places=places)
    assert [found.code for found in result.problems] == ["image_small"]
    assert result.problems[0].params == {"name": "tiny.png", "width": 20, "height": 20, "resolution": 64}
    assert len(result.manifest.entries) == 1


def test_a_mask_is_ferried_and_needs_no_caption(folder: Path, opened: Opened, places: Places) -> None:
    pictures.plain(folder / "a.png", (64, 64), caption="a thing")
    pictures.plain(folder / "a-masklabel.png", (64, 64))
    result = approved(opened(folder), 64, places=places)
    assert [entry.name for entry in result.manifest.entries] == ["a-masklabel.png", "a.png"]
    assert result.problems == ()


def test_nothing_left_is_said_with_the_reasons(folder: Path, opened: Opened, places: Places) -> None:
    pictures.zero_bytes(folder / "zero.png")
    with pytest.raises(ProblemError) as raised:
        approved(opened(folder), 64, places=places)
    assert raised.value.problem.code == "no_images_approved"
    assert [found.code for found in raised.value.notes] == ["image_empty"]


def test_progress_is_told_and_cancelling_stops(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    told: list[Rendering] = []
    approved(library, 64, CancelToken(told.append), places)
    assert told == [Rendering(1, 3), Rendering(2, 3), Rendering(3, 3)]
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        approved(library, 64, token, places)


def test_the_same_name_in_two_folders_and_two_formats_stays_apart(folder: Path, opened: Opened, places: Places) -> None:
    for name in ("x/a.png", "y/a.png", "a.png", "a.jpg"):
        pictures.plain(folder / name)
    names = [entry.name for entry in approved(opened(folder), 64, places=places).manifest.entries]
    assert names == ["a.jpg", "a.png", "x/a.png", "y/a.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_odd_names_reach_the_manifest(folder: Path, opened: Opened, places: Places) -> None:
    for name in pictures.ODD_NAMES:
        pictures.plain(folder / name)
    result = approved(opened(folder), 64, places=places)
    assert {entry.name for entry in result.manifest.entries} == set(pictures.ODD_NAMES)
    assert decode(encode(result.manifest)) == result.manifest


def test_long_names_are_shortened_without_clashing() -> None:
    first, second = "a" * 1500 + ".png", "b" + "a" * 1499 + ".png"
    assert len(manifest_name(first)) <= MAX_NAME
    assert manifest_name(first) != manifest_name(second)
    assert manifest_name("x.png") == "x.png"


def test_originals_are_only_read(folder: Path, opened: Opened, places: Places) -> None:
    path = pictures.turned_by_exif(folder / "photo.jpg")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    result = approved(opened(folder), 64, places=places)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    with Image.open(result.sources["photo.jpg"]) as image:
        assert image.height > image.width
