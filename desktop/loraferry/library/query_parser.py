"""From the text of a query to its tree, leniently: what cannot be understood is told, and the rest holds.

    query   := group (("OR" | "|") group)*
    group   := ("AND"? part)+
    part    := ("-" | "NOT") part | "(" query ")" | term
    term    := key ":" value | measure operator number | measure ":" range | word | quotes

Signs as a Chinese keyboard types them count as their plain ones.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, cast

from loraferry.library.query import (
    KEYS,
    MEASURES,
    STATES,
    TEXT_KEYS,
    And,
    Bucket,
    Compare,
    Measure,
    Node,
    Not,
    Operator,
    Or,
    State,
    StateName,
    Tag,
    Text,
    plain_tag,
)

MAX_LENGTH = 2000
MAX_DEPTH = 20

ErrorCode = Literal[
    "quote_open", "bracket_open", "bracket_extra", "value_missing", "number_wrong", "size_wrong", "state_unknown",
    "key_unknown", "operator_wrong", "part_missing", "too_deep", "too_long",
]  # fmt: skip
"""`texts.queries` has the words."""

_WIDE = str.maketrans("：（）＜＞＝＂“”－\u3000｜≤≥", ':()<>="""- |≤≥')
_TERM = re.compile(r"([A-Za-z]+)(?:(:)|\s*(<=|>=|!=|<|>|=|≤|≥)\s*)")
_OPERATORS: dict[str, Operator] = {":": "=", "≤": "<=", "≥": ">="}
_NUMBER = re.compile(r"(\d+(?:\.(\d*))?|\.(\d+))(%|k|m)?", re.IGNORECASE)
_RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_SIZE = re.compile(r"(\d{1,6})[x×*](\d{1,6})", re.IGNORECASE)
_UNITS = {"%": 0.01, "k": 1e3, "m": 1e6}
_RATIO_SLACK = 0.01
"""Of the ratio itself: one pixel more or less makes no other shape."""
_COUNTED = frozenset(("stars", "size", "width", "height", "pixels", "tokens", "tags", "words"))
_CLOSE = 0.65
"""How alike an unknown key must be to a known one to be called a slip; else it is a word with a colon in it."""


@dataclass(frozen=True, slots=True)
class QueryError:
    """What is wrong with `text[start:stop]`. `unfinished`: it may come right when the person types on."""

    code: ErrorCode
    start: int
    stop: int
    value: str = ""
    """What was found there, or for a key what was probably meant."""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One of the parts that all must hold, and where it stands in the text."""

    node: Node
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text was understood to mean."""

    text: str
    terms: tuple[Term, ...] = ()
    errors: tuple[QueryError, ...] = ()
    typing: bool = False
    """Whether the last word may be unfinished."""

    @property
    def node(self) -> Node | None:
        """The tree; None asks for all pictures."""
        parts = tuple(term.node for term in self.terms)
        return None if not parts else parts[0] if len(parts) == 1 else And(parts)

    def without(self, terms: Iterable[Term]) -> str:
        """The text when some of the terms are taken out."""
        text = self.text
        for term in sorted(terms, key=lambda term: term.start, reverse=True):
            text = f"{text[: term.start].rstrip()} {text[term.stop :].lstrip()}"
        return text.strip()


def parse(text: str, *, typing: bool = False) -> Parsed:
    """Understand a query. Never raises. With `typing` the tag at the end may be a mere beginning."""
    if len(text) > MAX_LENGTH:
        return Parsed(text, errors=(QueryError("too_long", MAX_LENGTH, len(text)),), typing=typing)
    parser = _Parser(text, typing)
    terms = parser.everything()
    return Parsed(text, tuple(terms), tuple(parser.errors), typing)


@dataclass
class _Parser:
    """Reads from left to right; `at` is where."""

    text: str
    typing: bool
    at: int = 0
    errors: list[QueryError] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The same length, so that places in one are places in the other.
        self.plain = self.text.translate(_WIDE)

    def everything(self) -> list[Term]:
        terms = self._alternatives(0)
        while self.at < len(self.plain):
            self._wrong("bracket_extra", self.at, self.at + 1)
            self.at += 1
            terms += self._alternatives(0)
        return terms

    # --- groups

    def _alternatives(self, depth: int) -> list[Term]:
        """The terms of one query; several alternatives are one term."""
        start = self._skip()
        groups = [self._group(depth)]
        while (stop := self._take_or()) is not None:
            # On both sides of OR something is missing when nothing was said and nothing was wrong either.
            before = len(self.errors)
            following = self._group(depth)
            if not groups[-1] or (not following and len(self.errors) == before):
                self._wrong("part_missing", stop - len("OR"), stop)
            groups.append(following)
        found = [group for group in groups if group]
        if len(found) < 2:
            return found[0] if found else []
        parts = tuple(_all([term.node for term in group]) for group in found)
        return [Term(Or(parts), start, found[-1][-1].stop)]

    def _group(self, depth: int) -> list[Term]:
        terms: list[Term] = []
        while True:
            self._skip()
            if self._word_ahead("AND"):
                self.at += len("AND")
                continue
            if self.at >= len(self.plain) or self.plain[self.at] in ")|" or self._word_ahead("OR"):
                return terms
            start = self.at
            node = self._part(depth)
            if node is not None:
                terms.append(Term(node, start, self.at))

    def _take_or(self) -> int | None:
        """Behind an OR that was found here."""
        self._skip()
        if self.at < len(self.plain) and self.plain[self.at] == "|":
            self.at += 1
            return self.at
        if self._word_ahead("OR"):
            self.at += len("OR")
            return self.at
        return None

    def _word_ahead(self, word: str) -> bool:
        behind = self.at + len(word)
        return self.plain.startswith(word, self.at) and (behind >= len(self.plain) or self.plain[behind] in " \t\n()|")

    def _part(self, depth: int) -> Node | None:
        start = self.at
        negated = False
        while (sign := self._negation()) > 0:
            negated = not negated
            self.at += sign
            self._skip()
        if self.at >= len(self.plain):
            self._wrong("part_missing", start, self.at)
            return None
        node = self._bracket(depth) if self.plain[self.at] == "(" else self._term()
        return Not(node) if node is not None and negated else node

    def _negation(self) -> int:
        """Length of a negation that stands here."""
        if self._word_ahead("NOT"):
            return len("NOT")
        return 1 if self.plain.startswith("-", self.at) else 0

    def _bracket(self, depth: int) -> Node | None:
        start = self.at
        self.at += 1
        if depth >= MAX_DEPTH:
            self._wrong("too_deep", start, len(self.plain))
            self.at = len(self.plain)
            return None
        terms = self._alternatives(depth + 1)
        if self.at < len(self.plain):
            self.at += 1
        else:
            self._wrong("bracket_open", start, start + 1, unfinished=True)
        return _all([term.node for term in terms]) if terms else None

    # --- terms

    def _term(self) -> Node | None:
        start = self.at
        if self.plain[start] == '"':
            value, _ = self._value()
            return Text("any", value.lower()) if value else None
        found = _TERM.match(self.plain, start)
        key = found[1].lower() if found else ""
        if found and key in KEYS and (found[2] or key in MEASURES or found.end() == found.end(1) + 1):
            self.at = found.end()
            return self._keyed(key, found[2] or found[3], start)
        value, _ = self._value()
        if found and found[2] and len(value) > len(key) + 1:
            self._guess(key, start, start + len(key))
        return Text("any", value.lower()) if value else None

    def _guess(self, key: str, start: int, stop: int) -> None:
        meant = difflib.get_close_matches(key, KEYS, 1, _CLOSE)
        if meant:
            self._wrong("key_unknown", start, stop, meant[0], unfinished=False)

    def _keyed(self, key: str, operator: str, start: int) -> Node | None:
        value, in_quotes = self._value()
        if not value and not (in_quotes and key == "concept"):
            self._wrong("value_missing", start, self.at)
            return None
        if key in MEASURES:
            return self._comparison(key, operator, value, start)
        if operator not in (":", "="):
            self._wrong("operator_wrong", start, self.at, operator)
            return None
        if key == "tag":
            return Tag(plain_tag(value), self.typing and not in_quotes and self.at == len(self.text))
        if key in TEXT_KEYS:
            return Text(key, value.lower())
        if key == "bucket":
            return self._bucket(value, start)
        if value.lower() in STATES:
            return State(cast(StateName, value.lower()))
        self._wrong("state_unknown", start, self.at, value)
        return None

    def _bucket(self, value: str, start: int) -> Node | None:
        found = _SIZE.fullmatch(value)
        if found is None:
            self._wrong("size_wrong", start, self.at, value)
            return None
        return Bucket((int(found[1]), int(found[2])))

    def _comparison(self, measure: Measure, sign: str, value: str, start: int) -> Node | None:
        low, dots, high = value.partition("..")
        first, second = _number(low, measure), _number(high, measure) if high else None
        if first is None or (dots and (second is None or sign not in (":", "="))):
            self._wrong("number_wrong", start, self.at, value)
            return None
        if second is not None:
            return And((Compare(measure, ">=", first[0]), Compare(measure, "<=", second[0])))
        if sign == "!=":
            return Not(Compare(measure, "=", *first))
        operator = _OPERATORS.get(sign, cast(Operator, sign))
        return Compare(measure, operator, first[0], first[1] if operator == "=" else 0.0)

    def _value(self) -> tuple[str, bool]:
        """The value that stands here, and whether it was in quotes; brackets within a word belong to it."""
        start = self.at
        if self.plain.startswith('"', start):
            close = self.plain.find('"', start + 1)
            self.at = close + 1 if close >= 0 else len(self.plain)
            if close < 0:
                self._wrong("quote_open", start, self.at, unfinished=True)
            return self.text[start + 1 : close if close >= 0 else None], True
        inside = 0
        while self.at < len(self.plain) and not self.plain[self.at].isspace():
            sign = self.plain[self.at]
            if (sign == ")" and not inside) or sign == "|":
                break
            inside += (sign == "(") - (sign == ")")
            self.at += 1
        return self.text[start : self.at], False

    def _skip(self) -> int:
        while self.at < len(self.plain) and self.plain[self.at].isspace():
            self.at += 1
        return self.at

    def _wrong(self, code: ErrorCode, start: int, stop: int, value: str = "", unfinished: bool | None = None) -> None:
        at_end = stop >= len(self.text) if unfinished is None else unfinished
        self.errors.append(QueryError(code, start, stop, value, at_end))


def _all(parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _number(text: str, measure: Measure) -> tuple[float, float] | None:
    """The number that a text says, and how far from it the same digits would still be written."""
    ratio = _RATIO.fullmatch(text) if measure == "ratio" else None
    if ratio is not None and float(ratio[2]):
        value = float(ratio[1]) / float(ratio[2])
        return value, value * _RATIO_SLACK
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    unit = _UNITS.get((found[4] or "").lower(), 1.0)
    value = float(found[1]) * unit
    if measure == "ratio":
        return value, value * _RATIO_SLACK
    # Whole numbers of what is counted mean themselves; 1.5 megapixels are 1.45 to 1.55, and so is a blur of 0 up to 0.05.
    digits = max(len(found[2] or found[3] or ""), 0 if measure in _COUNTED or unit == _UNITS["%"] else 1)
    return value, 0.5 * 10.0**-digits * unit
