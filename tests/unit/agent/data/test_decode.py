"""Every kind of picture becomes upright, opaque sRGB; what is none says why."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from loraferry_agent.data import decode as module
from loraferry_agent.data.decode import (
    Undecodable,
    decode,
    mask_values,
    opacity,
    read_blob,
    size_of,
    training_pixels,
)
from loraferry_core.dataset.buckets import fit


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, format, **options)
    return data.getvalue()


def pixel(data: bytes, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    image = decode(data)
    assert image.mode == "RGB"
    value = image.getpixel(at)
    assert isinstance(value, tuple)
    return value


def near(found: tuple[int, ...], wanted: tuple[int, ...], within: int = 6) -> bool:
    return all(abs(a - b) <= within for a, b in zip(found, wanted, strict=True))


def test_plain_and_grey() -> None:
    assert pixel(encoded(Image.new("RGB", (4, 4), (1, 2, 3)))) == (1, 2, 3)
    assert pixel(encoded(Image.new("L", (4, 4), 77))) == (77, 77, 77)
    assert pixel(encoded(Image.new("1", (4, 4), 1))) == (255, 255, 255)


def test_cmyk() -> None:
    assert near(pixel(encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)), (255, 0, 0))


def test_sixteen_bits() -> None:
    values = np.full((4, 4), 65535 // 2, dtype=np.uint16)
    assert near(pixel(encoded(Image.fromarray(values))), (128, 128, 128), 1)
    assert pixel(encoded(Image.fromarray(values * 2 + 1))) == (255, 255, 255)
    assert pixel(encoded(Image.fromarray(np.full((4, 4), 0.5, dtype=np.float32)), "TIFF")) == (128, 128, 128)


def test_palette_with_a_transparent_colour() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    data = encoded(image, transparency=0)
    assert pixel(data) == (255, 255, 255)
    assert pixel(data, (1, 0)) == (0, 255, 0)


def test_transparent_parts_are_white() -> None:
    assert pixel(encoded(Image.new("RGBA", (4, 4), (200, 0, 0, 0)))) == (255, 255, 255)
    assert near(pixel(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128)))), (127, 127, 127), 1)
    assert pixel(encoded(Image.new("LA", (4, 4), (0, 255)))) == (0, 0, 0)


def test_a_turned_picture_is_set_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 4), "white")
    image.paste((255, 0, 0), (0, 0, 4, 4))
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.png"
    path.write_bytes(encoded(image, exif=exif))
    upright = decode(path.read_bytes())
    assert upright.size == size_of(path) == (4, 8)
    assert upright.getpixel((0, 0)) == (255, 0, 0) and upright.getpixel((0, 7)) == (255, 255, 255)


def test_a_profile_is_heeded_and_a_broken_one_passed_over() -> None:
    image = Image.new("RGB", (4, 4), (10, 200, 30))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert near(pixel(encoded(image, icc_profile=srgb)), (10, 200, 30), 1)
    assert pixel(encoded(image, icc_profile=b"no profile at all")) == (10, 200, 30)
    lab = Image.new("LAB", (4, 4), (128, 128, 128))
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert near(pixel(encoded(lab, "TIFF", icc_profile=own)), (119, 119, 119), 3)


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n", encoded(Image.new("RGB", (64, 64)))[:-30]])
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 99)
    path = tmp_path / "wide.png"
    path.write_bytes(encoded(Image.new("RGB", (50, 2))))
    for look in (lambda: size_of(path), lambda: decode(path.read_bytes())):
        with pytest.raises(Undecodable, match="50 × 2"):
            look()


@given(st.data())
def test_damage_never_raises_anything_else(data: st.DataObject) -> None:
    kinds = [("PNG", "RGB"), ("JPEG", "RGB"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "RGB"), ("TIFF", "RGB")]
    kind, mode = data.draw(st.sampled_from(kinds))
    whole = bytearray(encoded(Image.linear_gradient("L").resize((24, 16)).convert(mode), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = decode(bytes(whole))
    except Undecodable:
        return
    assert image.mode == "RGB"


def test_training_pixels_are_cut_and_scaled() -> None:
    image = Image.new("RGB", (100, 50), "black")
    image.paste((255, 255, 255), (50, 0, 100, 50))
    pixels = training_pixels(image, fit(image.size, (32, 32)))
    assert pixels.shape == (1, 3, 32, 32)
    assert pixels[..., 0].max() < -0.9 and pixels[..., -1].min() > 0.9
    assert pixels.min() == -1.0 and pixels.max() == 1.0


def test_bytes_under_another_hash_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"x")
    with pytest.raises(Undecodable):
        read_blob(path, "0" * 64)


def test_opacity_is_the_alpha_channel_upright() -> None:
    image = Image.new("RGBA", (4, 2), (1, 2, 3, 255))
    image.putpixel((0, 0), (1, 2, 3, 0))
    grey = opacity(encoded(image))
    assert grey is not None
    assert grey.mode == "L" and grey.getpixel((0, 0)) == 0 and grey.getpixel((3, 1)) == 255
    assert opacity(encoded(Image.new("RGB", (4, 2)))) is None
    palette = Image.new("P", (4, 2), 0)
    grey = opacity(encoded(palette, transparency=0))
    assert grey is not None and grey.getextrema() == (0, 0)


def test_a_mask_has_a_number_for_each_latent() -> None:
    grey = Image.new("L", (32, 16), 0)
    grey.paste(255, (0, 0, 12, 16))
    square = fit((32, 16), (16, 16))
    assert square.box == (8, 0, 24, 16)
    assert mask_values(grey, (32, 16), square, 4).tolist() == [[[1.0, 0.0, 0.0, 0.0]] * 4]
    twice = mask_values(grey.resize((64, 32), Image.Resampling.NEAREST), (32, 16), square, 8)
    assert twice.shape == (1, 2, 2) and twice[0, :, 1].tolist() == [0.0, 0.0] and 0.4 < twice[0, 0, 0] < 0.6
