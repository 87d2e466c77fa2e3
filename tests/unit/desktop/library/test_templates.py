"""A template makes captions out of what is known of a picture, and may be applied twice."""

import pytest

from loraferry.library.concepts import Concept
from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.templates import fields_of, filled, unknown_fields

PROJECT = Project(trigger="zorblax", class_word="toy", concepts=(Concept("c1", "red ones"),))


def item(caption: str | None, name: str = "10_garden gnome/pic one.png", concept: str = "") -> Item:
    return Item(name, f"/x/{name}", caption=caption, concept=concept)


@pytest.mark.parametrize(
    ("template", "caption", "result"),
    [
        ("{trigger}, {tags}", "hat, solo", "zorblax, hat, solo"),
        ("{trigger}, {tags}", "hat, Zorblax, solo", "zorblax, hat, solo"),
        ("{trigger}, {tags}", "", "zorblax"),
        ("photo of {trigger} {class}, {tags}", "hat", "photo of zorblax toy, hat"),
        ("{concept}, {tags}", "hat", "hat"),
        ("{folder}, {name}", "hat", "garden gnome, pic one"),
        ("{tags}, high quality", "hat, High_Quality", "hat, high quality"),
        ("{ Trigger }, {TAGS}", "hat", "zorblax, hat"),
        ("a {red|blue} thing, {tags}", "hat", "a {red|blue} thing, hat"),
        ("{trigger}\n{tags}", "hat", "zorblax\nhat"),
        ("{trigger}, {tags}", "A zorblax stands here. It smiles.", "A zorblax stands here. It smiles."),
        ("{trigger}, {tags}", "It stands here. It smiles.", "zorblax, It stands here. It smiles."),
        ("plain", "hat", "plain"),
        ("{what}, {tags}", "hat", "{what}, hat"),
    ],
)
def test_it_is_filled_in(template: str, caption: str, result: str) -> None:
    assert filled(template, item(caption), PROJECT) == result
    assert filled(template, item(result), PROJECT) == result


def test_a_concept_and_the_root_folder() -> None:
    assert filled("{concept}, {folder}, {tags}", item("x", "a.png", "c1"), PROJECT) == "red ones, x"
    assert filled("{name}", item("", ".hidden"), PROJECT) == ".hidden"
    assert filled("{folder}", item("", "some folder/x/a.png"), PROJECT) == "x"


def test_unknown_fields_are_found() -> None:
    assert [(one.word, one.start, one.stop) for one in unknown_fields("{trigger} {tag} {a|b}")] == [("tag", 10, 15)]
    assert fields_of("{Trigger}, {tags}, {no}") == {"trigger", "tags"}
