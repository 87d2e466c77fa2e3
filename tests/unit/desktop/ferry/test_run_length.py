"""What is trained in an epoch, counted as the trainer divides the ready pictures."""

from dataclasses import replace

import pytest

from loraferry.ferry.run_length import Pictures, arithmetic, pictures_of
from loraferry.library.concepts import Concept
from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.pieces import pieces_of, shares_of
from loraferry.library.shapes import Crop
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import ManifestEntry
from loraferry_core.dataset.roles import roles_of
from loraferry_core.problems import problem

PROJECT = Project(
    concepts=(
        Concept("face", "Face", repeats=3),
        Concept("known", "Known", repeats=2, regularisation=True),
        Concept("plain", "Plain"),
    )
)


def pictures() -> list[Item]:
    items = [Item(f"{number}.png", f"/p/{number}.png", width=800, height=800) for number in range(10)]
    for number, concept in ((0, "face"), (1, "face"), (2, "known"), (3, "plain")):
        items[number] = replace(items[number], concept=concept)
    items[4] = replace(items[4], crops=(Crop(0, 0, 400, 400), Crop(100, 100, 400, 400)))
    items[5] = replace(items[5], verdict="reject")
    items[6] = replace(items[6], name="4-masklabel.png")
    items[7] = replace(items[7], name="reg/7.png")
    items[8] = replace(items[8], image_problem=problem("image_empty", name="8.png"))
    return items


def test_crops_concepts_masks_and_regularisation_count() -> None:
    # 0 and 1 three times, 3, both crops of 4, 7, and 9; 2 twice to be kept.
    assert pictures_of(pictures(), PROJECT, TrainConfig()) == Pictures(7, 11, 2, 0)
    config = replace_at(TrainConfig(), "regularisation.folder", "reg/")
    assert pictures_of(pictures(), PROJECT, config) == Pictures(6, 10, 3, 0)


@pytest.mark.parametrize(("every", "folder"), [(0, ""), (100, ""), (0, "reg")])
def test_it_agrees_with_the_roles_of_the_trainer(every: int, folder: str) -> None:
    items = [item for item in pictures() if item.image_problem is None]
    shares = shares_of(items, PROJECT)
    config = replace_at(replace_at(TrainConfig(), "validation.every", every), "regularisation.folder", folder)
    config = replace_at(config, "dataset.concepts", tuple(shares.values()))
    entries = []
    for number, piece in enumerate(pieces_of(items)):
        share = shares.get(piece.item.concept)
        name = f"{share.folder}/{piece.name}" if share else piece.name
        entries.append(ManifestEntry(name=name, size=1, sha256=f"{number:064x}"))
    roles, found = roles_of(entries, config), pictures_of(items, PROJECT, config)
    assert found.count == len(roles.trained)
    assert found.held_out == len(roles.held_out)
    assert found.regularisation == roles.shown(roles.regularisation)
    if not every:
        assert found.shown == roles.shown(roles.trained)


def test_nothing_is_nothing() -> None:
    assert pictures_of([], Project(), TrainConfig()) == Pictures()
    one = [Item("a.png", "/p/a.png", width=8, height=8)]
    assert pictures_of(one, Project(), replace_at(TrainConfig(), "validation.every", 9)) == Pictures(1, 1)


def test_regularisation_makes_an_epoch_longer() -> None:
    config = replace_at(replace_at(TrainConfig(), "loop.epochs", 2), "regularisation.make", 5)
    total = arithmetic(config, Pictures(10, 15, 3))
    # One for each of the pictures, in turn.
    assert (total.shown, total.regularisation, total.steps) == (15, 15, 60)
