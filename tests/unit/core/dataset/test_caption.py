"""Captions in both styles, and what is trained of them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.dataset.caption import (
    has_trigger,
    is_too_long,
    joined,
    normalised,
    shuffled,
    style_of,
    tags,
    thinned,
    training_caption,
    without_wildcards,
)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        (" \n ", ""),
        ("a\n b\t c ", "a b c"),
        ("龙　红", "龙 红"),
        ("a\u00a0b", "a b"),
        ("a, b", "a, b"),
        ("a\x00b\x1b\x7f c\x85", "a b c"),
    ],
)
def test_normalised(text, stored):
    assert normalised(text) == stored


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("", ()),
        (" , ,, ", ()),
        ("a, b ,c", ("a", "b", "c")),
        ("a,a, a ,b", ("a", "b")),
        ("红，龙、云\n山", ("红", "龙", "云", "山")),
        ("red  hair,\nblue eyes", ("red hair", "blue eyes")),
        ("A, a", ("A", "a")),
        ("(a:1.2), b_c", ("(a:1.2)", "b_c")),
    ],
)
def test_tags(caption, expected):
    assert tags(caption) == expected


def test_joined_is_the_way_back():
    assert joined(("a", "b c")) == "a, b c"
    assert tags(joined(["a", "b c"])) == ("a", "b c")


@pytest.mark.parametrize(
    ("caption", "style"),
    [
        ("", "tags"),
        ("cat", "tags"),
        ("1girl, red hair, blue eyes", "tags"),
        ("a small red circle on a white background", "prose"),
        ("A cat sits on a mat.", "prose"),
        ("cat. dog", "prose"),
        ("what is it?", "prose"),
        ("一只猫。", "prose"),
        ("猫，狗", "tags"),
        ("v1.5, masterpiece", "tags"),
        ("one two three four", "tags"),
        ("one two three four five", "prose"),
        ("a photo of a cat, sitting in the garden, in the warm light", "prose"),
        ("cat.", "prose"),
    ],
)
def test_style(caption, style):
    assert style_of(caption) == style


@pytest.mark.parametrize(
    ("caption", "trigger", "found"),
    [
        ("a zkz star", "zkz", True),
        ("a ZKZ star", "zkz", True),
        ("zkz", "zkz", True),
        ("zkz, star", "zkz", True),
        ("azkz", "zkz", False),
        ("zkz1", "zkz", False),
        ("zkz_a", "zkz", False),
        ("zkz-a", "zkz", True),
        ("éizkz", "zkz", False),
        ("a blue star", "blue star", True),
        ("a blue stark", "blue star", False),
        ("c++ code", "c++", True),
        ("a.b", "axb", False),
        ("anything", "", False),
        ("", "zkz", False),
        ("一只红猫在睡觉", "红猫", True),
        ("一只zkz猫", "zkz", True),
        ("一只zkzb猫", "zkz", False),
        ("ねこzkzです", "zkz", True),
        ("zkz는 고양이", "zkz", True),
    ],
)
def test_has_trigger(caption, trigger, found):
    assert has_trigger(caption, trigger) is found


@pytest.mark.parametrize(
    ("caption", "trigger", "class_word", "trained"),
    [
        ("", "zkz", "cat", "zkz cat"),
        (" \n", "zkz", "", "zkz"),
        ("", "", "cat", "cat"),
        ("", "", "", ""),
        ("red, blue", "zkz", "cat", "zkz, red, blue"),
        ("a zkz cat", "zkz", "cat", "a zkz cat"),
        ("red,\n blue", "", "cat", "red, blue"),
        ("一只zkz猫", "zkz", "", "一只zkz猫"),
    ],
)
def test_training_caption(caption, trigger, class_word, trained):
    assert training_caption(caption, trigger, class_word) == trained


def test_shuffled_is_a_fixed_draw_with_the_trigger_in_front():
    assert shuffled("a, b, c, zkz star, d, e", "zkz", random.Random(1)) == "zkz star, c, d, e, a, b"
    assert shuffled("a, b, c", "", random.Random(3)) == shuffled("a, b, c", "", random.Random(3))


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True), st.integers())
def test_shuffling_loses_and_adds_nothing(parts, seed):
    after = tags(shuffled(joined([*parts, "the zkz"]), "zkz", random.Random(seed)))
    assert after[0] == "the zkz"
    assert sorted(after[1:]) == sorted(parts)


def test_kept_tags_stay_in_front_and_in_order():
    parts = [f"t{number}" for number in range(6)]
    for seed in range(20):
        assert tags(shuffled(joined(parts), "", random.Random(seed), keep=2))[:2] == ("t0", "t1")
        after = tags(shuffled("t0, a zkz, t1, t2, t3", "zkz", random.Random(seed), keep=1))
        assert after[:2] == ("t0", "a zkz")
    assert shuffled("a, b", "", random.Random(0), keep=9) == "a, b"


def test_left_out_tags_never_hold_the_trigger_nor_are_kept_ones():
    caption = "a, the zkz, b, c, d"
    assert thinned(caption, "zkz", random.Random(0), share=1.0) == "the zkz"
    assert thinned(caption, "zkz", random.Random(0), share=1.0, keep=2) == "a, the zkz, b"
    assert thinned(caption, "zkz", random.Random(0), share=0.0) == caption
    assert thinned("a, b", "", random.Random(0), share=1.0) == ""


def test_the_share_of_tags_that_are_left_out_is_the_one_asked_for():
    chance, parts = random.Random(1), [f"t{number}" for number in range(50)]
    left = [tags(thinned(joined(parts), "", chance, share=0.3)) for _ in range(100)]
    assert 0.27 < 1 - sum(map(len, left)) / 5000 < 0.33
    assert all(list(some) == sorted(some, key=parts.index) for some in left)


@pytest.mark.parametrize(
    ("caption", "drawn"),
    [
        ("a {red|blue} ball", {"a red ball", "a blue ball"}),
        ("a {red|} ball", {"a red ball", "a  ball"}),
        ("{a|{b|c}d}", {"a", "bd", "cd"}),
        ("{a|b}{c|d}", {"ac", "ad", "bc", "bd"}),
        ("{红|蓝}色", {"红色", "蓝色"}),
        ("{red, round|blue}", {"red, round", "blue"}),
        ("{tag}, {a|{b}}", {"{tag}, a", "{tag}, {b}"}),
        ("{}", {"{}"}),
        ("a | b", {"a | b"}),
        ("a} b", {"a} b"}),
        ("{a|b", {"{a|b"}),
        ("{a|{b|c}", {"{a|b", "{a|c"}),
        ("", {""}),
    ],
)
def test_wildcards(caption, drawn):
    assert {without_wildcards(caption, random.Random(seed)) for seed in range(60)} == drawn


@given(st.text(alphabet="{|}ab ", max_size=200), st.integers())
def test_any_braces_are_read(caption, seed):
    drawn = without_wildcards(caption, random.Random(seed))
    assert set(drawn) <= set(caption)
    assert len(drawn) <= len(caption)


def test_braces_without_end_are_read_at_once():
    caption = "{a|" * 100_000 + "b" + "}" * 100_000
    assert len(without_wildcards(caption, random.Random(0))) <= len(caption)


def test_a_caption_of_more_words_than_are_read_is_too_long():
    assert not is_too_long("word " * 300)
    assert is_too_long("word " * 301)
