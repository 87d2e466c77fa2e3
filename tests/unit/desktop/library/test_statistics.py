"""The set in numbers, and what they hint at."""

import pytest

from loraferry.cancellation import Cancelled
from loraferry.library.coverage import FEWEST, GROUPS, Hint, Words, coverage
from loraferry.library.items import Item
from loraferry.library.query_parser import parse
from loraferry.library.shapes import Crop, Turn
from loraferry.library.statistics import Entry, Statistics, statistics, together
from loraferry.library.trained_sizes import Training, is_small, trained_sizes

TRAINING = Training(512, 64)


def entry(name: str, size: tuple[int, int] = (0, 0), caption: str | None = None, tokens: int | None = None,
          **fields: object) -> Entry:  # fmt: skip
    item = Item(name, "", width=size[0], height=size[1], caption=caption, **fields)  # type: ignore[arg-type]
    return Entry(item, tuple((caption or "").split(", ")) if caption else (), tokens=tokens)


def count(*entries: Entry) -> Statistics:
    return statistics(entries, TRAINING)


def test_sides_fall_between_their_edges() -> None:
    value = count(entry("a", (512, 900)), entry("b", (639, 639)), entry("c", (4000, 100)), entry("d"))
    assert {bar.query: bar.count for bar in value.sides if bar.count} == {"size>=512 size<640": 2, "size<256": 1}
    assert (value.total, value.unknown, value.trained) == (4, 1, 3)
    assert sum(bar.count for bar in value.sides) == 3


def test_buckets_are_those_of_turned_pictures_and_of_crops() -> None:
    value = count(
        entry("a", (1000, 1000)),
        entry("b", (2000, 1000), turn=Turn(1)),
        entry("c", (1000, 2000), crops=(Crop(0, 0, 600, 600), Crop(0, 0, 600, 600))),
        entry("d", (30, 30)),
    )
    found = {bar.size: (bar.count, bar.upscaled, bar.query) for bar in value.buckets}
    assert found[512, 512] == (3, 0, "bucket:512x512")
    assert found[64, 64] == (1, 1, "bucket:64x64")
    (high,) = found.keys() - {(512, 512), (64, 64)}
    assert high[1] > high[0]
    assert [bar.count for bar in value.buckets] == [3, 1, 1]
    assert value.trained == 5
    assert value.small == 1
    assert Hint("small", count=1, total=5, query="pixels<262144") in value.hints


def test_a_straightened_picture_is_smaller() -> None:
    (turned,) = trained_sizes(Item("a", "", width=600, height=512, turn=Turn(0, False, 10.0)))
    assert turned[0] < 600
    assert turned[1] < 512
    assert is_small(turned, TRAINING)
    assert not is_small((600, 512), TRAINING)


def test_lengths_end_with_the_first_chunk() -> None:
    value = count(entry("a", tokens=0, caption=""), entry("b", tokens=75, caption="x"), entry("c", tokens=76, caption="y"),
                  entry("d", caption="z"))  # fmt: skip
    assert {bar.query: bar.count for bar in value.lengths if bar.count} == {
        "tokens<1": 1,
        "tokens>=51 tokens<76": 1,
        "tokens>=76 tokens<151": 1,
    }
    assert (value.uncounted, value.longest) == (1, 76)
    assert Hint("captions_long", count=1, total=4, query="tokens>75") in value.hints
    assert Hint("captions_missing", count=1, total=4, query="is:uncaptioned") in value.hints


def test_tags_and_their_company() -> None:
    entries = [entry("a", caption="hat, smile"), entry("b", caption="hat, tree"), entry("c", caption="hat, smile")]
    assert count(*entries).tags == (("hat", 3), ("smile", 2), ("tree", 1))
    assert together(entries, "smile") == (("hat", 2),)
    assert together(entries, "nothing") == ()


def test_the_same_caption_again_and_again() -> None:
    value = count(*(entry(str(number), caption="hat") for number in range(3)))
    assert Hint("captions_same", tag="hat", count=3, total=3) in value.hints
    assert "captions_same" not in [hint.code for hint in count(entry("a", caption="x"), entry("b", caption="x")).hints]


def test_all_queries_of_bars_and_hints_are_understood() -> None:
    many = [entry(str(n), (300 + n, 300), f"1girl, red dress, close-up, {n}", tokens=90) for n in range(12)]
    value = count(*many)
    queries = [bar.query for bars in (value.sides, value.lengths, value.buckets) for bar in bars]  # type: ignore[attr-defined]
    for query in [*queries, *(hint.query for hint in value.hints if hint.query)]:
        parsed = parse(query)
        assert parsed.node is not None
        assert parsed.errors == ()


def test_counting_can_be_cancelled() -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        statistics([entry("a", (10, 10))], TRAINING, check)


# --- coverage


def said(*captions: str, prose: bool = False) -> list[tuple[str, str, str]]:
    words = [Words(prose=caption) if prose else Words(tuple(caption.split(", "))) for caption in captions]
    return [(hint.code, hint.group, hint.aspect or hint.tag) for hint in coverage(words)]


FULL = (
    "1girl, from side, full body, smile",
    "1girl, from behind, close-up, sad",
    "1girl, front view, upper body, angry",
)


def test_a_varied_set_gives_no_hints() -> None:
    assert said(*FULL * 4) == []


def test_few_captions_tell_nothing() -> None:
    assert said(*(["1girl"] * (FEWEST - 1))) == []
    assert said(*(["1girl"] * FEWEST)) != []


def test_no_profiles_and_no_full_bodies() -> None:
    found = said(*["1girl, close-up, from behind", "1girl, upper body, front view"] * 6)
    assert ("aspect_missing", "view", "side") in found
    assert ("aspect_missing", "framing", "full") in found
    assert ("aspect_missing", "view", "behind") not in found


def test_landscapes_need_no_profile_and_no_face() -> None:
    assert said(*["mountain, lake, day", "city, street, night", "white background, sunset"] * 4) == []


@pytest.mark.parametrize(
    ("tag", "group", "aspect"),
    [
        ("from front", "view", "front"),
        ("extreme close-up", "framing", "close"),
        ("light smile", "expression", "happy"),
        ("night", "lighting", "night"),
        ("white background", "background", "plain"),
    ],
)
def test_only_one_kind(tag: str, group: str, aspect: str) -> None:
    found = [hint for hint in coverage([Words(("1girl", tag))] * 10) if hint.code == "only_aspect"]
    assert [(hint.group, hint.aspect, hint.count, hint.total) for hint in found] == [(group, aspect, 10, 10)]
    assert found[0].query in (f"tag:{tag}", f'tag:"{tag}"')


def test_one_outfit_but_not_one_colour_of_many_clothes() -> None:
    assert ("one_outfit", "clothing", "red dress") in said(*["1girl, red dress, hat"] * 9, "1girl, coat")
    found = said(*["1girl, red dress", "1girl, blue dress", "1girl, shirt"] * 4)
    assert not [hint for hint in found if hint[0] == "one_outfit"]


def test_prose_is_read_too() -> None:
    found = said(*["A woman in profile, smiling, outdoors.", "A close-up of her face from behind."] * 5, prose=True)
    assert ("only_aspect", "framing", "close") in found
    assert ("aspect_missing", "view", "side") not in found
    assert ("aspect_missing", "view", "behind") not in found


def test_words_within_words_say_nothing() -> None:
    found = said(*["A woman with profiles on paper."] * 10, prose=True)
    assert ("aspect_missing", "view", "side") in found


def test_no_word_is_given_twice_within_a_group() -> None:
    for group in GROUPS:
        words = [word for aspect in group.aspects for word in aspect.words]
        assert len(words) == len(set(words))
        assert all(word == word.lower() for word in words)
