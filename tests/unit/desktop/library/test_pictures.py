"""Opening pictures: every format that people have, and every way in which a file can be wrong."""

import io
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, features

from loraferry.library import pictures as pictures_module
from loraferry.library.colour import as_srgb
from loraferry.library.pictures import opened, orientation_of, turned, upright_size
from loraferry.library.renderer import ferried, render
from loraferry_core.problems import Problem, ProblemError
from tests.fakes import heic, pictures

RED, GREEN, BLUE = (220, 30, 30), (30, 180, 30), (30, 30, 220)


def shown(path: Path) -> Image.Image:
    """The picture as it is looked at and trained."""
    with opened(path, path.name) as image:
        image.load()
        return turned(as_srgb(image), orientation_of(image))


def problem_of(path: Path) -> Problem:
    with pytest.raises(ProblemError) as raised, opened(path, path.name) as image:
        image.load()
    return raised.value.problem


def near(colour: object, wanted: tuple[int, int, int], by: int = 40) -> bool:
    return all(abs(a - b) <= by for a, b in zip(colour, wanted, strict=True))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "suffix", [".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"]
)
def test_every_format_is_opened(folder: Path, suffix: str) -> None:
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    image = shown(pictures.plain(folder / f"a{suffix}"))
    assert image.size == (96, 64)
    assert near(image.getpixel((8, 8)), RED)
    assert near(image.getpixel((88, 8)), GREEN)


def test_a_picture_of_a_phone_is_opened_and_stands_upright(folder: Path) -> None:
    path = heic.turned(folder / "IMG_0001.HEIC")
    with opened(path, path.name) as image:
        # The container turns it; its EXIF must not turn it once more.
        assert upright_size(image) == (64, 96)
    image = shown(path)
    assert image.size == (64, 96)
    assert near(image.getpixel((8, 8)), BLUE)
    assert near(image.getpixel((56, 8)), RED)
    result = render(path, path.name, ferried(512))
    assert (result.size, result.suffix) == ((64, 96), ".jpg")
    assert b"SecretCamera" in path.read_bytes()
    assert b"SecretCamera" not in result.data


def test_content_counts_and_not_the_name(folder: Path) -> None:
    path = heic.turned(folder / "phone.jpg")
    assert shown(path).size == (64, 96)
    pictures.plain(folder / "a.png").rename(folder / "b.webp")
    assert near(shown(folder / "b.webp").getpixel((8, 8)), RED)


def test_without_the_package_for_heic_the_message_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    pictures_module._read_heif.cache_clear()
    try:
        assert problem_of(heic.turned(folder / "a.heic")).code == "image_needs_heif"
    finally:
        pictures_module._read_heif.cache_clear()


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.95])
def test_a_heic_that_ends_too_early_is_a_problem(folder: Path, share: float) -> None:
    path = folder / "cut.heic"
    path.write_bytes(heic.TURNED[: int(len(heic.TURNED) * share)])
    assert problem_of(path).code in ("image_unreadable", "image_truncated")


def test_a_page_for_another_program_is_not_a_picture(folder: Path) -> None:
    # Pillow would hand PostScript to Ghostscript.
    path = folder / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n%%EOF\n")
    assert problem_of(path).code == "image_unreadable"


def test_of_several_pages_and_frames_the_first_counts(folder: Path) -> None:
    first, second = Image.new("RGB", (40, 30), RED), Image.new("RGB", (40, 30), BLUE)
    first.save(folder / "pages.tiff", save_all=True, append_images=[second])
    first.save(folder / "frames.gif", save_all=True, append_images=[second], duration=50)
    first.save(folder / "frames.webp", save_all=True, append_images=[second], duration=50, lossless=True)
    first.save(folder / "frames.png", save_all=True, append_images=[second], duration=50)
    for path in sorted(folder.iterdir()):
        assert near(shown(path).getpixel((20, 15)), RED), path.name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_every_way(folder: Path, orientation: int) -> None:
    path = pictures.turned_by_exif(folder / "a.jpg", orientation=orientation)
    image = shown(path)
    assert image.size == ((64, 96) if orientation >= 5 else (96, 64))
    corners = {1: RED, 2: GREEN, 3: (255, 255, 255), 4: BLUE, 5: RED, 6: BLUE, 7: (255, 255, 255), 8: GREEN}
    assert near(image.getpixel((6, 6)), corners[orientation])


def test_cmyk_sixteen_bit_and_odd_profiles_become_plain_colours(folder: Path) -> None:
    for path in (pictures.cmyk(folder / "a.jpg"), pictures.cmyk(folder / "a.tif")):
        assert shown(path).mode == "RGB"
        assert near(shown(path).getpixel((88, 8)), GREEN, 70)
    grey = shown(pictures.sixteen_bit(folder / "grey.png"))
    assert [grey.getpixel((x, 0))[0] for x in (0, 63)] == [0, 255]  # type: ignore[index]
    Image.new("F", (8, 8), 0.5).save(folder / "float.tif")
    assert near(shown(folder / "float.tif").getpixel((1, 1)), (127, 127, 127), 2)
    swapped = shown(pictures.with_profile(folder / "icc.png"))
    assert swapped.getpixel((1, 1)) != (200, 60, 20)
    broken = shown(pictures.with_profile(folder / "broken.png", b"not a profile"))
    assert broken.getpixel((1, 1)) == (200, 60, 20)
    assert shown(pictures.palette_with_hole(folder / "hole.gif.png")).getpixel((1, 1)) == (255, 255, 255)


def test_sixteen_bit_colour_is_read(folder: Path) -> None:
    width = height = 8
    rows = b"".join(b"\0" + struct.pack(">3H", 65_535, 32_768, 0) * width for _ in range(height))
    path = _png_of(folder / "deep.png", width, height, 16, rows)
    assert near(shown(path).getpixel((3, 3)), (255, 128, 0), 2)


def _png_of(path: Path, width: int, height: int, depth: int, rows: bytes) -> Path:
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (pictures.zero_bytes, "image_empty"),
        (pictures.not_an_image, "image_unreadable"),
        (pictures.bomb, "image_too_large"),
        (pictures.very_wide, "image_too_large"),
        (pictures.truncated, "image_truncated"),
        (lambda path: path, "image_vanished"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, make: Callable[[Path], Path], code: str) -> None:
    found = problem_of(make(folder / "a.png"))
    assert found.code == code
    assert found.params["name"] == "a.png"


def test_two_hundred_megapixels_are_refused_with_their_size_and_without_decoding(folder: Path) -> None:
    found = problem_of(pictures.bomb(folder / "a.png", (16_320, 12_240)))
    assert found.params["width"] == 16_320
    assert found.params["height"] == 12_240


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".png"])
def test_no_byte_that_is_changed_brings_anything_but_a_problem(folder: Path, suffix: str) -> None:
    buffer = io.BytesIO()
    pictures.scene().save(buffer, {".jpg": "JPEG", ".webp": "WEBP", ".png": "PNG"}[suffix])
    data = buffer.getvalue()
    path = folder / f"a{suffix}"
    for place in range(0, len(data), max(1, len(data) // 60)):
        changed = bytearray(data)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        try:
            assert shown(path).mode == "RGB"
        except ProblemError as error:
            assert error.problem.code.startswith("image_")


def test_a_file_that_vanishes_between_listing_and_looking_is_named(folder: Path) -> None:
    path = pictures.plain(folder / "a.png")
    path.unlink()
    assert problem_of(path).code == "image_vanished"


@pytest.mark.skipif(sys.platform == "win32", reason="another refusal there")
def test_a_folder_that_calls_itself_a_picture_is_a_problem(folder: Path) -> None:
    (folder / "a.png").mkdir()
    assert problem_of(folder / "a.png").code == "image_unreadable"
