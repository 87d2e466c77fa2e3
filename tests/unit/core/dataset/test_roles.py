"""Which picture is learned, kept, measured on or a mask follows from names and content alone."""

import hashlib

import pytest

from loraferry_core.config import TrainConfig
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import ManifestEntry
from loraferry_core.dataset.roles import Roles, roles_of


def entries(*names: str, contents: dict[str, str] | None = None) -> list[ManifestEntry]:
    texts = [(contents or {}).get(name, name) for name in names]
    return [
        ManifestEntry(name=name, size=1, sha256=hashlib.sha256(text.encode()).hexdigest())
        for name, text in zip(names, texts, strict=True)
    ]


def plan(**values) -> TrainConfig:
    config = TrainConfig()
    for path, value in values.items():
        config = replace_at(config, path.replace("__", "."), value)
    return config


def test_by_default_everything_is_learned():
    assert roles_of(entries("a.png", "known/b.png"), plan()) == Roles((0, 1), (), (), {})
    assert roles_of([], plan()) == Roles((), (), (), {})


@pytest.mark.parametrize("folder", ["known", "known/", "/known"])
def test_a_folder_of_known_things(folder):
    found = roles_of(
        entries("a.png", "known", "known/b.png", "known/c/d.png", "knowns/e.png"), plan(regularisation__folder=folder)
    )
    assert found == Roles((0, 1, 4), (2, 3), (), {})


def test_masks_belong_to_the_picture_beside_them():
    names = ("a-masklabel.png", "a.jpg", "b/a-masklabel.png", "b/c-masklabel.webp", "b/c.png", ".x", ".x-masklabel")
    assert roles_of(entries(*names), plan()) == Roles((1, 2, 4, 5), (), (), {1: 0, 4: 3, 5: 6})


@pytest.mark.parametrize(
    ("pictures", "share", "held_out"), [(1, 0.5, 0), (2, 0.5, 1), (2, 0.01, 1), (10, 0.1, 1), (10, 0.5, 5), (3, 0.5, 2)]
)
def test_a_share_is_held_out_and_never_all(pictures, share, held_out):
    listed = entries(*(f"{number}.png" for number in range(pictures)))
    found = roles_of(listed, plan(validation__every=5, validation__share=share))
    assert len(found.held_out) == held_out
    assert sorted(found.held_out + found.trained) == list(range(pictures))
    assert roles_of(listed, plan(validation__share=share)).held_out == ()


def test_a_copy_of_a_held_out_picture_is_not_trained_either():
    names = [f"{number}.png" for number in range(6)]
    config = plan(validation__every=5, validation__share=0.2, regularisation__folder="known")
    (measured,) = roles_of(entries(*names), config).held_out
    copies = {"copy.png": names[measured], "known/copy.png": names[measured]}
    found = roles_of(entries(*names, *copies, contents=copies), config)
    assert found.held_out == (measured, 6)
    assert found.regularisation == ()
    assert measured not in found.trained and len(found.trained) == 5


def test_concepts_are_known_by_the_folder_and_the_first_one_counts():
    hats = ConceptShare(folder="/hats/", repeats=3, weight=0.5)
    wide = ConceptShare(folder="hats/wide", repeats=7)
    known = ConceptShare(folder="known", regularisation=True, repeats=2)
    names = ("a.png", "hats.png", "hats/b-masklabel.png", "hats/b.png", "hats/wide/c.png", "known/d.png")
    found = roles_of(entries(*names), plan(dataset__concepts=(ConceptShare(), hats, wide, known)))
    assert found == Roles((0, 1, 3, 4), (5,), (), {3: 2}, {3: hats, 4: hats, 5: known})
    assert [found.repeats(index) for index in (0, 3, 5)] == [1, 3, 2]
    assert [found.weight(index) for index in (0, 3, 5)] == [1, 0.5, 1]
    assert (found.shown(found.trained), found.shown(found.regularisation)) == (8, 2)


def test_a_folder_of_known_things_may_be_a_concept_too():
    known = ConceptShare(folder="known", repeats=2)
    found = roles_of(entries("a.png", "known/b.png"), plan(regularisation__folder="known", dataset__concepts=(known,)))
    assert (found.trained, found.regularisation, found.repeats(1)) == ((0,), (1,), 2)


def test_another_picture_moves_few():
    names = [f"{number}.png" for number in range(40)]
    config = plan(validation__every=1, validation__share=0.25)
    before = roles_of(entries(*names), config).held_out
    after = roles_of(entries(*names, "new.png"), config).held_out
    assert len(set(before) - set(after)) <= 1
