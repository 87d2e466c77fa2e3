"""Measures of pictures with known faults: they tell how large a fault is, and are blind to what is none."""

import io

import pytest
from PIL import Image

from loraferry.library.decoding import decoded, within
from loraferry.library.quality import MEASURED_EDGE, Quality, measure_quality
from loraferry.library.rules import RULES
from tests.fakes import photos

USUAL = {rule.id: rule.usual for rule in RULES}
SEEDS = range(6)


def measured(picture: Image.Image) -> Quality:
    return measure_quality(within(picture.convert("RGB"), MEASURED_EDGE).convert("L"))


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def differing(one: int, other: int) -> int:
    return (one ^ other).bit_count()


@pytest.mark.parametrize("size", [(400, 300), (768, 512), (1536, 1152)])
def test_sharp_pictures_are_sharp_at_every_size_and_blurred_ones_are_not(size: tuple[int, int]) -> None:
    for seed in SEEDS:
        picture = photos.photo(seed, size)
        assert measured(picture).blur < 0.2
        # Two pixels and four of the 512 that are measured; small pictures are measured as they are.
        two = measured(photos.blurred(picture, 2 / min(512, max(size)))).blur
        four = measured(photos.blurred(picture, 4 / min(512, max(size)))).blur
        assert USUAL["blur"] < two < four
        # A Gaussian of s pixels leaves 0.7 / s of the resolution.
        assert two == pytest.approx(1 - 0.7 / 2, abs=0.16)


def test_flat_drawings_and_sharp_things_before_a_soft_ground_are_not_blurred() -> None:
    for seed in SEEDS:
        drawing = photos.drawing(seed)
        assert measured(drawing).blur < 0.2
        assert measured(as_jpeg(drawing, 75)).blur < 0.2
        assert measured(photos.blurred(drawing, 2.5 / 512)).blur > USUAL["blur"]
        soft = photos.blurred(photos.photo(seed), 8 / 512)
        soft.paste(photos.photo(seed).crop((250, 150, 520, 370)), (250, 150))
        assert measured(soft).blur < 0.3


def test_motion_in_one_direction_is_blur() -> None:
    for seed in SEEDS:
        assert measured(photos.moved(photos.photo(seed), 18)).blur > 0.25


def test_what_has_no_edge_is_as_blurred_as_can_be() -> None:
    assert measured(Image.new("RGB", (300, 200), "teal")).blur == 1
    assert measured(Image.new("RGB", (5, 3), "teal")).blur == 0


def test_noise_is_measured_in_grey_levels_and_texture_of_a_part_is_none() -> None:
    for seed in SEEDS:
        picture = photos.photo(seed, (512, 384))
        assert measured(picture).noise < 0.06
        for sigma in (5, 10, 20):
            assert measured(photos.grainy(picture, sigma)).noise == pytest.approx(sigma / 25, rel=0.25)
        textured = picture.copy()
        textured.paste(photos.grainy(picture, 40).crop((0, 0, 300, 384)), (0, 0))
        assert measured(textured).noise < USUAL["noise"]


def test_grain_does_not_pass_for_sharpness() -> None:
    values = [measured(photos.grainy(photos.blurred(photos.photo(seed), 3 / 512), 2)).blur for seed in SEEDS]
    assert sorted(values)[len(values) // 2] > USUAL["blur"]


def test_light_that_burns_out_counts_and_white_paper_does_not() -> None:
    for seed in SEEDS:
        picture = photos.photo(seed)
        over, under = measured(photos.exposed(picture, 2.6)), measured(photos.exposed(picture, 1.6, -250))
        assert over.bright > USUAL["bright"]
        assert over.exposure > measured(picture).exposure > under.exposure
        assert under.dark > USUAL["dark"]
        assert measured(picture).bright < 0.02
        assert measured(photos.drawing(seed)).bright < 0.05
        assert measured(photos.drawing(seed, paper="black")).dark < 0.1


@pytest.mark.parametrize("colour", ["black", "white", "#355e3b"])
def test_bars_are_measured_by_their_area_and_change_nothing_else(colour: str) -> None:
    picture = photos.photo(3)
    for top, side in ((60, 0), (0, 90), (24, 24)):
        large = as_jpeg(photos.framed(picture, top, side, colour), 80)
        share = 1 - picture.width * picture.height / (large.width * large.height)
        found = measured(large)
        assert found.border == pytest.approx(share, abs=0.015)
        assert found.blur < 0.2
        assert (found.dark, found.bright) == pytest.approx((0, 0), abs=0.02)
    assert measured(photos.framed(photos.blurred(picture, 4 / 512), 60, 0, colour)).blur > USUAL["blur"]


def test_the_ground_of_a_drawing_is_no_border() -> None:
    for seed in SEEDS:
        assert measured(photos.photo(seed)).border == 0
        assert measured(photos.drawing(seed)).border == 0
    assert measured(Image.new("RGB", (200, 200), "white")).border == 1


def test_the_hash_survives_what_copies_suffer_and_tells_others_apart() -> None:
    originals = [measured(photos.photo(seed)).hash for seed in range(12)]
    for seed in SEEDS:
        picture = photos.photo(seed)
        copies = [
            picture.resize((300, 200)),
            as_jpeg(picture, 40),
            photos.exposed(picture, 1.08, 4),
            photos.grainy(picture, 8),
            photos.blurred(picture, 2 / 512),
            picture.crop((6, 4, 762, 508)),
        ]
        assert max(differing(originals[seed], measured(copy).hash) for copy in copies) <= 6
    distances = [differing(one, other) for place, one in enumerate(originals) for other in originals[:place]]
    assert min(distances) > 12


def test_the_mirrored_hash_is_the_hash_of_the_mirror_image() -> None:
    for seed in SEEDS:
        picture = photos.photo(seed)
        mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        assert differing(measured(picture).mirrored_hash, measured(mirrored).hash) <= 2
        assert differing(measured(picture).hash, measured(mirrored).hash) > 12


def test_a_symmetrical_picture_has_no_random_bits() -> None:
    half = photos.photo(2, (384, 512))
    whole = Image.new("RGB", (768, 512))
    whole.paste(half, (0, 0))
    whole.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (384, 0))
    own = measured(whole)
    assert differing(own.hash, own.mirrored_hash) <= 2
    assert differing(own.hash, measured(as_jpeg(whole.resize((500, 333)), 60)).hash) <= 4


def test_what_is_measured_lies_within_its_bounds() -> None:
    pictures = [photos.photo(0), photos.drawing(0), Image.new("RGB", (1, 1)), Image.new("RGB", (700, 3), "red")]
    for picture in pictures:
        found = measured(picture)
        values = (found.blur, found.dark, found.bright, found.noise, found.border, found.exposure)
        assert all(0 <= value <= 1 for value in values)
        assert all(0 <= value < 2**64 for value in (found.hash, found.mirrored_hash))


def test_a_picture_is_decoded_no_larger_than_it_is_measured(tmp_path) -> None:
    path = tmp_path / "large.jpg"
    photos.photo(1, (2000, 1500)).save(path, quality=90)
    picture, size = decoded(path, "large.jpg", MEASURED_EDGE)
    assert size == (2000, 1500)
    assert picture.size == (512, 384)
