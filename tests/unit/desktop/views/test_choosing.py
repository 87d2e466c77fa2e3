"""Choosing pictures: clicks, ranges, rubber bands."""

from loraferry.views.dataset.choosing import Choice, banded, clicked, everything, only


def test_a_click_chooses_one_and_ctrl_adds_and_takes_away() -> None:
    choice = clicked(only(3), 7, add=True)
    assert choice == Choice(frozenset({3, 7}), 7, 7)
    choice = clicked(choice, 7, add=True)
    assert (choice.rows, choice.current) == ({3}, 3)
    assert clicked(choice, 5) == only(5)


def test_the_nearest_comes_to_the_front_when_the_front_one_is_taken_away() -> None:
    choice = clicked(Choice(frozenset({1, 4, 9}), 4, 4), 4, add=True)
    assert (choice.rows, choice.current) == ({1, 9}, 1)
    choice = clicked(Choice(frozenset({1, 4, 9}), 4, 4), 9, add=True)
    assert (choice.rows, choice.current) == ({1, 4}, 4)


def test_the_last_one_cannot_be_taken_away() -> None:
    assert clicked(only(2), 2, add=True) == only(2)


def test_shift_reaches_from_the_anchor_however_often() -> None:
    choice = clicked(only(5), 8, extend=True)
    assert choice == Choice(frozenset({5, 6, 7, 8}), 8, 5)
    assert clicked(choice, 3, extend=True) == Choice(frozenset({3, 4, 5}), 3, 5)
    assert clicked(Choice(frozenset({0, 5}), 5, 5), 6, extend=True, add=True).rows == {0, 5, 6}
    assert clicked(Choice(), 6, extend=True) == only(6)


def test_a_rubber_band_chooses_what_it_touches() -> None:
    before = Choice(frozenset({1, 2}), 2, 2)
    assert banded(before, [4, 5]) == Choice(frozenset({4, 5}), 4, 4)
    assert banded(before, [2, 3], add=True) == Choice(frozenset({1, 2, 3}), 2, 2)
    assert banded(before, []) == before


def test_everything() -> None:
    assert everything(only(2), 4) == Choice(frozenset(range(4)), 2, 2)
    assert everything(Choice(), 2) == Choice(frozenset({0, 1}), 0, 0)
    assert everything(only(0), 0) == Choice()
