"""What is ferried: upright, sRGB, small enough, without metadata, the same bytes each time."""

import io
from pathlib import Path

import pytest
from PIL import Image

from loraferry.library.pictures import MAX_SIDE
from loraferry.library.renderer import Rendered, ferried, render
from loraferry.library.scaling import rendered_size
from loraferry_core.dataset.buckets import bucket_for, buckets, fit
from loraferry_core.problems import ProblemError
from tests.fakes import pictures

Colour = tuple[int, int, int]


def image_of(result: Rendered) -> Image.Image:
    return Image.open(io.BytesIO(result.data))


def near(found: object, wanted: Colour, tolerance: int = 12) -> bool:
    return isinstance(found, tuple) and all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True))


def problem_of(path: Path) -> tuple[str, dict[str, object]]:
    with pytest.raises(ProblemError) as raised:
        render(path, path.name, ferried(64))
    return raised.value.problem.code, dict(raised.value.problem.params)


def test_a_small_picture_keeps_its_pixels(tmp_path: Path) -> None:
    path = pictures.plain(tmp_path / "a.png", (64, 48))
    result = render(path, "a.png", ferried(512))
    assert (result.size, result.suffix, result.upscaled) == ((64, 48), ".png", True)
    assert image_of(result).tobytes() == pictures.scene((64, 48)).tobytes()


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (600, 500), (9000, 700), (513, 512), (40, 30)])
@pytest.mark.parametrize("resolution", [64, 512, 1024])
@pytest.mark.parametrize("step", [8, 64])
def test_the_result_covers_every_bucket_and_is_never_enlarged(
    size: tuple[int, int], resolution: int, step: int
) -> None:
    (width, height), _ = rendered_size(size, resolution)
    assert width <= size[0]
    assert height <= size[1]
    choices = buckets(resolution, step)
    before = fit(size, bucket_for(size, choices))
    after = fit((width, height), bucket_for((width, height), choices))
    assert after.upscaled <= before.upscaled
    scale = fit(size, bucket_for(size, buckets(resolution, 8))).scale
    assert width * height <= size[0] * size[1] * scale**2 * 2.21


def test_a_large_picture_has_twice_the_area_it_is_trained_at(tmp_path: Path) -> None:
    path = pictures.plain(tmp_path / "a.jpg", (1200, 1200))
    result = render(path, "a.jpg", ferried(256))
    assert result.suffix == ".jpg"
    assert result.size == (362, 362)
    assert not result.upscaled


def test_exif_turns_the_picture_and_nothing_of_it_is_shipped(tmp_path: Path) -> None:
    for orientation in range(1, 9):
        path = pictures.turned_by_exif(tmp_path / f"{orientation}.jpg", (96, 64), orientation)
        result = render(path, path.name, ferried(512))
        image = Image.open(io.BytesIO(result.data))
        assert image.size == ((64, 96) if orientation >= 5 else (96, 64))
        assert not image.getexif()
        assert "icc_profile" not in image.info
        assert b"SecretCameraMaker" not in result.data
        assert b"Exif" not in result.data
    # Orientation 6: the stored bottom left (blue) comes to the upper left.
    upright = image_of(render(tmp_path / "6.jpg", "6.jpg", ferried(512)))
    assert near(upright.getpixel((4, 4)), (30, 30, 220), 30)
    assert near(upright.getpixel((60, 4)), (220, 30, 30), 30)


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.tif"):
        image = image_of(render(pictures.cmyk(tmp_path / name), name, ferried(512)))
        assert near(image.getpixel((4, 4)), (220, 30, 30), 30)


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path) -> None:
    image = image_of(render(pictures.sixteen_bit(tmp_path / "a.png"), "a.png", ferried(512)))
    assert near(image.getpixel((0, 5)), (0, 0, 0), 2)
    assert near(image.getpixel((32, 5)), (129, 129, 129), 3)
    assert near(image.getpixel((63, 5)), (255, 255, 255), 2)


def test_transparency_is_kept_and_what_it_hides_is_not(tmp_path: Path) -> None:
    hole = image_of(render(pictures.palette_with_hole(tmp_path / "p.png"), "p.png", ferried(512)))
    assert hole.getpixel((5, 5)) == (255, 255, 255, 0)
    assert hole.getpixel((60, 5)) == (220, 30, 30, 255)
    half = render(pictures.half_transparent(tmp_path / "h.webp"), "h.webp", ferried(512))
    assert half.suffix == ".png"
    assert image_of(half).getpixel((5, 5)) == (0, 0, 0, 128)
    secret = Image.new("RGBA", (400, 400), (1, 2, 3, 0))
    secret.paste((9, 8, 7, 255), (0, 0, 200, 400))
    secret.save(tmp_path / "s.png")
    for resolution in (64, 512):  # made smaller, and as it is
        image = image_of(render(tmp_path / "s.png", "s.png", ferried(resolution)))
        assert image.getpixel((0, 0)) == (9, 8, 7, 255)
        assert image.getpixel((image.width - 1, 0)) in ((0, 0, 0, 0), (255, 255, 255, 0))


def test_an_alpha_channel_that_hides_nothing_is_left_out(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), (1, 2, 3, 255)).save(tmp_path / "o.png")
    image = image_of(render(tmp_path / "o.png", "o.png", ferried(512)))
    assert image.mode == "RGB" and image.getpixel((5, 5)) == (1, 2, 3)


def test_a_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    colour = (200, 60, 20)
    swapped = image_of(render(pictures.with_profile(tmp_path / "s.png"), "s.png", ferried(512))).getpixel((5, 5))
    assert near(swapped, (20, 60, 200), 16)
    plain = pictures.with_profile(tmp_path / "r.png", pictures.srgb_profile())
    assert image_of(render(plain, "r.png", ferried(512))).getpixel((5, 5)) == colour
    broken = pictures.with_profile(tmp_path / "b.png", b"no profile at all")
    assert image_of(render(broken, "b.png", ferried(512))).getpixel((5, 5)) == colour


@pytest.mark.parametrize("name", ["a.webp", "a.bmp", "a.tif", "a.avif", "a.gif", "a.png", "a.jpg"])
def test_every_format_opens_and_gives_the_same_bytes_twice(tmp_path: Path, name: str) -> None:
    path = pictures.plain(tmp_path / name)
    before = path.read_bytes()
    first, second = render(path, name, ferried(64)), render(path, name, ferried(64))
    assert first == second
    assert near(image_of(first).getpixel((3, 3)), (220, 30, 30), 40)
    assert path.read_bytes() == before


def test_lossless_webp_stays_lossless(tmp_path: Path) -> None:
    pictures.scene().save(tmp_path / "a.webp", lossless=True)
    result = render(tmp_path / "a.webp", "a.webp", ferried(512))
    assert result.suffix == ".png"
    assert image_of(result).tobytes() == pictures.scene().tobytes()


def test_of_an_animation_the_first_frame_counts(tmp_path: Path) -> None:
    image = image_of(render(pictures.animated(tmp_path / "a.gif"), "a.gif", ferried(512)))
    assert near(image.getpixel((5, 5)), (255, 0, 0))


def test_each_fault_is_named(tmp_path: Path) -> None:
    assert problem_of(pictures.zero_bytes(tmp_path / "zero.png")) == ("image_empty", {"name": "zero.png"})
    code, params = problem_of(pictures.not_an_image(tmp_path / "list.jpg"))
    assert (code, params["name"]) == ("image_unreadable", "list.jpg")
    for suffix in ("png", "jpg"):
        name = f"half.{suffix}"
        assert problem_of(pictures.truncated(tmp_path / name)) == ("image_truncated", {"name": name})
    assert problem_of(pictures.truncated(tmp_path / "half.webp"))[0] in ("image_truncated", "image_unreadable")
    assert problem_of(pictures.very_wide(tmp_path / "wide.png")) == (
        "image_too_large",
        {"name": "wide.png", "width": 30_000, "height": 12, "limit": MAX_SIDE},
    )
    assert problem_of(pictures.bomb(tmp_path / "bomb.png")) == (
        "image_too_large",
        {"name": "bomb.png", "width": 19_000, "height": 19_000, "limit": 9459},
    )
    assert problem_of(pictures.bomb(tmp_path / "large.png", (10_000, 10_000)))[0] == "image_too_large"
    assert problem_of(tmp_path / "gone.png") == ("image_vanished", {"name": "gone.png"})
    (tmp_path / "folder.png").mkdir()
    assert problem_of(tmp_path / "folder.png")[0] == "image_unreadable"
