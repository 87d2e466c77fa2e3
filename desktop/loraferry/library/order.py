"""In which order pictures are shown: by anything that is known of them. What is not known comes last, either way."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, get_args

from loraferry.library.fields import Project, Verdict
from loraferry.library.items import Item
from loraferry.library.token_counts import TokenCounts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OrderKey = Literal[
    "name", "date", "bytes", "pixels", "size", "ratio", "verdict", "stars", "concept", "tokens", "length",
    "blur", "dark", "bright", "noise", "border", "exposure", "similar", "random",
]  # fmt: skip
ORDER_KEYS: tuple[OrderKey, ...] = get_args(OrderKey)
MEASURED: frozenset[OrderKey] = frozenset(
    ("date", "bytes", "pixels", "size", "ratio", "tokens", "length", "blur", "dark", "bright", "noise", "border",
     "exposure", "similar")
)  # fmt: skip
"""What becomes known little by little while pictures are read; the rest is known from the start."""
_VERDICT_RANKS: dict[Verdict, int] = {"keep": 0, "unsure": 1, "": 2, "reject": 3}
_CHAIN = 4096
"""Pictures in one chain of similar ones: its work grows with the square of them."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to sort by. `seed` is for "random" alone: the same seed gives the same order, also when pictures are added."""

    key: OrderKey = "name"
    descending: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Ordered:
    """Places in order; from `places[known]` on nothing is known of what they were sorted by."""

    places: list[int]
    known: int


Value = Callable[[Item], Any]


def value_of(order: Order, project: Project, tokens: TokenCounts) -> Value:
    """What a picture is sorted by; None where it is not known. Not for "name" (pictures come by name anyway) and
    "similar" (which no single picture has)."""
    titles = {concept.id: (place, concept.title) for place, concept in enumerate(project.concepts)}
    qualities: dict[OrderKey, Value] = {
        key: _quality(key) for key in ORDER_KEYS if key in ("blur", "dark", "bright", "noise", "border", "exposure")
    }
    values: dict[OrderKey, Value] = {
        "date": lambda item: item.mtime_ns or None,
        "bytes": lambda item: item.size if item.size >= 0 else None,
        "pixels": lambda item: item.width * item.height or None,
        "size": lambda item: min(item.width, item.height) or None,
        "ratio": lambda item: item.width / item.height if item.width > 0 and item.height > 0 else None,
        "verdict": lambda item: _VERDICT_RANKS[item.verdict],
        "stars": lambda item: item.stars,
        "concept": lambda item: titles.get(item.concept),
        "tokens": lambda item: tokens.known(item.caption) if item.caption is not None else None,
        "length": lambda item: len(item.caption) if item.caption is not None else None,
        # By name, not by place: a picture that comes moves no other.
        "random": lambda item: zlib.crc32(f"{order.seed}/{item.name}".encode("utf-8", "surrogatepass")),
        **qualities,
    }
    return values[order.key]


def _quality(key: str) -> Value:
    measure = attrgetter(key)
    return lambda item: measure(item.quality) if item.quality is not None else None


def ordered(
    items: Sequence[Item],
    order: Order,
    project: Project,
    tokens: TokenCounts,
    check: Callable[[], None] = lambda: None,
) -> Ordered:
    """All places of `items` (which are by name) in that order; equal ones stay in the order of their names.

    `check` is called now and then and may raise to cancel.
    """
    places = range(len(items))
    if order.key == "name":
        return Ordered(list(reversed(places)) if order.descending else list(places), len(items))
    if order.key == "similar":
        chain = similar(items, check)
        known = chain.known
        return Ordered(chain.places[:known][::-1] + chain.places[known:], known) if order.descending else chain
    value = value_of(order, project, tokens)
    values = [value(item) for item in items]
    found = [place for place in places if values[place] is not None]
    unknown = [place for place in places if values[place] is None]
    return Ordered(sorted(found, key=values.__getitem__, reverse=order.descending) + unknown, len(found))


def is_known(item: Item, order: Order, project: Project, tokens: TokenCounts) -> bool:
    """Whether what a picture is sorted by is known."""
    if order.key in ("name", "similar"):
        return order.key == "name" or item.quality is not None
    return value_of(order, project, tokens)(item) is not None


def similar(items: Sequence[Item], check: Callable[[], None] = lambda: None) -> Ordered:
    """Places such that pictures that look alike follow each other: from each to the nearest one that is left, by the
    bits in which their perceptual hashes differ. Very many pictures make several chains, cut where the hashes' first
    bits, which say the coarsest, change. Pictures that were not measured come last.
    """
    import numpy as np

    known = [place for place, item in enumerate(items) if item.quality is not None]
    hashes = np.array([quality.hash for place in known if (quality := items[place].quality) is not None], np.uint64)
    found: list[int] = []
    by_hash = np.arange(len(known)) if len(known) <= _CHAIN else np.argsort(hashes, kind="stable")
    for start in range(0, len(known), _CHAIN):
        part = by_hash[start : start + _CHAIN]
        found += [known[int(part[place])] for place in _chain(hashes[part], check)]
    in_chain = set(found)
    return Ordered(found + [place for place in range(len(items)) if place not in in_chain], len(found))


def _chain(hashes: "NDArray[np.uint64]", check: Callable[[], None]) -> list[int]:
    """From the first to its nearest, and so on, through all of them."""
    import numpy as np

    left = hashes.copy()
    places = np.arange(len(hashes))
    count, at, found = len(hashes), 0, []
    while True:
        current = left[at]
        found.append(int(places[at]))
        count -= 1
        if not count:
            return found
        if not len(found) % 256:
            check()
        # What is left keeps its order, so that among equals the first by name comes next.
        left[at:count], places[at:count] = left[at + 1 : count + 1].copy(), places[at + 1 : count + 1].copy()
        at = int(np.bitwise_count(left[:count] ^ current).argmin())
