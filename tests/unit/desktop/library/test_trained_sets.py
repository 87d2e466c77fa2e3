"""A set compared with the set as it was trained."""

from loraferry.library.trained_sets import Member, SetDifference, difference, members_of
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of

BEFORE = [Member("1.png", "one", "aa"), Member("2.png", "two", "bb"), Member("3.png", "three", "cc")]


def test_the_same_set_differs_in_nothing() -> None:
    found = difference(BEFORE, reversed(BEFORE))
    assert found == SetDifference(kept=3)
    assert not found


def test_what_came_went_and_was_edited() -> None:
    after = [
        Member("1.png", "one, smiling", "aa"),
        Member("2.png", "two", "b2"),
        Member("4.png", "four", "dd"),
        Member("5.png", "five", "ee"),
    ]
    found = difference(BEFORE, after)
    assert found.added == ("4.png", "5.png")
    assert found.removed == ("3.png",)
    assert found.recaptioned == ("1.png",)
    assert found.redrawn == ("2.png",)
    assert found.edited == ("2.png", "1.png")
    assert found.kept == 0


def test_a_picture_under_another_name_is_the_same_picture() -> None:
    found = difference(BEFORE, [*BEFORE[:2], Member("sub/3.png", "three", "cc")])
    assert found.moved == (("3.png", "sub/3.png"),)
    assert found.kept == 3
    assert not found


def test_copies_are_told_apart_one_by_one() -> None:
    found = difference(
        [Member("1.png", "", "aa"), Member("2.png", "", "aa")], [Member(f"{n}.png", "", "aa") for n in "345"]
    )
    assert len(found.moved) == 2
    assert found.added == ("5.png",)
    assert found.removed == ()


def test_sets_of_other_resolutions_are_compared_by_names_and_captions() -> None:
    def manifest(sha: str, caption: str) -> list[Member]:
        entries = [ManifestEntry(name="1.png", size=1, sha256=sha * 64, caption=caption)]
        return members_of(manifest_of(entries), pixels=False)

    assert not difference(manifest("a", "one"), manifest("b", "one"))
    assert difference(manifest("a", "one"), manifest("b", "two")).recaptioned == ("1.png",)
