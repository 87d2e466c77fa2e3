"""What may be meant by the word that is being typed in a query: keys of the language, tags, states, concepts, folders."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Literal

from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.query import MEASURES, STATES, TEXT_KEYS, plain_tag, quoted
from loraferry.library.text_index import TextIndex

MOST = 10
_WORDS_WITH_COLON = ("tag", "is", *TEXT_KEYS)
_LAST = re.compile(r'(?:^|(?<=[\s(（|｜\-－]))([-－]?)((?:([A-Za-z]+)[:：])?(?:["“][^"”]*|[^\s"“”()（）|｜]*))$')
"""The word at the end: its negation, itself, and its key."""

CompletionKind = Literal["key", "measure", "tag", "state", "concept", "folder"]


@dataclass(frozen=True, slots=True)
class Completion:
    """`insert` may take the place of `text[start:stop]`. `count`: of pictures; -1 where nobody has counted."""

    kind: CompletionKind
    value: str
    insert: str
    start: int
    stop: int
    count: int = -1


def completions(text: str, cursor: int, index: TextIndex, project: Project, most: int = MOST) -> list[Completion]:
    """What the word before the cursor may become, the likeliest first; nothing where there is no word."""
    found = _LAST.search(text[:cursor])
    if found is None or not found[2]:
        return []
    word, key, start = found[2], (found[3] or "").lower(), found.start(2)
    value = word[len(key) + 1 :] if key else word
    value = value.strip('"“”').lower()
    if key == "tag":
        return _completed("tag", _tags(value, index, most), start, cursor)
    if key == "is":
        states = [(state, -1) for state in STATES if state.startswith(value)]
        return _completed("state", states, start, cursor)
    if key == "concept":
        return _completed("concept", _best(value, _titles(project, index.items), most), start, cursor)
    if key == "folder":
        return _completed("folder", _best(value, _folders(index.names), most), start, cursor)
    if key:
        return []
    keys = [
        Completion("key", f"{one}:", f"{one}:", start, cursor) for one in _WORDS_WITH_COLON if one.startswith(value)
    ]
    keys += [Completion("measure", one, one, start, cursor) for one in MEASURES if one.startswith(value)]
    return keys + _completed("tag", _tags(value, index, most - len(keys)), start, cursor)


def _completed(kind: CompletionKind, values: Iterable[tuple[str, int]], start: int, stop: int) -> list[Completion]:
    key = {"tag": "tag", "state": "is", "concept": "concept", "folder": "folder"}[kind]
    return [Completion(kind, value, f"{key}:{quoted(value)} ", start, stop, count) for value, count in values]


def _tags(typed: str, index: TextIndex, most: int) -> list[tuple[str, int]]:
    sought = plain_tag(typed)
    having = [(tag, index.count(tag)) for tag in index.all_tags() if sought in tag]
    return _ranked(sought, having, most)


def _best(typed: str, values: Iterable[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    return _ranked(typed, [(value, count) for value, count in values if typed in value.lower()], most)


def _ranked(typed: str, values: Sequence[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    """Those that begin so, then those where a word begins so, then the rest; the more frequent first."""

    def rank(entry: tuple[str, int]) -> tuple[int, int, str]:
        value = entry[0].lower()
        place = 0 if value.startswith(typed) else 1 if f" {typed}" in value else 2
        return place, -entry[1], value

    return nsmallest(most, values, key=rank)


def _titles(project: Project, items: Sequence[Item]) -> list[tuple[str, int]]:
    if not project.concepts:
        return []
    counts = Counter(item.concept for item in items)
    return [(concept.title, counts[concept.id]) for concept in project.concepts]


def _folders(names: Sequence[str]) -> list[tuple[str, int]]:
    counts = Counter(name.rpartition("/")[0] for name in names)
    return [(folder, count) for folder, count in counts.items() if folder]
