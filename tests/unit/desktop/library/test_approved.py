"""The approved set: exactly what was not rejected and can be rendered, by the hash of its bytes."""

import hashlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.library import rendered_cache
from loraferry.library.approved import MAX_NAME, ApprovedSet, Rendering, approved, manifest_name
from loraferry.library.concepts import Concept
from loraferry.library.edits import Edit, judged
from loraferry.library.library import Library
from loraferry.library.pieces import mask_name
from loraferry.library.places import Places
from loraferry.library.shapes import Crop, Turn
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import decode, encode
from loraferry_core.dataset.roles import roles_of
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
        rendered_cache, "render", lambda path, name, *how: rendered.append(name) or real(path, name, *how)
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


def mask_of(size: tuple[int, int], left: int) -> bytes:
    """White from `left` on, black before it."""
    image = Image.new("L", size, 0)
    image.paste(255, (left, 0, *size))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def pixels(result: ApprovedSet, name: str) -> Image.Image:
    with Image.open(result.sources[name]) as image:
        return image.copy()


def test_each_crop_goes_with_the_caption_and_its_part_of_the_mask(folder: Path, opened: Opened, places: Places) -> None:
    pictures.plain(folder / "a.png", (200, 100), caption="a thing")
    pictures.plain(folder / "a~2.png", hue=9, caption="another")
    library = opened(folder)
    mask = library.keep_blob(mask_of((50, 25), 25))
    crops = (Crop(0, 0, 100, 100), Crop(50, 0, 100, 100))
    library.apply(Edit("crop", {"crops": {"a.png": crops}, "mask": {"a.png": mask}}))
    result = approved(library, 64, places=places)
    assert [(entry.name, entry.caption) for entry in result.manifest.entries] == [
        ("a-masklabel.png", ""),
        ("a.png", "a thing"),
        ("a~2.png", "another"),
        ("a~2~-masklabel.png", ""),
        ("a~2~.png", "a thing"),
    ]
    first, second = pixels(result, "a-masklabel.png"), pixels(result, "a~2~-masklabel.png")
    assert first.mode == "L" and first.size == pixels(result, "a.png").size
    assert first.crop((0, 0, first.width - 4, first.height)).getextrema() == (0, 0)
    width = second.width
    assert [second.getpixel((at, 5)) for at in (2, width // 2 - 8, width // 2 + 8, width - 2)] == [0, 0, 255, 255]
    assert result.problems == ()


def test_another_crop_turn_or_mask_is_rendered_anew_and_nothing_else(
    folder: Path, opened: Opened, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.folder_of(folder, 2)
    library = opened(folder)
    before = approved(library, 64, places=places).manifest
    rendered: list[str] = []
    for kind in ("render", "render_mask"):
        real = getattr(rendered_cache, kind)

        def counted(first: object, name: str, *how: object, kind: str = kind, real: Any = real) -> Any:
            rendered.append(f"{kind} {name}")
            return real(first, name, *how)

        monkeypatch.setattr(rendered_cache, kind, counted)
    library.apply(Edit("turn", {"turn": {"1.png": Turn(1)}}))
    turned = approved(library, 64, places=places)
    assert pixels(turned, "1.png").size == (64, 96)
    library.apply(Edit("crop", {"crops": {"1.png": (Crop(0, 0, 64, 64),)}}))
    cut = approved(library, 64, places=places)
    assert pixels(cut, "1.png").size == (64, 64)
    library.apply(Edit("mask", {"mask": {"1.png": library.keep_blob(mask_of((96, 64), 10))}}))
    masked = approved(library, 64, places=places)
    assert rendered == ["render 1.png", "render 1.png", "render_mask 1.png"]
    for _ in range(3):
        library.undo()
    assert approved(library, 64, places=places).manifest == before
    for _ in range(3):
        library.redo()
    assert approved(library, 64, places=places).manifest == masked.manifest
    assert len(rendered) == 3


def test_a_mask_in_a_file_is_cut_and_turned_with_its_picture(folder: Path, opened: Opened, places: Places) -> None:
    pictures.plain(folder / "a.jpg", (200, 100), caption="a thing")
    (folder / "a-masklabel.png").write_bytes(mask_of((200, 100), 150))
    library = opened(folder)
    library.apply(Edit("turn", {"turn": {"a.jpg": Turn(0, True)}, "crops": {"a.jpg": (Crop(0, 0, 100, 100),)}}))
    result = approved(library, 64, places=places)
    mask = pixels(result, "a-masklabel.png")
    assert mask.size == pixels(result, "a.jpg").size
    assert (mask.getpixel((5, 5)), mask.getpixel((mask.width - 5, 5))) == (255, 0)


def test_a_picture_whose_mask_is_lost_stays_out(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 3)
    library = opened(folder)
    broken = library.keep_blob(b"no picture")
    library.apply(Edit("mask", {"mask": {"1.png": "f" * 64, "2.png": broken}}))
    library.apply(Edit("crop", {"crops": {"1.png": (Crop(0, 0, 50, 50), Crop(9, 9, 50, 50))}}))
    result = approved(library, 64, places=places)
    assert [entry.name for entry in result.manifest.entries] == ["3.png"]
    assert [(found.code, found.params["name"]) for found in result.problems] == [
        ("mask_unreadable", "1.png"),
        ("mask_unreadable", "2.png"),
    ]


def test_concepts_reach_the_plan(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 4)
    library = opened(folder)
    concepts = (Concept("hat", "Hat", repeats=3, weight=0.5), Concept("known", "Known", regularisation=True))
    groups = {"1.png": "hat", "2.png": "known"}
    library.apply(Edit("concepts", {"concept": groups}, {"concepts": concepts}))
    library.apply(judged(["4.png"], "unsure"))
    result = approved(library, 64, places=places)
    assert [entry.name for entry in result.manifest.entries] == ["3.png", "4.png", "~hat/1.png", "~known/2.png"]
    config = replace_at(TrainConfig(), "dataset.concepts", result.concepts)
    roles = roles_of(result.manifest.entries, config)
    assert (roles.trained, roles.regularisation) == ((0, 1, 2), (3,))
    assert (roles.repeats(2), roles.weight(2), roles.shown(roles.trained)) == (3, 0.5, 5)


def test_a_set_of_which_nothing_is_to_be_learned_is_refused(folder: Path, opened: Opened, places: Places) -> None:
    pictures.folder_of(folder, 1)
    library = opened(folder)
    known = Concept("known", "Known things", regularisation=True)
    library.apply(Edit("concepts", {"concept": {"1.png": "known"}}, {"concepts": (known,)}))
    with pytest.raises(ProblemError) as raised:
        approved(library, 64, places=places)
    assert (raised.value.problem.code, raised.value.problem.params) == (
        "regularisation_alone",
        {"folder": "Known things"},
    )


def test_a_long_name_leaves_room_for_its_concept_and_its_mask() -> None:
    name = manifest_name("a" * 1500 + ".png", "~hat")
    assert name.startswith("~hat/") and name.endswith("aaa.png")
    assert len(mask_name(name)) <= MAX_NAME
