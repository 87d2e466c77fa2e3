"""One piece for each crop, by names that never meet; masks with their pictures; concepts with their folders."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loraferry.library.concepts import Concept
from loraferry.library.fields import Project
from loraferry.library.geometry import Cut
from loraferry.library.items import Item
from loraferry.library.pieces import Mask, pieces_of, shares_of
from loraferry.library.shapes import Crop, Turn
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.dataset.roles import masks_of, stem_of

ONE, TWO, THREE = Crop(0, 0, 10, 10), Crop(5, 5, 10, 10), Crop(9, 9, 10, 10)


def item(name: str, **values: object) -> Item:
    return Item(name, f"/p/{name}", **values)  # type: ignore[arg-type]


def names_of(*items: Item) -> list[str]:
    return [piece.name for piece in pieces_of(items)]


def test_only_the_rejected_stay_out() -> None:
    assert names_of(
        item("a.png"), item("b.png", verdict="reject"), item("c.png", verdict="unsure"), item("d.png", verdict="keep")
    ) == ["a.png", "c.png", "d.png"]


def test_each_crop_is_a_picture_with_a_name_of_its_own() -> None:
    turn = Turn(1, True, 2.5)
    found = pieces_of([item("x/a.b.jpg", crops=(ONE, TWO, THREE), turn=turn, mask="f00"), item("y.png", turn=turn)])
    assert [piece.name for piece in found] == ["x/a.b.jpg", "x/a.b~2.jpg", "x/a.b~3.jpg", "y.png"]
    assert [piece.cut for piece in found] == [Cut(turn, ONE), Cut(turn, TWO), Cut(turn, THREE), Cut(turn)]
    assert [piece.mask for piece in found] == [Mask("f00")] * 3 + [None]
    assert found[1].mask_name == "x/a.b~2-masklabel.png"


def test_a_crop_never_takes_the_name_of_a_picture() -> None:
    files = [item(name) for name in ("a~2.png", "a~2~.jpg", "b~2.png")]
    assert names_of(item("a.png", crops=(ONE, TWO)), *files) == ["a.png", "a~2~~.png", "a~2.png", "a~2~.jpg", "b~2.png"]
    assert names_of(item("a.png", crops=(ONE, TWO)), item("a~2-masklabel.png"))[:2] == ["a.png", "a~2~.png"]
    # A rejected one keeps its name, so that giving it up changes no other's.
    assert names_of(item("a.png", crops=(ONE, TWO)), item("a~2.png", verdict="reject")) == ["a.png", "a~2~.png"]


def test_pictures_that_differ_in_their_ending_keep_their_masks_apart() -> None:
    found = pieces_of([item("a.jpg", mask="01"), item("a.png", mask="02", crops=(ONE, TWO)), item("b.png", mask="03")])
    labels = [piece.name for piece in found]
    assert labels == ["a.jpg.jpg", "a.png.png", "a.png~2.png", "b.png"]
    every = [*labels, *(piece.mask_name for piece in found)]
    assert masks_of(every) == {0: 4, 1: 5, 2: 6, 3: 7}


def test_a_mask_in_a_file_goes_with_its_picture_and_is_none_itself() -> None:
    mask, other = item("a-masklabel.png"), item("gone-masklabel.png")
    (found, alone) = pieces_of([item("a.png", crops=(ONE,)), mask, other])
    assert (found.name, found.mask) == ("a.png", Mask(file=Path("/p/a-masklabel.png")))
    assert (alone.name, alone.mask) == ("gone-masklabel.png", None)
    # One that was painted counts, and the file is no picture for that.
    assert [piece.mask for piece in pieces_of([item("a.png", mask="01"), mask])] == [Mask("01")]


def test_the_mask_of_a_rejected_picture_is_not_trained() -> None:
    assert names_of(item("a.png", verdict="reject"), item("a-masklabel.png"), item("b.png")) == ["b.png"]
    # Nor is one that was rejected itself used.
    (only,) = pieces_of([item("a.png"), item("a-masklabel.png", verdict="reject")])
    assert only.mask is None


STEMS = st.text(st.sampled_from("ab~2"), min_size=1, max_size=5)
FILES = st.dictionaries(
    st.tuples(STEMS, st.sampled_from([".png", ".jpg", ""])), st.tuples(st.integers(0, 4), st.booleans()), max_size=12
)


@given(FILES)
def test_no_two_pieces_have_one_name_and_no_two_masks_one_picture(
    files: dict[tuple[str, str], tuple[int, bool]],
) -> None:
    items = [
        item(stem + suffix, crops=(ONE,) * count, mask="01" if masked else "")
        for (stem, suffix), (count, masked) in sorted(files.items())
    ]
    pieces = pieces_of(items)
    names = [piece.name for piece in pieces]
    assert len(set(names)) == len(names)
    masked = [piece for piece in pieces if piece.mask is not None]
    every = [*names, *(piece.mask_name for piece in masked)]
    assert len(set(every)) == len(every)
    found = {every[picture]: every[mask] for picture, mask in masks_of(every).items()}
    assert found == {piece.name: piece.mask_name for piece in masked}
    others = {one.name for one in items}
    for piece in pieces:
        assert piece.name == piece.item.name or piece.name not in others
        assert piece.name.endswith(piece.item.name[len(stem_of(piece.item.name)) :])


def test_only_concepts_that_differ_and_have_pictures_are_told() -> None:
    project = Project(
        concepts=(
            Concept("hat", "A hat", repeats=3),
            Concept("plain", "Like all others"),
            Concept("none", "Without pictures", repeats=9),
            Concept("a/b", "Known", weight=0.5, regularisation=True),
        )
    )
    items = [
        item("1.png", concept="hat"), item("2.png", concept="plain"), item("3.png", concept="a/b"),
        item("4.png", concept="none", verdict="reject"), item("5.png", concept="deleted"), item("~hat/6.png"),
    ]  # fmt: skip
    assert shares_of(items, project) == {
        "hat": ConceptShare(folder="~hat~", repeats=3),
        "a/b": ConceptShare(folder="~a_b", weight=0.5, regularisation=True),
    }
