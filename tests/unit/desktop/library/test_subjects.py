"""Looking at a picture: faces and what stands out, upright and turned, in pixels of the whole picture."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

from loraferry.library.faces import Face, FaceDetector, shared
from loraferry.library.geometry import to_turned, turned_size
from loraferry.library.shapes import UNTURNED, Turn
from loraferry.library.subjects import alpha_of, faces_in, look, turned_copy
from loraferry_core.problems import ProblemError
from tests.fakes import pictures
from tests.fakes.portraits import SHARED_MODEL, portrait

needs_model = pytest.mark.skipif(
    not SHARED_MODEL.is_file() or importlib.util.find_spec("onnxruntime") is None, reason="needs the model of YuNet"
)
TURNS = [UNTURNED, Turn(1), Turn(2), Turn(3), Turn(0, True), Turn(1, True, 9.0), Turn(0, False, -14.0)]


@pytest.mark.parametrize("turn", TURNS)
def test_a_copy_is_turned_as_the_geometry_says(turn: Turn) -> None:
    image = Image.new("RGB", (300, 200), "white")
    image.paste("red", (200, 60, 220, 80))
    copy = turned_copy(image, turn)
    assert copy.size == turned_size((300, 200), turn)
    x, y = to_turned((210, 70), (300, 200), turn)
    assert copy.getpixel((int(x), int(y))) == (255, 0, 0)
    assert copy.getpixel((int(x), int(y) - 25)) == (255, 255, 255)


@needs_model
@pytest.mark.parametrize("turn", [*TURNS[-3:], UNTURNED])
def test_a_face_is_found_in_the_turned_picture(tmp_path: Path, turn: Turn) -> None:
    # Stored so that the turn brings the face upright, but for the straightening.
    upright = turned_copy(portrait((1600, 1600), ((700, 650, 260),)), Turn(-turn.quarters % 4))
    upright.save(tmp_path / "a.png")
    subject = look(tmp_path / "a.png", "a.png", turn, FaceDetector(SHARED_MODEL))
    assert subject.size == turned_size((1600, 1600), turn)
    (face,) = subject.faces
    middle = (face.left + face.width / 2, face.top + face.height / 2)
    assert 0 < middle[0] < subject.size[0] and 0 < middle[1] < subject.size[1]
    assert face.width == pytest.approx(260, rel=0.25)
    assert subject.box is not None


@needs_model
def test_faces_of_the_upright_picture_are_in_its_own_pixels(tmp_path: Path) -> None:
    image = portrait((2400, 1800), ((1500, 700, 300),))
    exif = Image.Exif()
    exif[0x0112] = 3
    image.transpose(Image.Transpose.ROTATE_180).save(tmp_path / "a.jpg", exif=exif, quality=95)
    (face,) = faces_in(tmp_path / "a.jpg", "a.jpg", FaceDetector(SHARED_MODEL))
    assert shared(face, Face(1350, 505, 300, 390, 1)) > 0.6


def test_transparency_is_upright_and_none_where_all_is_opaque(tmp_path: Path) -> None:
    image = Image.new("RGBA", (60, 40), (200, 30, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 30, 40))
    image.save(tmp_path / "a.png")
    alpha = alpha_of(tmp_path / "a.png", "a.png")
    assert alpha is not None and alpha.size == (60, 40)
    assert alpha.getpixel((10, 20)) == 0 and alpha.getpixel((50, 20)) == 255
    pictures.plain(tmp_path / "b.png")
    assert alpha_of(tmp_path / "b.png", "b.png") is None


@pytest.mark.parametrize("make", [pictures.not_an_image, pictures.zero_bytes, pictures.truncated])
def test_what_cannot_be_read_is_a_problem(tmp_path: Path, make: object) -> None:
    path = tmp_path / "a.png"
    make(path)  # type: ignore[operator]
    with pytest.raises(ProblemError):
        look(path, "a.png", UNTURNED, None)
    with pytest.raises(ProblemError):
        alpha_of(path, "a.png")
