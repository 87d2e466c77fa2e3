"""Finds actions by a few letters of their names, as they are typed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Match:
    """How well a text fits; larger is better. `places` are the characters that were found."""

    score: int
    places: tuple[int, ...] = ()


_START, _WORD, _NEXT, _FAR = 12, 8, 5, -1


def match(query: str, text: str) -> Match | None:
    """Whether every word of `query` is in `text`: its letters in order, though others may lie between them.

    Letters in a row, at the start and at the starts of words count for more.
    """
    folded = _folded(text)
    total, places = 0, set[int]()
    for word in _folded(query).split():
        found = _word(word, folded)
        if found is None:
            return None
        total += found.score
        places.update(found.places)
    return Match(total, tuple(sorted(places)))


def best(query: str, texts: Sequence[str]) -> tuple[int, Match] | None:
    """The text that fits best, by its index; of equal ones the first. A later text counts a little less."""
    found = [(index, hit) for index, text in enumerate(texts) if (hit := match(query, text)) is not None]
    return max(found, key=lambda pair: (pair[1].score - 3 * pair[0], -pair[0]), default=None)


def _folded(text: str) -> str:
    """The text without case, letter by letter, so that places stay what they are."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _word(word: str, text: str) -> Match | None:
    """The better of the word in one piece, and its letters spread over the text."""
    pieces = []
    at = text.find(word)
    while at >= 0:
        places = tuple(range(at, at + len(word)))
        pieces.append(Match(_score(places, text), places))
        at = text.find(word, at + 1)
    if pieces:
        return max(pieces)
    places_spread = _spread(word, text)
    return None if places_spread is None else Match(_score(places_spread, text), places_spread)


def _spread(word: str, text: str) -> tuple[int, ...] | None:
    """The letters of `word` in order: each at the start of a word where it can be, else the next one."""
    places: list[int] = []
    start = 0
    for index, letter in enumerate(word):
        at = text.find(letter, start)
        if at < 0:
            return None
        if places and at != places[-1] + 1:
            better = next((i for i in range(at, len(text)) if text[i] == letter and _is_start(i, text)), None)
            if better is not None and _fits(word[index + 1 :], text, better + 1):
                at = better
        places.append(at)
        start = at + 1
    return tuple(places)


def _fits(rest: str, text: str, start: int) -> bool:
    for letter in rest:
        start = text.find(letter, start) + 1
        if not start:
            return False
    return True


def _is_start(place: int, text: str) -> bool:
    return place == 0 or not text[place - 1].isalnum()


def _score(places: Sequence[int], text: str) -> int:
    total = 0
    for index, place in enumerate(places):
        if index and place == places[index - 1] + 1:
            total += _NEXT
        elif place == 0:
            total += _START
        elif _is_start(place, text):
            total += _WORD
        else:
            total += _FAR
    # Of equal ones the shorter text is meant more likely.
    return total * 4 - len(text) // 4
