"""Edits of tags over many captions, templates, and find and replace."""

import pytest

from loraferry.library.concepts import Concept
from loraferry.library.items import Item
from loraferry.library.replace import LONGEST, Search, replacements
from loraferry.library.tagging import add, frequencies, has, remove, rename, reorder, replace_tags, shared, toggle
from loraferry.library.templates import Words, filled, unknown_names
from loraferry_core.problems import ProblemError

CAPTIONS = {
    "a": "zorblax, hat, red",
    "b": "Hat, blue",
    "c": "",
    "d": "A long sentence about a hat, which nobody would ever take for a list of tags.",
}


def test_a_tag_is_added_where_it_is_missing() -> None:
    assert add(CAPTIONS, "hat") == {"c": "hat", "d": f"{CAPTIONS['d']} hat"}
    assert add(CAPTIONS, " zorblax ", "front") == {
        "b": "zorblax, Hat, blue",
        "c": "zorblax",
        "d": f"zorblax, {CAPTIONS['d']}",
    }
    assert add(CAPTIONS, "  ") == {}


def test_tags_are_removed_whatever_their_case_and_sentences_stay() -> None:
    assert remove(CAPTIONS, ["hat", "red"]) == {"a": "zorblax", "b": "blue"}


def test_renaming_merges_and_keeps_the_first_place() -> None:
    assert rename(CAPTIONS, ["hat", "red"], "cap") == {"a": "zorblax, cap", "b": "cap, blue"}
    assert rename({"a": "x, y, cap"}, ["x"], "cap") == {"a": "cap, y"}
    assert rename(CAPTIONS, ["blue"], " ") == {"b": "Hat"}


def test_tags_are_sorted() -> None:
    captions = {"1": "t, c, b, a", "2": "t, b", "3": "t, b, z"}
    assert reorder(captions, "alphabet", keep=1) == {"1": "t, a, b, c"}
    assert reorder(captions, "frequency") == {"1": "b, t, a, c", "2": "b, t", "3": "b, t, z"}
    assert reorder(captions, "list", ["a", "b"], keep=1) == {"1": "t, a, b, c"}


def test_all_tags_are_replaced_at_once() -> None:
    assert replace_tags({"a": "x", "b": "p, q"}, ["p", " q ", "p", ""]) == {"a": "p, q"}


def test_one_tag_of_one_caption() -> None:
    assert toggle("a, b", "B", on=False) == "a"
    assert toggle("a", "b", on=True) == "a, b"
    assert toggle("a", "a", on=True) == "a"
    assert has("a, Big Hat", "big hat") and not has("a, Big Hat", "hat")


def test_what_a_selection_shares() -> None:
    assert shared(["x, a", "x, b", "b, x"]) == [("x", 3), ("b", 2), ("a", 1)]
    assert frequencies(CAPTIONS.values())["red"] == 1


# --- templates


def test_a_template_is_filled() -> None:
    item = Item("set/5_big cats/tom.v2.png", "/p", caption="cat, grey")
    concept = Concept("c", "Tom")
    template = "{trigger}, {concept}, {class}, {tags}, {folder}, {name}, {other}"
    assert filled(template, item, Words("zor", "cat"), concept) == "zor, Tom, cat, cat, grey, big cats, tom.v2, {other}"
    assert unknown_names(template) == ["other"]


def test_what_is_empty_leaves_no_commas() -> None:
    assert filled("{trigger}, {class}, {tags}, {folder}", Item("a.png", "/p"), Words()) == ""
    assert filled("{trigger}, {tags}, end", Item("a.png", "/p"), Words("x")) == "x, end"


# --- find and replace


def test_plain_text_is_replaced_with_its_places() -> None:
    (one,) = replacements({"a": "red hat, Red car", "b": "blue"}, Search("red", "green"))
    assert (one.name, one.after) == ("a", "green hat, green car")
    assert [one.before[start:end] for start, end in one.found] == ["red", "Red"]
    assert [one.after[start:end] for start, end in one.put] == ["green", "green"]


@pytest.mark.parametrize(
    ("search", "after"),
    [
        (Search("RED", "x", match_case=True), None),
        (Search("re", "x", whole_words=True), None),
        (Search("re", "x"), "xd hat"),
        (Search(r"(\w+) hat", r"hat of \1", regular=True), "hat of red"),
        (Search(".", "x"), None),
        (Search("", "x"), None),
        (Search("red", "red"), None),
        (Search("$", "!", regular=True), "red hat!"),
    ],
)
def test_how_it_is_sought(search: Search, after: str | None) -> None:
    assert [one.after for one in replacements({"a": "red hat"}, search)] == ([] if after is None else [after])


@pytest.mark.parametrize("find", ["(", "[", r"(a+)+", r"(\w*\s?)*x", "a{99999999999}", "x" * (LONGEST + 1)])
def test_patterns_that_are_none_or_never_end_are_refused(find: str) -> None:
    with pytest.raises(ProblemError) as raised:
        replacements({"a": "a" * 40}, Search(find, "", regular=True))
    assert raised.value.problem.code == "pattern_invalid"


def test_a_group_that_is_not_there_is_told() -> None:
    with pytest.raises(ProblemError):
        replacements({"a": "red"}, Search("red", r"\7", regular=True))
