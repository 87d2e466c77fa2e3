"""Tags are added, taken out, renamed, merged and ordered over many captions; all else stays as it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry.library import tagging
from loraferry.library.tagging import Tags, tags_of
from loraferry_core.dataset.caption import style_of, tags

PROSE = "A woman stands in a garden. She wears a red hat."


def one(changed: dict[str, str], before: str) -> str:
    return changed.get("a", before)


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        ("1girl, solo", "back", "1girl, solo, long hair"),
        ("1girl, solo", "front", "long hair, 1girl, solo"),
        ("1girl, solo", 1, "1girl, long hair, solo"),
        ("1girl, solo", 9, "1girl, solo, long hair"),
        ("1girl,solo", "back", "1girl,solo,long hair"),
        ("1girl，solo", "back", "1girl，solo，long hair"),
        ("1girl, blue_eyes", "back", "1girl, blue_eyes, long_hair"),
        ("1girl, ^_^, red hat", "back", "1girl, ^_^, red hat, long hair"),
        ("1girl, solo,", "back", "1girl, solo, long hair"),
        ("1girl\nsolo", "back", "1girl\nsolo, long hair"),
        ("", "back", "long hair"),
        ("1girl, Long_Hair", "back", "1girl, Long_Hair"),
        (PROSE, "back", f"{PROSE} long hair"),
        (PROSE, "front", f"long hair, {PROSE}"),
        ("A woman with Long Hair stands. Good.", "front", "A woman with Long Hair stands. Good."),
        (
            "a woman who stands in the garden with her dog",
            "back",
            "a woman who stands in the garden with her dog, long hair",
        ),
    ],
)
def test_a_tag_is_added_where_it_is_missing(before: str, at: tagging.At, after: str) -> None:
    assert one(tagging.added({"a": before}, ["long hair"], at), before) == after


def test_several_are_added_in_their_order_and_empty_ones_not() -> None:
    assert tagging.added({"a": "x, b"}, ["a", " ", "b", "c"], "front") == {"a": "a, c, x, b"}
    assert tagging.added({"a": "x"}, []) == {}


def test_only_captions_that_change_are_handed_back() -> None:
    captions = {"a": "1girl, hat", "b": "1boy", "c": PROSE}
    assert tagging.removed(captions, ["HAT", "red hat"]) == {"a": "1girl"}
    assert tagging.removed(captions, ["none"]) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hat, 1girl, solo", "1girl, solo"),
        ("1girl, hat, solo", "1girl, solo"),
        ("1girl, solo, hat", "1girl, solo"),
        ("1girl,hat,  solo", "1girl,solo"),
        ("hat", ""),
        ("hat, hat, a", "a"),
    ],
)
def test_a_tag_goes_with_one_comma(before: str, after: str) -> None:
    assert tagging.removed({"a": before}, ["hat"]) == {"a": after}


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("1girl, hat, solo", "cap", "1girl, cap, solo"),
        ("1girl, hat, cap", "cap", "1girl, cap"),
        ("1girl, hat, beret, solo", "cap", "1girl, cap, solo"),
        ("1girl, hat", "red cap, wool", "1girl, red cap, wool"),
        ("blue_eyes, hat", "red cap", "blue_eyes, red_cap"),
        ("1girl, hat", "", "1girl"),
    ],
)
def test_tags_are_merged_into_one(before: str, new: str, after: str) -> None:
    assert tagging.merged({"a": before}, ["hat", "beret"], new) == {"a": after}


def test_a_tag_may_be_renamed_to_other_capitals() -> None:
    assert tagging.merged({"a": "1girl, miku"}, ["Miku"], "Miku") == {"a": "1girl, Miku"}
    assert tagging.merged({"a": "1girl, miku"}, ["miku"], "miku") == {}


def test_a_mark_is_set_and_taken_back() -> None:
    assert tagging.marked({"a": "x", "b": "x, hat"}, "hat", True) == {"a": "x, hat"}
    assert tagging.marked({"a": "x", "b": "x, hat"}, "hat", False) == {"b": "x"}


def test_repetitions_go() -> None:
    assert tagging.without_repetitions({"a": "x, y, X, y_, z", "b": "x"}) == {"a": "x, y, z"}


def test_tags_are_ordered() -> None:
    captions = {"a": "c, zorblax toy, a, b", "p": PROSE, "s": "a"}
    by_count = tagging.by_frequency({"b": 9, "a": 3})
    assert tagging.ordered(captions, by_count) == {"a": "b, a, c, zorblax toy"}
    assert tagging.ordered(captions, by_count, trigger="zorblax") == {"a": "zorblax toy, b, a, c"}
    assert tagging.ordered(captions, tagging.by_alphabet, keep=1, trigger="zorblax") == {"a": "zorblax toy, c, a, b"}
    assert tagging.ordered(captions, tagging.by_list(["b", "c"])) == {"a": "b, c, zorblax toy, a"}
    assert tagging.ordered({"a": "b,a"}, tagging.by_alphabet) == {"a": "a,b"}


def test_one_tag_is_rewritten_and_moved() -> None:
    assert tagging.with_tag_at("a, b, c", 1, "x, y") == "a, x, y, c"
    assert tagging.with_tag_at("a, b, c", 2, " ") == "a, b"
    assert tagging.with_tag_moved("a, b, c", 0, 2) == "b, a, c"
    assert tagging.with_tag_moved("a, b, c", 2, 0) == "c, a, b"
    assert tagging.with_tag_moved("a, b, c", 0, 3) == "b, c, a"


@given(st.text(alphabet="ab _,，、\n()", max_size=30))
def test_a_caption_is_taken_apart_and_put_together(caption: str) -> None:
    parts = Tags.of(caption).parts
    assert tuple(dict.fromkeys(" ".join(part.split()) for part in parts)) == tags(caption)
    assert tags_of(Tags.of(caption).text) == parts


@given(st.text(alphabet="ab _,，、\n.(\\ ", max_size=30), st.sampled_from(["front", "back"]))
def test_what_is_added_stands_beside_all_there_was(caption: str, at: tagging.At) -> None:
    result = tagging.added({"a": caption}, ["zz"], at)["a"]
    if style_of(caption) == "tags":
        before = tags(caption)
        assert tags(result) == (("zz", *before) if at == "front" else (*before, "zz"))
    else:
        assert "zz" in result
        assert caption.strip() in result
