"""Pictures that look alike: which belong together, how, and which is the best."""

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from loraferry.library import near_hashes
from loraferry.library.duplicates import Twin, best_of, find_groups
from loraferry.library.items import Item
from loraferry.library.near_hashes import near_pairs
from loraferry.library.quality import Quality, measure_quality
from loraferry_core.problems import problem
from tests.fakes import photos

GOOD = Quality(0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0, 0)


def item(name: str, hash: int = 0, mirrored: int = 2**63, **values: object) -> Item:
    """A good picture of a megapixel, but for the given values of the item or its quality."""
    quality = {key: value for key, value in values.items() if hasattr(GOOD, key)}
    own = {key: value for key, value in values.items() if key not in quality}
    usual = {"width": 1000, "height": 1000, "size": 100_000, "caption": "a fox", **own}
    measures = replace(GOOD, hash=hash, mirrored_hash=mirrored, **quality)  # type: ignore[arg-type]
    return Item(name, f"/pictures/{name}", quality=measures, **usual)  # type: ignore[arg-type]


def with_bits(count: int, base: int = 0) -> int:
    return base ^ ((1 << count) - 1)


# --- hashes


def by_comparing_all(hashes: list[int], distance: int) -> set[tuple[int, int, int]]:
    found = set()
    for second, two in enumerate(hashes):
        for first, one in enumerate(hashes[:second]):
            bits = (one ^ two).bit_count()
            if bits <= distance:
                found.add((first, second, bits))
    return found


@pytest.mark.parametrize("distance", [0, 1, 3, 8, 16])
def test_all_near_pairs_are_found_once(distance: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(distance)
    hashes = [chance.getrandbits(64) for _ in range(60)]
    for _ in range(140):
        near = chance.choice(hashes)
        for bit in chance.sample(range(64), chance.randrange(0, 12)):
            near ^= 1 << bit
        hashes.append(near)
    expected = by_comparing_all(hashes, distance)
    assert len(expected) > 10
    for few in (10, 2000):
        monkeypatch.setattr(near_hashes, "_FEW", few)
        found = near_pairs(np.array(hashes, dtype=np.uint64), distance)
        assert found is not None
        listed = list(zip(*(part.tolist() for part in found), strict=True))
        assert len(listed) == len(expected)
        assert set(listed) == expected


def test_no_hash_and_one_hash_have_no_pairs() -> None:
    for hashes in ([], [7]):
        found = near_pairs(np.array(hashes, dtype=np.uint64), 6)
        assert found is not None
        assert not len(found[0])


def test_too_many_pairs_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_hashes, "MOST_PAIRS", 100)
    assert near_pairs(np.zeros(15, dtype=np.uint64), 0) is None
    assert near_pairs(np.arange(15, dtype=np.uint64), 6) is None
    assert near_pairs(np.arange(15, dtype=np.uint64), 0) is not None


def test_comparing_can_be_cancelled() -> None:
    def cancel() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        near_pairs(np.arange(10, dtype=np.uint64), 6, cancel)


# --- groups


def test_pictures_are_grouped_by_distance_and_each_is_in_one_group() -> None:
    items = [item("a", 0), item("b", with_bits(2)), item("c", 2**64 - 1), item("d", with_bits(9)), item("e", 2**64 - 2)]
    assert [group.names for group in find_groups(items, 6).groups] == [("a", "b"), ("c", "e")]
    assert [group.names for group in find_groups(items, 1).groups] == [("c", "e")]
    assert [set(group.names) for group in find_groups(items, 9).groups] == [{"a", "b", "d"}, {"c", "e"}]


def test_a_chain_of_small_steps_is_not_one_group() -> None:
    film = [item(f"{frame:02}", with_bits(4 * frame)) for frame in range(12)]
    groups = find_groups(film, 4).groups
    assert all(len(group.names) <= 3 for group in groups)
    names = [name for group in groups for name in group.names]
    assert len(names) == len(set(names)) >= 10


def test_what_is_rejected_broken_or_not_measured_is_in_no_group() -> None:
    items = [
        item("a"),
        item("b", verdict="reject"),
        item("c", image_problem=problem("image_truncated", name="c")),
        replace(item("d"), quality=None),
    ]
    assert find_groups(items).groups == ()
    assert find_groups([]).groups == ()


def test_very_many_alike_are_compared_more_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_hashes, "MOST_PAIRS", 20)
    items = [item(f"{number:02}", with_bits(number % 8)) for number in range(24)]
    found = find_groups(items, 6)
    assert found.near == 0
    assert len(found.groups) == 8
    assert all(len(group.names) == 3 for group in found.groups)


def test_mirrored_pictures_only_where_they_are_asked_for() -> None:
    items = [item("a", 0b1111, 2**40), item("b", 2**40, 0b1111), item("c", 2**63 - 1, 0x5555555555555555)]
    assert find_groups(items, 3).groups == ()
    (group,) = find_groups(items, 3, mirrored=True).groups
    assert group.names == ("a", "b")
    assert group.twins == (Twin("b", "mirrored"),)


def test_files_of_the_same_bytes_are_told_from_those_that_look_the_same(tmp_path: Path) -> None:
    for name, quality in (("original.jpg", 90), ("saved again.jpg", 89)):
        photos.photo(1).save(tmp_path / name, quality=quality)
    shutil.copyfile(tmp_path / "original.jpg", tmp_path / "original (2).jpg")
    items = []
    for path in sorted(tmp_path.iterdir()):
        grey = Image.open(path).convert("L").resize((512, 341))
        size = path.stat().st_size
        items.append(Item(path.name, str(path), size=size, width=768, height=512, quality=measure_quality(grey)))
    # As large as the original, and not the same: the bytes decide.
    (tmp_path / "saved again.jpg").write_bytes(bytes(items[0].size))
    items[2] = replace(items[2], size=items[0].size)
    (group,) = find_groups(items).groups
    assert group.best == "original.jpg"
    assert group.twins == (Twin("original (2).jpg", "same"), Twin("saved again.jpg", "alike"))
    (tmp_path / "original (2).jpg").unlink()
    (group,) = find_groups(items).groups
    assert {twin.likeness for twin in group.twins} == {"alike"}


# --- the best


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        ({"verdict": "keep", "width": 300}, {}, "kept"),
        ({"stars": 3, "blur": 0.5}, {"stars": 2}, "stars"),
        ({"width": 1300}, {}, "pixels"),
        ({"blur": 0.1}, {"blur": 0.4}, "sharpness"),
        ({"width": 800, "blur": 0.1}, {"width": 1000, "blur": 0.5}, "sharpness"),
        ({"size": 50_000}, {"border": 0.2}, "border"),
        ({"size": 50_000}, {"bright": 0.3}, "exposure"),
        ({"size": 50_000}, {"dark": 0.3}, "exposure"),
        ({"size": 50_000}, {"noise": 0.5}, "noise"),
        ({"size": 50_000}, {"caption": " "}, "caption"),
        ({"size": 200_000}, {}, "bytes"),
        ({"width": 1010, "size": 99_000}, {"name": "a copy"}, "first"),
    ],
)
def test_the_best_is_proposed_with_the_reason(better: dict, worse: dict, reason: str) -> None:
    worse_one = replace(
        item("worse", **{key: value for key, value in worse.items() if key != "name"}), name="worse one"
    )
    better_one = item("better", **better)
    for members in ([better_one, worse_one], [worse_one, better_one]):
        best, reasons = best_of(members)
        assert best is better_one
        assert reasons == (reason,)


def test_reasons_add_up() -> None:
    members = [item("a", width=500), item("b", caption=""), item("c"), item("d", size=50_000)]
    best, reasons = best_of(members)
    assert best.name == "c"
    assert reasons == ("pixels", "caption", "bytes")
