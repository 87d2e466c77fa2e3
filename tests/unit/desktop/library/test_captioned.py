"""Captions out of what a model found: thresholds, what is left out, how tags are written, and what becomes of the old."""

import pytest

from loraferry.library.captioned import Rules, captions_of, merged, text_of, written
from loraferry_core.captioning import Described, Tag

SHA = "ab" * 32
FOUND = Described(
    picture=SHA,
    tags=(
        Tag(name="1girl", category="general", score=0.99),
        Tag(name="hatsune_miku_(vocaloid)", category="character", score=0.9),
        Tag(name="^_^", category="general", score=0.8),
        Tag(name="sensitive", category="rating", score=0.7),
        Tag(name="kagamine_rin", category="character", score=0.6),
        Tag(name="long_hair", category="general", score=0.5),
        Tag(name="simple_background", category="general", score=0.36),
        Tag(name="general", category="rating", score=0.3),
        Tag(name="solo", category="general", score=0.2),
    ),
)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (Rules(), "1girl, hatsune miku (vocaloid), ^_^, long hair, simple background"),
        (Rules(general=0.9), "1girl, hatsune miku (vocaloid)"),
        (Rules(general=0.1, character=0.95), "1girl, ^_^, long hair, simple background, solo"),
        (
            Rules(character=0.5),
            "1girl, hatsune miku (vocaloid), ^_^, kagamine rin, long hair, simple background",
        ),
        (Rules(ratings=True, most=2), "1girl, hatsune miku (vocaloid), sensitive"),
        (Rules(order="character"), "hatsune miku (vocaloid), 1girl, ^_^, long hair, simple background"),
        (Rules(order="alphabet"), "1girl, ^_^, hatsune miku (vocaloid), long hair, simple background"),
        (Rules(spaces=False), "1girl, hatsune_miku_(vocaloid), ^_^, long_hair, simple_background"),
        (Rules(escape=True, general=1), r"hatsune miku \(vocaloid\)"),
        (Rules(blacklist="1GIRL, * background\n^_^,, "), "hatsune miku (vocaloid), long hair"),
        (Rules(blacklist=r"hatsune_miku_\(vocaloid\), long hai"), "1girl, ^_^, long hair, simple background"),
        (Rules(blacklist="*"), ""),
        (Rules(blacklist="sensitive", ratings=True, general=1, character=1), "general"),
    ],
)
def test_tags_become_a_caption(rules: Rules, text: str) -> None:
    assert text_of(FOUND, rules) == text


def test_words_are_taken_as_they_are() -> None:
    assert text_of(Described(picture=SHA, words=" A cat_tree,\n and a dog. "), Rules(general=1)) == (
        "A cat_tree, and a dog."
    )
    assert text_of(Described(picture=SHA), Rules()) == ""


def test_a_comma_in_a_tag_makes_no_two_of_it() -> None:
    assert written("don't_go,_please", Rules()) == "don't go please"


@pytest.mark.parametrize(
    ("old", "new", "how", "after"),
    [
        ("", "a, b", "fill", "a, b"),
        (" \n", "a, b", "fill", "a, b"),
        ("mine", "a, b", "fill", "mine"),
        ("mine", "a, b", "replace", "a, b"),
        ("mine", "", "replace", "mine"),
        ("", "a, b", "append", "a, b"),
        ("mine, B_c", "a, b c, mine", "append", "mine, B_c, a"),
        ("x \\(y\\), ", "x (y), z", "append", "x \\(y\\), z"),
        ("a, b", "b", "append", "a, b"),
        ("A cat sits.", "It is grey and it looks at you.", "append", "A cat sits. It is grey and it looks at you."),
        ("a, b", "A cat sits.", "append", "a, b, A cat sits."),
        ("Here: a cat sits. And so on.", "A cat sits.", "append", "Here: a cat sits. And so on."),
    ],
)
def test_what_becomes_of_the_old_caption(old: str, new: str, how: str, after: str) -> None:
    assert merged(old, new, how) == after  # type: ignore[arg-type]
    if how == "append":
        assert merged(after, new, how) == after


def test_only_captions_that_change_are_given() -> None:
    found = dict.fromkeys(("a", "b", "c"), FOUND)
    old = {"a": "", "b": "solo"}
    assert captions_of(found, old, Rules(general=0.9, character=1), "append") == {"a": "1girl", "b": "solo, 1girl"}
    assert captions_of(found, old, Rules(general=0.9, character=1), "fill") == {"a": "1girl"}
    assert captions_of(found, {"a": "1girl"}, Rules(general=0.9, character=1), "replace") == {}


def test_it_can_be_ended() -> None:
    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        captions_of({"a": FOUND}, {"a": ""}, Rules(), "fill", check)
