"""Every replacement is shown before it is made, and a pattern that would never end is given up."""

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.library.replace import LONGEST_RESULT, Change, Replacement, changes, difference
from loraferry_core.problems import ProblemError


def after(caption: str, wanted: Replacement) -> str:
    found = changes({"a": caption}, wanted)
    return found[0].after if found else caption


def test_a_change_says_what_goes_and_what_comes() -> None:
    captions = {"a": "red hat, red cap", "b": "blue"}
    assert changes(captions, Replacement("red", "green")) == [
        Change("a", "red hat, red cap", "green hat, green cap", ((0, 3), (9, 12)), ((0, 5), (11, 16)))
    ]


def test_the_spans_are_those_of_the_texts() -> None:
    (change,) = changes({"a": "xaay"}, Replacement("a", "", case=True))
    assert [change.before[start:stop] for start, stop in change.cut] == ["a", "a"]
    assert [change.after[start:stop] for start, stop in change.put] == ["", ""]
    (change,) = changes({"a": "ab12"}, Replacement(r"(\d)", r"<\1>", regex=True))
    assert [change.after[start:stop] for start, stop in change.put] == ["<1>", "<2>"]


@pytest.mark.parametrize(
    ("wanted", "caption", "result"),
    [
        (Replacement("a.c", "x"), "abc a.c", "abc x"),
        (Replacement("a.c", "x", regex=True), "abc a.c", "x x"),
        (Replacement("HAT", "cap"), "hat Hat", "cap cap"),
        (Replacement("hat", "cap", case=True), "hat Hat", "cap Hat"),
        (Replacement("cat", "dog", words=True), "cat, cats, wildcat", "dog, cats, wildcat"),
        (Replacement(r"\1", r"\2"), r"a \1", r"a \2"),
        (Replacement(r"(\w+) hair", r"hair: \1", regex=True), "long hair, eyes", "hair: long, eyes"),
        (Replacement(r"(?P<c>red|blue) (hat)", r"\2 \g<c>", regex=True), "red hat", "hat red"),
        (Replacement(r", $", "", regex=True), "a, b, ", "a, b"),
        (Replacement("^", "photo, ", regex=True), "a", "photo, a"),
        (Replacement("长发", "短发"), "长发，眼", "短发，眼"),
        (Replacement("a", "a"), "a", "a"),
        (Replacement("", "x"), "a", "a"),
    ],
)
def test_it_is_replaced_as_asked(wanted: Replacement, caption: str, result: str) -> None:
    assert after(caption, wanted) == result


@pytest.mark.parametrize(
    "wanted",
    [
        Replacement("(", "", regex=True),
        Replacement("a", r"\7", regex=True),
        Replacement("a", r"\g<none>", regex=True),
        Replacement("a" * 3000),
        Replacement("x*", "b" * LONGEST_RESULT, regex=True),
    ],
)
def test_a_pattern_that_cannot_be_used_is_a_problem(wanted: Replacement) -> None:
    with pytest.raises(ProblemError) as caught:
        changes({"a": "a a"}, wanted)
    assert caught.value.problem.code == "pattern_invalid"


def test_a_pattern_that_takes_forever_is_given_up() -> None:
    with pytest.raises(ProblemError) as caught:
        changes({"fine": "b", "a": "a" * 40 + "!"}, Replacement(r"^(a|a|aa)+$", "", regex=True), limit_s=0.2)
    assert caught.value.problem.code == "pattern_slow"
    assert caught.value.problem.params["name"] == "a"
    with pytest.raises(ProblemError):
        changes({"a": "b"}, Replacement("b"), limit_s=0.0)


@pytest.mark.parametrize(
    ("before", "after", "cut", "put"),
    [
        ("a, b", "x, a, b", (0, 0), (0, 3)),
        ("a, b, c", "a, c", (3, 6), (3, 3)),
        ("aa", "aaa", (2, 2), (2, 3)),
        ("", "x", (0, 0), (0, 1)),
    ],
)
def test_the_difference_of_two_texts(before: str, after: str, cut: tuple[int, int], put: tuple[int, int]) -> None:
    assert difference("n", before, after) == Change("n", before, after, (cut,), (put,))


def test_it_can_be_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        changes({"a": "b"}, Replacement("b"), token.check)
