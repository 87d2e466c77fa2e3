"""Words for queries and hints: there are some for everything that can be said."""

from typing import get_args

import pytest

from loraferry.library.coverage import GROUPS, Hint, HintCode
from loraferry.library.fields import Project
from loraferry.library.order import ORDER_KEYS
from loraferry.library.query import MEASURES, STATES
from loraferry.library.query_completion import MOST, completions
from loraferry.library.query_parser import ErrorCode, QueryError, parse
from loraferry.library.text_index import TextIndex
from loraferry.texts.coverage import hint_text
from loraferry.texts.queries import error_text, key_text, measure_text, order_text, state_text, term_text


def test_all_words_of_the_language_have_words() -> None:
    for texts in (
        [state_text(state) for state in STATES],
        [measure_text(measure) for measure in MEASURES],
        [order_text(key) for key in ORDER_KEYS],
        [error_text(QueryError(code, 0, 1, "tga")) for code in get_args(ErrorCode)],
    ):
        assert all(texts)
        assert len(set(texts)) == len(texts)
        assert not [text for text in texts if "{" in text]


def test_all_keys_that_are_offered_have_words() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    offered = [found for letter in letters for found in completions(letter, 1, TextIndex(()), Project(), MOST)]
    keys = [found.value for found in offered if found.kind == "key"]
    assert len(keys) == 6
    assert all(key_text(key) for key in keys)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("hat", "“hat”"),
        ("-tag:long_hair", "not tag long hair"),
        ("stars>=3", "stars ≥ 3"),
        ("blur<0.25", "blur < 0.25"),
        ("size:512..768", "shorter side ≥ 512 and shorter side ≤ 768"),
        ("tag:a | is:keep", "tag a or kept"),
        ("-(a | b)", "not (“a” or “b”)"),
        ('concept:""', "in no concept"),
        ("folder:cats", "folder “cats”"),
        ("bucket:832x1216", "bucket 832 × 1216"),
    ],
)
def test_chips(query: str, said: str) -> None:
    (term,) = parse(query).terms
    assert term_text(term.node) == said


def hints() -> list[Hint]:
    plain = [code for code in get_args(HintCode) if not code.endswith("aspect") and code != "aspect_missing"]
    found = [Hint(code, tag="red dress", count=3, total=9) for code in plain]
    for group in GROUPS:
        if group.name != "clothing":
            found += [Hint("only_aspect", group.name, aspect.name) for aspect in group.aspects]
            found += [Hint("aspect_missing", group.name, aspect.name) for aspect in group.aspects if aspect.wanted]
    return found


@pytest.mark.parametrize("hint", hints(), ids=lambda hint: f"{hint.code}-{hint.group}-{hint.aspect}")
def test_hints_say_what_and_what_to_do(hint: Hint) -> None:
    words = hint_text(hint)
    assert words.what.endswith(".")
    assert words.next_step.endswith(".")
    assert "{" not in str(words)


def test_a_hint_names_its_numbers() -> None:
    words = hint_text(Hint("one_outfit", tag="red dress", count=19, total=20))
    assert "“red dress” is in 19 of 20" in words.what
