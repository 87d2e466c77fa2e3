"""Edits of the library as values, and their history with undo and redo."""

from collections.abc import Callable
from dataclasses import dataclass

from loraferry.library.items import Item, Verdict


@dataclass(frozen=True)
class SetCaptions:
    """New captions by the picture's name."""

    captions: dict[str, str]


@dataclass(frozen=True)
class SetVerdicts:
    """New verdicts by the picture's name."""

    verdicts: dict[str, Verdict]


Edit = SetCaptions | SetVerdicts
Lookup = Callable[[str], Item | None]


def captioned(names: list[str], caption: str) -> SetCaptions:
    """The same caption for many pictures."""
    return SetCaptions(dict.fromkeys(names, caption))


def judged(names: list[str], verdict: Verdict) -> SetVerdicts:
    """The same verdict for many pictures."""
    return SetVerdicts(dict.fromkeys(names, verdict))


def needed(edit: Edit, item: Lookup) -> Edit:
    """The part of an edit that would change something; names that are not there are left out."""
    if isinstance(edit, SetCaptions):
        return SetCaptions(
            {n: text for n, text in edit.captions.items() if (i := item(n)) is not None and i.caption != text}
        )
    return SetVerdicts({n: v for n, v in edit.verdicts.items() if (i := item(n)) is not None and i.verdict != v})


def inverse(edit: Edit, item: Lookup) -> Edit:
    """The edit that brings back what `item` says now."""
    if isinstance(edit, SetCaptions):
        return SetCaptions({n: i.caption or "" for n in edit.captions if (i := item(n)) is not None})
    return SetVerdicts({n: i.verdict for n in edit.verdicts if (i := item(n)) is not None})


def names_of(edit: Edit) -> frozenset[str]:
    """The pictures an edit touches."""
    return frozenset(edit.captions if isinstance(edit, SetCaptions) else edit.verdicts)


@dataclass(frozen=True)
class Step:
    """One entry of the history."""

    forward: Edit
    backward: Edit


class History:
    """What was done and what was undone. Typing into one caption is one step until `pause` is called."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._open = False

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether anything was taken back that can be done again."""
        return bool(self._undone)

    def add(self, forward: Edit, backward: Edit, *, typing: bool = False) -> None:
        """Note an edit that was applied. With `typing` it joins the step before when that is the same caption."""
        last = self._done[-1] if self._done else None
        joins = typing and self._open and last is not None and isinstance(forward, SetCaptions)
        if joins and last is not None and names_of(last.forward) == names_of(forward):
            self._done[-1] = Step(forward, last.backward)
        else:
            self._done.append(Step(forward, backward))
        self._undone.clear()
        self._open = typing

    def pause(self) -> None:
        """End the step that typing extends."""
        self._open = False

    def offer(self, forward: Edit, backward: Edit) -> None:
        """Make an edit that could not be applied the next one to redo."""
        self._undone.append(Step(forward, backward))
        self._open = False

    def take_back(self) -> Edit | None:
        """The edit that undoes the last step, which becomes the next to redo."""
        self._open = False
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        return step.backward

    def do_again(self) -> Edit | None:
        """The edit that was undone last."""
        self._open = False
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        return step.forward
