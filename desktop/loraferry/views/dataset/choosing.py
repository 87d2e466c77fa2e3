"""Which pictures are chosen after a click, a key or a rubber band; knows rows alone."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen rows, the one in front, and the one from which Shift reaches."""

    rows: frozenset[int] = frozenset()
    current: int = -1
    anchor: int = -1


def only(row: int) -> Choice:
    """One picture alone."""
    return Choice(frozenset((row,)), row, row)


def clicked(choice: Choice, row: int, *, add: bool = False, extend: bool = False) -> Choice:
    """After a click on a picture, with Ctrl (`add`) or Shift (`extend`) held, or after a step onto it."""
    if extend and choice.anchor >= 0:
        first, last = sorted((choice.anchor, row))
        reached = frozenset(range(first, last + 1))
        return Choice(reached | choice.rows if add else reached, row, choice.anchor)
    if not add:
        return only(row)
    if row not in choice.rows:
        return Choice(choice.rows | {row}, row, row)
    left = choice.rows - {row}
    if not left:
        # Something stays chosen: panels and keys would have nothing to act on.
        return only(row)
    current = choice.current if choice.current != row else min(left, key=lambda other: (abs(other - row), other))
    return Choice(left, current, row)


def banded(before: Choice, touched: Iterable[int], *, add: bool = False) -> Choice:
    """While a rubber band touches some pictures; `before` is what was chosen when it was begun."""
    rows = frozenset(touched)
    if add:
        rows |= before.rows
    if not rows:
        return before
    current = before.current if before.current in rows else min(rows)
    return Choice(rows, current, current)


def everything(choice: Choice, count: int) -> Choice:
    """All pictures; the one in front stays in front."""
    return Choice(frozenset(range(count)), max(choice.current, 0), max(choice.anchor, 0)) if count else Choice()
