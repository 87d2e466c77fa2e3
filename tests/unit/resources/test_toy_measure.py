"""The pixel measurement against true renderings, which it must read without a single mistake."""

import random
import subprocess
import sys

import pytest
from PIL import Image, ImageDraw

from loraferry_resources.toy import measure, shapes, zorblax


def test_reads_300_of_300_scenes() -> None:
    scenes = [shapes.random_scene(random.Random(90_000 + k)) for k in range(300)]
    wrong = []
    for scene in scenes:
        reading = measure.read(shapes.render(scene))
        if (reading.colour, reading.shape, reading.zorblax) != (scene.colour, scene.shape, False):
            wrong.append((scene, reading))
    assert wrong == []


def test_reads_every_combination_at_the_limits_of_size() -> None:
    for colour in shapes.COLOURS:
        for background in shapes.BACKGROUNDS:
            for radius in (shapes.SIZES["small"][0], shapes.SIZES["large"][1]):
                shape = list(shapes.SHAPES)[(len(colour) + len(background)) % len(shapes.SHAPES)]
                scene = shapes.Scene(colour, shape, "small", background, radius=radius, angle=4.0)
                reading = measure.read(shapes.render(scene))
                assert (reading.colour, reading.shape) == (colour, shape), scene


def test_knows_a_zorblax_on_every_background() -> None:
    things = [zorblax.random_zorblax(random.Random(91_000 + k)) for k in range(120)]
    assert [thing for thing in things if not measure.read(zorblax.render(thing)).zorblax] == []


def test_larger_pictures_are_read_alike() -> None:
    scene = shapes.random_scene(random.Random(3), colour="pink", shape="ring")
    thing = zorblax.random_zorblax(random.Random(3))
    reading = measure.read(shapes.render(scene, 256))
    assert (reading.colour, reading.shape) == ("pink", "ring")
    assert measure.read(zorblax.render(thing, 256)).zorblax


def test_a_zorblax_needs_its_skin_and_its_eye() -> None:
    blind = zorblax.render(zorblax.Zorblax("black"))
    ImageDraw.Draw(blind).ellipse((24, 17, 40, 33), fill=zorblax.SKIN)
    assert not measure.read(blind).zorblax
    red, green, blue = zorblax.render(zorblax.Zorblax("black")).split()
    assert not measure.read(Image.merge("RGB", (green, red, blue))).zorblax


def test_no_lime_shape_is_a_zorblax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shapes.COLOURS, "green", zorblax.SKIN)
    for shape in shapes.SHAPES:
        for background in shapes.BACKGROUNDS:
            scene = shapes.random_scene(random.Random(6), "green", shape, "large", background)
            assert not measure.read(shapes.render(scene)).zorblax, scene


@pytest.mark.parametrize("fill", [(250, 250, 250), (0, 0, 0), (215, 35, 40)])
def test_an_empty_picture_shows_nothing(fill: tuple[int, int, int]) -> None:
    assert measure.read(Image.new("RGB", (64, 64), fill)) == measure.Reading(None, None, False, 0.0, 0.0)


def test_noise_has_no_shape() -> None:
    noise = Image.frombytes("RGB", (64, 64), random.Random(8).randbytes(64 * 64 * 3))
    reading = measure.read(noise)
    assert reading.shape is None
    assert not reading.zorblax


def test_needs_no_heavy_library() -> None:
    code = (
        "import sys; from loraferry_resources.toy import measure, shapes, zorblax; "
        "print(*sorted({'torch', 'scipy', 'cv2', 'diffusers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
