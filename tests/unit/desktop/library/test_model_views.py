"""What a captioner is shown: each content once, cut where there is one crop, and no name of a file."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.library.approved import Rendering
from loraferry.library.edits import Edit
from loraferry.library.library import Library
from loraferry.library.model_views import render_views
from loraferry.library.places import Places
from loraferry.library.shapes import Crop
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def test_each_content_once_and_broken_ones_by_name(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 3)
    (folder / "again.png").write_bytes((folder / "1.png").read_bytes())
    pictures.zero_bytes(folder / "zero.png")
    told: list[Rendering] = []
    views = render_views(opened(folder).items, 64, CancelToken(told.append), places)
    assert len(views.manifest.entries) == 3
    assert sorted(name for same in views.names.values() for name in same) == ["1.png", "2.png", "3.png", "again.png"]
    assert {name: found.code for name, found in views.problems.items()} == {"zero.png": "image_empty"}
    for entry in views.manifest.entries:
        data = views.sources[entry.name].read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry.sha256
        assert entry.name.startswith(entry.sha256)
        assert entry.caption == ""
    assert told[-1] == Rendering(5, 5)


def test_the_same_pictures_in_another_order_are_the_same_list(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 3)
    items = list(opened(folder).items)
    assert render_views(items, 64, places=places).manifest == render_views(items[::-1], 64, places=places).manifest


def test_one_crop_is_what_is_shown_and_of_several_the_whole_picture(
    folder: Path, opened: Opened, places: Places
) -> None:
    Image.new("RGB", (64, 64), "red").save(folder / "a.png")
    library = opened(folder)

    def size_with(*crops: Crop) -> tuple[int, int]:
        library.apply(Edit("crop", {"crops": {"a.png": crops}}))
        (path,) = render_views(library.items, 64, places=places).sources.values()
        with Image.open(path) as image:
            return image.size

    assert size_with() == (64, 64)
    assert size_with(Crop(0, 0, 32, 16)) == (32, 16)
    assert size_with(Crop(0, 0, 32, 16), Crop(8, 8, 16, 16)) == (64, 64)


def test_it_can_be_ended(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 3)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        render_views(opened(folder).items, 64, token, places)
