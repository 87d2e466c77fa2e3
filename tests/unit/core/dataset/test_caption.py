"""Captions in both styles, and what is trained of them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.dataset.caption import has_trigger, joined, normalised, shuffled, style_of, tags, training_caption


@pytest.mark.parametrize(
    ("text", "stored"),
    [("", ""), (" \n ", ""), ("a\n b\t c ", "a b c"), ("龙　红", "龙 红"), ("a\u00a0b", "a b"), ("a, b", "a, b")],
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
