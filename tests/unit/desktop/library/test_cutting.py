"""What is cut out shows exactly what the geometry says, however it is stored, turned and scaled; masks lie on it."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from loraferry.library.cropping import snapped
from loraferry.library.geometry import Cut, to_turned, trained_as, turned_size
from loraferry.library.renderer import Format, Recipe, Rendered, ferried, render, render_mask
from loraferry.library.scaling import ForTraining, LongestSide, ToBucket, Unscaled
from loraferry.library.shapes import Crop, Turn
from loraferry_core.dataset.buckets import Size, fit, training_bucket
from loraferry_core.problems import ProblemError
from tests.fakes import pictures

AS_IT_IS = Recipe(Unscaled())
DOT = 6


def image_of(result: Rendered) -> Image.Image:
    return Image.open(io.BytesIO(result.data))


def dotted(path: Path, size: Size, dots: dict[str, tuple[int, int]], exif: int = 1) -> Path:
    """White with coloured discs; stored as EXIF orientation `exif` asks, so that upright it is as given."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for colour, (x, y) in dots.items():
        draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=colour)
    back = {6: Image.Transpose.ROTATE_90, 5: Image.Transpose.TRANSPOSE, 7: Image.Transpose.TRANSVERSE}.get(exif)
    stored = image if back is None else image.transpose(back)
    note = Image.Exif()
    note[0x0112] = exif
    stored.save(path, exif=note, **({"quality": 95} if path.suffix == ".jpg" else {}))
    return path


DOTS = {"red": (110, 74), "lime": (195, 70), "blue": (112, 130), "black": (190, 126)}
SIZE = (300, 200)


def near(found: Any, wanted: str) -> bool:
    colour = Image.new("RGB", (1, 1), wanted).getpixel((0, 0))
    assert isinstance(colour, tuple)
    return all(abs(a - b) <= 60 for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("exif", [1, 6, 5, 7])
@pytest.mark.parametrize(
    "turn", [Turn(), Turn(1), Turn(2, True), Turn(3, True), Turn(0, False, 7), Turn(1, True, -12), Turn(2, False, 33)]
)
@pytest.mark.parametrize("pixels", [0, 100])
def test_every_point_lies_where_the_geometry_says(
    tmp_path: Path, suffix: str, exif: int, turn: Turn, pixels: int
) -> None:
    path = dotted(tmp_path / f"a{suffix}", SIZE, DOTS, exif)
    recipe = Recipe(LongestSide(pixels)) if pixels else AS_IT_IS
    crop = Crop(7, 5, turned_size(SIZE, turn)[0] - 20, turned_size(SIZE, turn)[1] - 11)
    result = render(path, path.name, recipe, Cut(turn, crop))
    image = image_of(result)
    seen = 0
    for colour, dot in DOTS.items():
        x, y = to_turned(dot, SIZE, turn)
        at = ((x - crop.left) * image.width / crop.width, (y - crop.top) * image.height / crop.height)
        if 2 < at[0] < image.width - 2 and 2 < at[1] < image.height - 2:
            assert near(image.getpixel((int(at[0]), int(at[1]))), colour), (colour, at)
            seen += 1
    assert seen >= 2
    assert (result.source_size, image.mode) == (SIZE, "RGB")
    # Nothing of what is beside the picture comes in: no corner is black.
    for corner in ((0, 0), (image.width - 1, 0), (0, image.height - 1), (image.width - 1, image.height - 1)):
        assert near(image.getpixel(corner), "white")


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_large_picture_is_made_smaller_first_and_cut_at_the_same_place(tmp_path: Path, name: str) -> None:
    large = {"red": (600, 401), "lime": (2500, 503), "blue": (803, 1500)}
    image = Image.new("RGB", (3001, 2003), "white")
    draw = ImageDraw.Draw(image)
    for colour, (x, y) in large.items():
        draw.ellipse((x - 60, y - 60, x + 60, y + 60), fill=colour)
    image.save(tmp_path / name, **({"quality": 95} if name == "a.jpg" else {"compress_level": 1}))
    for turn in (Turn(), Turn(1), Turn(0, False, 3)):
        for colour, dot in large.items():
            x, y = to_turned(dot, image.size, turn)
            # The dot's box and as much around it.
            crop = Crop(round(x) - 120, round(y) - 120, 240, 240)
            if min(crop.left, crop.top) < 0:
                continue
            found = image_of(render(tmp_path / name, name, Recipe(LongestSide(20)), Cut(turn, crop)))
            assert near(found.getpixel((10, 10)), colour)
            for at in ((1, 1), (18, 1), (1, 18), (18, 18), (10, 1), (1, 10)):
                assert near(found.getpixel(at), "white")


def test_pixels_of_a_plain_crop_are_those_of_the_picture(tmp_path: Path) -> None:
    path = pictures.plain(tmp_path / "a.png", (96, 64))
    crop = Crop(11, 7, 40, 30)
    result = image_of(render(path, "a.png", ferried(512), Cut(Turn(), crop)))
    assert result.tobytes() == pictures.scene((96, 64)).crop((11, 7, 51, 37)).tobytes()
    turned = image_of(render(path, "a.png", ferried(512), Cut(Turn(1, True))))
    assert turned.tobytes() == pictures.scene((96, 64)).transpose(Image.Transpose.TRANSPOSE).tobytes()


def test_a_crop_of_a_picture_that_became_smaller_moves_inside(tmp_path: Path) -> None:
    path = pictures.plain(tmp_path / "a.png", (96, 64))
    assert render(path, "a.png", AS_IT_IS, Cut(Turn(), Crop(500, 500, 50, 50))).size == (50, 50)
    assert render(path, "a.png", AS_IT_IS, Cut(Turn(), Crop(0, 0, 500, 500))).size == (96, 64)


@pytest.mark.parametrize("resolution", [64, 256])
@pytest.mark.parametrize("turn", [Turn(), Turn(1), Turn(0, True, 4)])
def test_what_a_snapped_crop_shows_is_what_is_trained(tmp_path: Path, resolution: int, turn: Turn) -> None:
    """A frame of one pixel's width around the crop would be cut off by any other fit than the whole."""
    size = (1200, 900)
    path = tmp_path / "a.png"
    Image.effect_noise(size, 50).convert("RGB").save(path)
    crop = snapped(Crop(100, 80, 700, 500), turned_size(size, turn), resolution, 8)
    result = image_of(render(path, "a.png", ferried(resolution), Cut(turn, crop)))
    # As the trainer does (data/latents.py): the bucket of what it got, and one Lanczos resize of the part that fits.
    bucket = training_bucket(result.size, resolution, 8)
    fitted = fit(result.size, bucket)
    assert fitted.box == pytest.approx((0, 0, *result.size), abs=1e-6)
    assert bucket == trained_as((crop.width, crop.height), resolution, 8).bucket
    assert image_of(render(path, "a.png", Recipe(ToBucket(resolution, 8)), Cut(turn, crop))).size == bucket


@pytest.mark.parametrize("turn", [Turn(), Turn(3), Turn(1, True), Turn(0, False, 9), Turn(2, True, -20)])
def test_a_mask_lies_exactly_on_its_picture(tmp_path: Path, turn: Turn) -> None:
    """The picture is its own mask: bright in the middle, dark around, and the mask of another size."""
    image = Image.new("RGB", SIZE, "black")
    image.paste("white", (100, 60, 190, 140))
    image.save(tmp_path / "a.png")
    data = io.BytesIO()
    image.convert("L").resize((150, 100), Image.Resampling.BOX).save(data, "PNG")
    cut = Cut(turn, Crop(10, 12, 150, 120))
    for recipe in (ferried(64), ferried(512), Recipe(ToBucket(64, 8))):
        picture = render(tmp_path / "a.png", "a.png", recipe, cut)
        mask = render_mask(data.getvalue(), "a.png", SIZE, recipe, cut)
        assert (mask.size, mask.suffix, image_of(mask).mode) == (picture.size, ".png", "L")
        one, other = image_of(picture).convert("L"), image_of(mask)
        assert one.getextrema() == (0, 255)
        differing = sum(abs(a - b) > 100 for a, b in zip(one.tobytes(), other.tobytes(), strict=True))
        assert differing <= 0.02 * len(one.tobytes())


def test_a_mask_that_is_no_picture_is_named(tmp_path: Path) -> None:
    for source in (b"", b"no picture", tmp_path / "gone.png"):
        with pytest.raises(ProblemError) as raised:
            render_mask(source, "a.png", SIZE, ferried(64))
        assert (raised.value.problem.code, raised.value.problem.params["name"]) == ("mask_unreadable", "a.png")


def test_sizes_of_each_scaling() -> None:
    assert ForTraining(512).of((4000, 4000)).size == (724, 724)
    bucket = ToBucket(512, 64).of((1920, 1080))
    assert bucket.size == (640, 384) and bucket.box == pytest.approx((60, 0, 1860, 1080)) and not bucket.small
    assert ToBucket(512, 64).of((300, 300)).small
    assert LongestSide(100).of((400, 200)).size == (100, 50)
    assert LongestSide(1000).of((400, 200)).size == (400, 200)
    assert LongestSide(10).of((4000, 1)).size == (10, 1)
    assert Unscaled().of((7, 9)).size == (7, 9)


@pytest.mark.parametrize(
    ("format", "fill", "suffix", "mode", "corner"),
    [
        ("auto", None, ".png", "RGBA", (255, 255, 255, 0)),
        ("png", None, ".png", "RGBA", (255, 255, 255, 0)),
        ("png", (10, 20, 30), ".png", "RGB", (10, 20, 30)),
        ("auto", (10, 20, 30), ".png", "RGB", (10, 20, 30)),
        ("jpg", None, ".jpg", "RGB", (255, 255, 255)),
        ("jpg", (200, 20, 30), ".jpg", "RGB", (200, 20, 30)),
    ],
)
def test_transparent_parts_are_kept_or_filled(
    tmp_path: Path, format: Format, fill: tuple[int, int, int] | None, suffix: str, mode: str, corner: tuple[int, ...]
) -> None:
    pictures.palette_with_hole(tmp_path / "p.png")
    result = render(tmp_path / "p.png", "p.png", Recipe(Unscaled(), format, fill=fill))
    image = image_of(result)
    assert (result.suffix, image.mode) == (suffix, mode)
    found = image.getpixel((5, 5))
    assert isinstance(found, tuple)
    assert found == pytest.approx(corner, abs=6)


def test_the_quality_of_a_jpeg_is_chosen(tmp_path: Path) -> None:
    Image.effect_noise((200, 200), 80).save(tmp_path / "a.png")
    small, large = (
        len(render(tmp_path / "a.png", "a.png", Recipe(Unscaled(), "jpg", quality)).data) for quality in (30, 95)
    )
    assert small < large / 2


def test_a_turned_picture_hides_what_was_transparent(tmp_path: Path) -> None:
    secret = Image.new("RGBA", (200, 200), (1, 2, 3, 0))
    secret.paste((9, 8, 7, 255), (0, 0, 100, 200))
    secret.save(tmp_path / "s.png")
    image = image_of(render(tmp_path / "s.png", "s.png", AS_IT_IS, Cut(Turn(0, False, 10))))
    assert image.mode == "RGBA"
    assert image.getpixel((10, image.height // 2)) == (9, 8, 7, 255)
    assert image.getpixel((image.width - 5, image.height // 2)) in ((0, 0, 0, 0), (255, 255, 255, 0))
