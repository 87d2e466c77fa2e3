"""Decoding no larger than needed: every format the right way up, within the edge."""

import io
from pathlib import Path

import pytest
from PIL import Image

from loraferry.library.decoding import decoded, within
from loraferry.library.pictures import opened, upright_size
from loraferry.library.renderer import ferried, render
from tests.fakes import pictures

RED = (220, 30, 30)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_every_format_is_turned_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    pictures.scene((300, 200)).save(path, exif=exif)
    upright = (200, 300) if orientation >= 5 else (300, 200)
    with opened(path, path.name) as image:
        assert upright_size(image) == upright
    small, size = decoded(path, path.name, 150)
    assert size == upright
    assert max(small.size) == 150
    assert (small.width > small.height) == (upright[0] > upright[1])
    # Where the stored picture's red quarter is shown (Exif 2.32, tag 274): its corner by orientation.
    across, down = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
    for picture in (small, trained(path)):
        place = (round(picture.width * (0.1 + 0.8 * across)), round(picture.height * (0.1 + 0.8 * down)))
        colour = picture.getpixel(place)
        assert isinstance(colour, tuple)
        assert all(abs(one - other) < 40 for one, other in zip(colour, RED, strict=True))


def trained(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(render(path, path.name, ferried(64)).data)).convert("RGB")


def test_within_keeps_the_shape_and_never_enlarges() -> None:
    assert within(Image.new("RGB", (3000, 10)), 150).size == (150, 1)
    assert within(Image.new("RGB", (90, 60)), 150).size == (90, 60)
