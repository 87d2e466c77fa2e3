"""Export: the bytes that are ferried, whole files or none, nothing overwritten unasked, taken up where it stopped."""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.library import export as exporting
from loraferry.library.approved import approved
from loraferry.library.edits import Edit, judged
from loraferry.library.export import Exported, Exporting, ExportPlan, export, in_the_way, stems_of
from loraferry.library.export_journal import JOURNAL
from loraferry.library.items import Item
from loraferry.library.library import Library
from loraferry.library.pieces import pieces_of
from loraferry.library.places import Places
from loraferry.library.renderer import Recipe, ferried
from loraferry.library.scaling import ToBucket, Unscaled
from loraferry.library.shapes import Crop, Turn
from loraferry_core.problems import ProblemError
from tests.fakes import pictures

Opened = Callable[[Path], Library]


def run(library: Library, plan: ExportPlan, token: CancelToken | None = None, **how: Any) -> Exported:
    return export(pieces_of(library.items), plan, library.folder, blob=library.blob, token=token, **how)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "导出 out" / "deep"


@pytest.fixture
def library(folder: Path, opened: Opened) -> Library:
    """Turned, cropped twice, masked, transparent, from a photo, in a subfolder, rejected."""
    pictures.plain(folder / "a.png", (300, 200), caption="a thing, 龙")
    pictures.turned_by_exif(folder / "b.jpg", (300, 200))
    pictures.half_transparent(folder / "c.webp")
    pictures.plain(folder / "sub" / "d.jpg", (900, 800), caption="deep")
    pictures.plain(folder / "no.png", hue=99)
    made = opened(folder)
    mask = io.BytesIO()
    Image.linear_gradient("L").save(mask, "PNG")
    values = {
        "turn": {"a.png": Turn(1, True, 5), "sub/d.jpg": Turn(0, False, -3)},
        "crops": {"a.png": (Crop(0, 0, 100, 120), Crop(20, 30, 90, 90))},
        "mask": {"a.png": made.keep_blob(mask.getvalue())},
    }
    made.apply(Edit("crop", values))
    made.apply(judged(["no.png"], "reject"))
    return made


def test_at_the_setting_of_the_training_the_bytes_are_those_that_are_ferried(
    library: Library, target: Path, places: Places
) -> None:
    for resolution in (64, 512):
        folder = target / str(resolution)
        result = run(library, ExportPlan(folder, ferried(resolution)))
        assert (result.written, result.kept, result.problems) == (5, 0, ())
        sent = approved(library, resolution, places=places)
        written = files_in(folder)
        by_stem = {Path(name).with_suffix("").as_posix(): data for name, data in written.items() if ".txt" not in name}
        assert by_stem == {
            Path(name).with_suffix("").as_posix(): path.read_bytes() for name, path in sent.sources.items()
        }
        assert set(by_stem) == {"a", "a-masklabel", "a~2", "a~2-masklabel", "b", "c", "sub/d"}
        assert written["a.txt"].decode() == written["a~2.txt"].decode() == "a thing, 龙"
        assert "b.txt" not in written


def test_names_captions_and_masks_are_as_asked(library: Library, target: Path) -> None:
    plan = ExportPlan(target, Recipe(ToBucket(64, 8), "jpg", 80), masks=False, numbered=True)
    run(library, plan, words=lambda item: f"{item.name}: {item.caption}")
    assert sorted(files_in(target)) == [f"000{number}.{end}" for number in range(1, 6) for end in ("jpg", "txt")]
    assert (target / "0005.txt").read_text(encoding="utf-8") == "sub/d.jpg: deep"
    for number in range(1, 6):
        with Image.open(target / f"000{number}.jpg") as image:
            assert image.width % 8 == image.height % 8 == 0 and image.width * image.height <= 64 * 64
    run(library, replace(plan, captions=False, folder=target / "bare"))
    assert not list((target / "bare").glob("*.txt"))


def test_no_two_pictures_have_one_file_on_any_disk(folder: Path, opened: Opened, target: Path) -> None:
    for name in ("A.png", "a.jpg", "b.png", "b-masklabel~.png", "b.jpg"):
        pictures.plain(folder / name, caption=f"of {name}")
    pieces = pieces_of(opened(folder).items)
    stems = stems_of(pieces, numbered=False)
    assert len({stem.casefold() for stem in stems}) == len(stems)
    assert export(pieces, ExportPlan(target, ferried(64)), folder).written == 5
    assert len([name for name in files_in(target) if not name.endswith(".txt")]) == 5


def test_nothing_is_overwritten_without_being_told(library: Library, target: Path) -> None:
    target.mkdir(parents=True)
    (target / "a.txt").write_text("mine", encoding="utf-8")
    (target / "b.png").write_bytes(b"mine")
    plan = ExportPlan(target, ferried(64))
    assert in_the_way(pieces_of(library.items), plan) == ["a.txt", "b.png"]
    result = run(library, plan)
    assert (result.written, [(found.code, found.params) for found in result.problems]) == (
        3,
        [("export_in_the_way", {"count": 2, "path": str(target)})],
    )
    assert (target / "a.txt").read_bytes() == (target / "b.png").read_bytes() == b"mine"
    assert not (target / "a.png").exists()
    again = run(library, replace(plan, replace=True))
    assert (again.written, again.problems) == (5, ())
    assert (target / "a.txt").read_text(encoding="utf-8") == "a thing, 龙"


def test_the_originals_are_out_of_reach(library: Library, tmp_path: Path) -> None:
    before = files_in(library.folder)
    ways = [library.folder, library.folder / "new" / "deeper", library.folder / "sub" / ".."]
    if sys.platform != "win32":
        (tmp_path / "link").symlink_to(library.folder)
        (tmp_path / "trap").mkdir()
        (tmp_path / "trap" / "sub").symlink_to(library.folder / "sub")
        ways += [tmp_path / "link", tmp_path / "trap"]
    for way in ways:
        with pytest.raises(ProblemError) as raised:
            run(library, ExportPlan(way, ferried(64), replace=True))
        assert raised.value.problem.code == "export_inside"
    assert files_in(library.folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_a_link_to_an_original_is_replaced_and_not_followed(library: Library, target: Path) -> None:
    target.mkdir(parents=True)
    original = (library.folder / "b.jpg").read_bytes()
    (target / "b.jpg").symlink_to(library.folder / "b.jpg")
    os.link(library.folder / "a.png", target / "a.png")
    run(library, ExportPlan(target, ferried(64), replace=True))
    assert (library.folder / "b.jpg").read_bytes() == original
    assert not (target / "b.jpg").is_symlink()
    assert (target / "a.png").read_bytes() != (library.folder / "a.png").read_bytes()


def test_what_was_cancelled_goes_on_where_it_stopped(
    folder: Path, opened: Opened, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.folder_of(folder, 12)
    library, plan = opened(folder), ExportPlan(target, Recipe(Unscaled()))
    monkeypatch.setattr(exporting.os, "cpu_count", lambda: 1)
    token = CancelToken()

    def cancelled_at_the_fifth(item: Item) -> str:
        if item.name == "5.png":
            token.cancel()
        return item.caption or ""

    with pytest.raises(Cancelled):
        run(library, plan, token, words=cancelled_at_the_fifth)
    assert (target / JOURNAL).is_file()
    assert [name for name in files_in(target) if name.endswith(".png")] == [f"{number}.png" for number in range(1, 6)]
    assert in_the_way(pieces_of(library.items), plan) == []
    # One was edited meanwhile, one was changed over there, one lost its caption.
    library.apply(Edit("turn", {"turn": {"1.png": Turn(1)}}))
    (target / "2.png").write_bytes(b"cut")
    (target / "3.txt").unlink()
    told: list[Exporting] = []
    result = run(library, plan, CancelToken(told.append))
    assert (result.written, result.kept, result.problems) == (10, 2, ())
    assert told[-1] == Exporting(12, 12)
    fresh = target.with_name("fresh")
    run(library, replace(plan, folder=fresh))
    assert files_in(target) == files_in(fresh)


def test_a_kill_between_two_files_of_a_picture_leaves_whole_files_and_no_obstacle(
    folder: Path, opened: Opened, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures.folder_of(folder, 3)
    library, plan = opened(folder), ExportPlan(target, ferried(64))
    real = exporting._write

    def killed(path: Path, data: bytes) -> None:
        if path.name == "2.txt":
            raise KeyboardInterrupt
        real(path, data)

    monkeypatch.setattr(exporting, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        run(library, plan)
    monkeypatch.setattr(exporting, "_write", real)
    with (target / JOURNAL).open("a", encoding="ascii") as journal:
        journal.write('{"key": "cut off in the mid')
    assert (target / "2.png").is_file() and not (target / "2.txt").exists()
    result = run(library, plan)
    assert result.problems == () and result.written + result.kept == 3
    assert sorted(files_in(target)) == ["1.png", "1.txt", "2.png", "2.txt", "3.png", "3.txt"]


def test_a_broken_picture_is_told_and_the_rest_goes_on(folder: Path, opened: Opened, target: Path) -> None:
    pictures.folder_of(folder, 2)
    pictures.truncated(folder / "half.png")
    library = opened(folder)
    library.apply(Edit("crop", {"crops": {"half.png": (Crop(0, 0, 9, 9), Crop(1, 1, 9, 9))}}))
    result = run(library, ExportPlan(target, ferried(64)))
    assert (result.written, [found.code for found in result.problems]) == (2, ["image_truncated"])


def test_a_folder_that_cannot_be_written_is_named(library: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ProblemError) as raised:
        run(library, ExportPlan(tmp_path / "file", ferried(64)))
    assert raised.value.problem.code == "file_unwritable"


def test_a_full_disk_ends_it_and_leaves_no_part(
    library: Library, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ProblemError) as raised:
        run(library, ExportPlan(target, ferried(64)))
    monkeypatch.undo()
    assert raised.value.problem.params["detail"] == "No space left on device"
    assert set(files_in(target)) <= {JOURNAL}
