"""Folder names of kohya's trainers: what they say, and that nothing depends on them."""

import pytest

from loraferry.library.concepts import Concept
from loraferry.library.kohya_folders import (
    MAX_REPEATS,
    KohyaFolder,
    concepts_taken,
    folder_of_name,
    kohya_folder,
    offered_concepts,
)


@pytest.mark.parametrize(
    ("path", "repeats", "words", "regularisation"),
    [
        ("10_sks cat", 10, "sks cat", False),
        ("train/7_zkz", 7, "zkz", False),
        ("5_", 5, "", False),
        ("3_a_b", 3, "a_b", False),
        ("9999_x", MAX_REPEATS, "x", False),
        ("reg/1_cat", 1, "cat", True),
        ("Regularization images/2_cat", 2, "cat", True),
        ("正则化/1_猫", 1, "猫", True),
        ("registry/1_cat", 1, "cat", False),
    ],
)
def test_what_a_name_says(path: str, repeats: int, words: str, regularisation: bool) -> None:
    assert kohya_folder(path) == KohyaFolder(path, repeats, words, regularisation)


@pytest.mark.parametrize("path", ["cat", "_cat", "1cat", "0_cat", "-1_cat", "1.5_cat", "٣_cat", "2024-05_trip", ""])
def test_other_names_say_nothing(path: str) -> None:
    assert kohya_folder(path) is None


def test_the_innermost_folder_counts() -> None:
    found = folder_of_name("3_set/10_cat/more/1.png")
    assert found is not None
    assert found.path == "3_set/10_cat"
    assert folder_of_name("1_cat.png") is None


def test_folders_are_offered_as_concepts_in_the_order_of_the_pictures() -> None:
    names = ["10_cat/1.png", "10_cat/sub/2.png", "5_dog/1.png", "loose.png", "reg/1_animal/1.png"]
    offers = offered_concepts(names)
    assert [(o.concept.title, o.concept.repeats, o.concept.regularisation, o.names) for o in offers] == [
        ("cat", 10, False, ("10_cat/1.png", "10_cat/sub/2.png")),
        ("dog", 5, False, ("5_dog/1.png",)),
        ("animal", 1, True, ("reg/1_animal/1.png",)),
    ]
    assert len({offer.concept.colour for offer in offers}) == 3
    assert offers == offered_concepts(names)


def test_what_was_taken_is_not_offered_again() -> None:
    names = ["10_cat/1.png", "5_dog/1.png"]
    taken = offered_concepts(names)[0].concept
    assert [offer.concept.title for offer in offered_concepts(names, [taken])] == ["dog"]


@pytest.mark.parametrize(
    "names", [[], ["1.png"], ["1_cat/1.png", "1_cat/2.png"], ["2024_holiday.png", "pictures/1.png"]]
)
def test_a_set_whose_folders_say_nothing_is_left_alone(names: list[str]) -> None:
    assert offered_concepts(names) == ()


def test_one_folder_of_several_repeats_or_beside_others_is_offered() -> None:
    assert len(offered_concepts(["10_cat/1.png"])) == 1
    assert len(offered_concepts(["1_cat/1.png", "2.png"])) == 1


def test_taking_offers_is_one_edit_and_keeps_what_was_chosen() -> None:
    own = Concept("mine", "My own")
    offers = offered_concepts(["10_cat/1.png", "10_cat/2.png", "5_dog/1.png"], [own])
    edit = concepts_taken(offers, [own], {"10_cat/2.png": "mine"})
    cat, dog = (offer.concept for offer in offers)
    assert edit.pictures == {"concept": {"10_cat/1.png": cat.id, "5_dog/1.png": dog.id}}
    assert edit.project == {"concepts": (own, cat, dog)}
