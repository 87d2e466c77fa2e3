"""Which pictures a query asks for."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import eq, ge, gt, le, lt

from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.query import (
    And,
    Bucket,
    Compare,
    Leaf,
    Measure,
    Node,
    Not,
    Or,
    State,
    StateName,
    Tag,
    Text,
    leaves,
)
from loraferry.library.text_index import TextIndex
from loraferry.library.token_counts import TokenCounts
from loraferry.library.trained_sizes import Training, bucket_of, trained_sizes

SQUARE = 0.05
"""A picture is square when its sides differ by at most this share."""

_COMPARED: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq}


def _shape(item: Item) -> str:
    if item.width <= 0 or item.height <= 0:
        return ""
    ratio = item.width / item.height
    return "square" if 1 - SQUARE <= ratio <= 1 / (1 - SQUARE) else "landscape" if ratio > 1 else "portrait"


_STATES: dict[StateName, Callable[[Item], bool]] = {
    "keep": lambda item: item.verdict == "keep",
    "reject": lambda item: item.verdict == "reject",
    "unsure": lambda item: item.verdict == "unsure",
    "open": lambda item: not item.verdict,
    "approved": lambda item: item.verdict != "reject" and item.image_problem is None,
    "new": lambda item: item.new,
    "broken": lambda item: item.image_problem is not None,
    "captioned": lambda item: bool(item.caption),
    "uncaptioned": lambda item: item.caption == "",
    "cropped": lambda item: bool(item.crops),
    "turned": lambda item: bool(item.turn.quarters or item.turn.degrees),
    "flipped": lambda item: item.turn.mirrored,
    "masked": lambda item: bool(item.mask),
    "portrait": lambda item: _shape(item) == "portrait",
    "landscape": lambda item: _shape(item) == "landscape",
    "square": lambda item: _shape(item) == "square",
}

_SIZES: dict[Measure, Callable[[Item], float]] = {
    "size": lambda item: min(item.width, item.height),
    "width": lambda item: item.width,
    "height": lambda item: item.height,
    "pixels": lambda item: item.width * item.height,
    "mp": lambda item: item.width * item.height / 1e6,
    "ratio": lambda item: item.width / item.height,
}
_QUALITIES = frozenset(("blur", "dark", "bright", "noise", "border"))


def measured(measure: Measure, item: Item) -> float | None:
    """A measure that the picture itself has; None where it is not known (yet), and for those of captions."""
    if measure in _SIZES:
        return _SIZES[measure](item) if item.width > 0 and item.height > 0 else None
    if measure == "stars":
        return item.stars
    if measure in _QUALITIES and item.quality is not None:
        value: float = getattr(item.quality, measure)
        return value
    return None


def wants_tokens(node: Node | None) -> bool:
    """Whether tokens have to be counted to answer."""
    return node is not None and any(isinstance(leaf, Compare) and leaf.measure == "tokens" for leaf in leaves(node))


@lru_cache(maxsize=256)
def wildcard(pattern: str) -> re.Pattern[str]:
    """Matches whole texts; `*` stands for anything."""
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


@dataclass
class Search:
    """Answers queries on an index; `project` and `training` may be replaced at any time."""

    index: TextIndex
    tokens: TokenCounts = field(default_factory=TokenCounts)
    project: Project = field(default_factory=Project)
    training: Training = field(default_factory=Training)

    def find(self, node: Node | None, among: Sequence[int] | None = None) -> list[int]:
        """The places of pictures that are asked for, in order; only those of `among` (in order too) where it is given.

        Pictures that the index has not looked at yet are found by their captions and tags of before.
        """
        everything = range(len(self.index.items)) if among is None else among
        return list(everything) if node is None else self._select(node, everything)

    def _select(self, node: Node, among: Sequence[int]) -> list[int]:
        if isinstance(node, And):
            # The cheap ones first: each has only to look at what those before have left.
            found: Sequence[int] = among
            for part in sorted(node.parts, key=_cost):
                found = self._select(part, found)
            return list(found)
        if isinstance(node, Or):
            either = set().union(*(self._select(part, among) for part in node.parts))
            return [place for place in among if place in either]
        if isinstance(node, Not):
            others = set(self._select(node.part, among))
            return [place for place in among if place not in others] if others else list(among)
        return self._leaf(node, among)

    def _leaf(self, leaf: Leaf, among: Sequence[int]) -> list[int]:
        items = self.index.items
        if isinstance(leaf, Tag):
            return _within(self._with_tag(leaf), among)
        if isinstance(leaf, Text):
            return self._text(leaf, among)
        if isinstance(leaf, Compare):
            return self._compare(leaf, among)
        if isinstance(leaf, Bucket):
            training, size = self.training, leaf.size
            return [p for p in among if any(bucket_of(part, training) == size for part in trained_sizes(items[p]))]
        return self._state(leaf, among)

    def _state(self, leaf: State, among: Sequence[int]) -> list[int]:
        items, index = self.index.items, self.index
        if leaf.state == "prose":
            return [place for place in among if index.is_prose(place)]
        if leaf.state == "tags":
            return [place for place in among if index.captions[place] and not index.is_prose(place)]
        holds = _STATES[leaf.state]
        return [place for place in among if holds(items[place])]

    def _with_tag(self, leaf: Tag) -> Sequence[int]:
        index = self.index
        if "*" in leaf.pattern:
            matches = wildcard(leaf.pattern).fullmatch
            return _union(index.with_tag(tag) for tag in index.all_tags() if matches(tag))
        exact = index.with_tag(leaf.pattern)
        if exact or not leaf.open:
            return exact
        return _union(index.with_tag(tag) for tag in index.all_tags() if tag.startswith(leaf.pattern))

    def _text(self, leaf: Text, among: Sequence[int]) -> list[int]:
        sought, names, captions = leaf.pattern, self.index.names, self.index.captions
        if leaf.place == "any":
            return [place for place in among if sought in captions[place] or sought in names[place]]
        if leaf.place == "caption":
            return [place for place in among if sought in captions[place]]
        if leaf.place == "concept":
            return self._concept(sought, among)
        part = 2 if leaf.place == "name" else 0
        if "*" in sought:
            matches = wildcard(sought).fullmatch
            return [place for place in among if matches(names[place].rpartition("/")[part])]
        return [place for place in among if sought in names[place].rpartition("/")[part]]

    def _concept(self, sought: str, among: Sequence[int]) -> list[int]:
        items, concepts = self.index.items, self.project.concepts
        if not sought:
            meant = {""}
        elif "*" in sought:
            meant = {one.id for one in concepts if wildcard(sought).fullmatch(one.title.lower())}
        else:
            meant = {one.id for one in concepts if sought in one.title.lower()}
        return [place for place in among if items[place].concept in meant]

    def _compare(self, leaf: Compare, among: Sequence[int]) -> list[int]:
        value = self._value_of(leaf.measure)
        if leaf.operator == "=":
            number, slack = leaf.number, leaf.slack
            return [p for p in among if (found := value(p)) is not None and abs(found - number) <= slack]
        holds, number = _COMPARED[leaf.operator], leaf.number
        return [p for p in among if (found := value(p)) is not None and holds(found, number)]

    def _value_of(self, measure: Measure) -> Callable[[int], float | None]:
        items, index = self.index.items, self.index
        if measure == "tokens":
            known = self.tokens.known
            return lambda place: known(items[place].caption or "") if items[place].caption is not None else None
        if measure == "tags":
            return lambda place: len(index.tags(place))
        if measure == "words":
            return lambda place: _words(index.captions[place])
        return lambda place: measured(measure, items[place])


def _cost(node: Node) -> int:
    """How dear a part is to answer, roughly."""
    if isinstance(node, Not):
        return _cost(node.part)
    if isinstance(node, And | Or):
        return max(_cost(part) for part in node.parts)
    if isinstance(node, Tag):
        return 0
    return 2 if isinstance(node, Text) or (isinstance(node, Compare) and node.measure == "words") else 1


def _words(caption: str) -> int:
    """Spaces and line ends, and one: far quicker than to split, and the same for captions with single spaces."""
    return caption.count(" ") + caption.count("\n") + 1 if caption else 0


def _within(found: Sequence[int], among: Sequence[int]) -> list[int]:
    """The places of `found` that are also in `among`; both are in order."""
    if isinstance(among, range):
        return list(found)
    having = set(found)
    return [place for place in among if place in having]


def _union(many: Iterable[Sequence[int]]) -> list[int]:
    return sorted(set().union(*many))
