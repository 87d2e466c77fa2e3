"""Find and replace over captions: every change as a pair of texts with the spans that differ, before it is made.

Patterns are those of the library `regex`, which gives up after a time: some patterns would never end on some captions.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loraferry_core.problems import fail

LIMIT_S = 5.0
"""All captions together may take so long; a plain pattern takes some hundredths of a second for 10,000."""
LONGEST_PATTERN = 2000
LONGEST_RESULT = 100_000
"""Characters of a caption; a pattern that matches everywhere may not make more of it."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Replacement:
    """What is sought and what takes its place."""

    find: str
    replace: str = ""
    regex: bool = False
    """Else `find` and `replace` are taken as they are."""
    case: bool = False
    """Whether capitals must be as in `find`."""
    words: bool = False
    """Whether only whole words are meant."""


@dataclass(frozen=True, slots=True)
class Change:
    """One caption before and after; `cut` are the spans that go, `put` those that come, in order."""

    name: str
    before: str
    after: str
    cut: tuple[Span, ...]
    put: tuple[Span, ...]


def difference(name: str, before: str, after: str) -> Change:
    """A change whose spans are all between what both texts begin and end with."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    return Change(name, before, after, ((start, len(before) - end),), ((start, len(after) - end),))


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def changes(
    captions: Mapping[str, str],
    wanted: Replacement,
    check: Callable[[], None] = lambda: None,
    limit_s: float = LIMIT_S,
) -> list[Change]:
    """What would change, in the order of `captions`; nothing where nothing is sought. `check` may raise to cancel.

    Raises ProblemError `pattern_invalid`, or `pattern_slow` when `limit_s` have passed.
    """
    if not wanted.find:
        return []
    change = _compiled(wanted)
    until = time.monotonic() + limit_s
    found = []
    for number, (name, caption) in enumerate(captions.items()):
        if not number % 100:
            check()
        left = until - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            one = change(name, caption, left)
        except TimeoutError as error:
            raise fail("pattern_slow", pattern=wanted.find, name=name) from error
        if one is not None:
            found.append(one)
    return found


def _compiled(wanted: Replacement) -> Callable[[str, str, float], Change | None]:
    # Loaded when it is needed first: starting stays quick.
    import regex

    pattern = wanted.find if wanted.regex else regex.escape(wanted.find)
    if wanted.words:
        pattern = rf"(?<!\w)(?:{pattern})(?!\w)"
    flags = regex.V0 | (0 if wanted.case else regex.IGNORECASE)
    try:
        if len(wanted.find) > LONGEST_PATTERN:
            raise ValueError(f"> {LONGEST_PATTERN}")
        compiled: Any = regex.compile(pattern, flags)
    except (regex.error, ValueError, OverflowError) as error:
        raise fail("pattern_invalid", pattern=wanted.find, detail=str(error)) from error
    return lambda name, caption, left: _one(compiled, wanted, name, caption, left)


def _one(compiled: Any, wanted: Replacement, name: str, caption: str, left: float) -> Change | None:
    import regex

    pieces: list[str] = []
    cut: list[Span] = []
    put: list[Span] = []
    end = length = 0
    for match in compiled.finditer(caption, timeout=left, concurrent=True):
        try:
            text = match.expand(wanted.replace) if wanted.regex else wanted.replace
        except (regex.error, IndexError, ValueError) as error:
            raise fail("pattern_invalid", pattern=wanted.replace, detail=str(error)) from error
        start = match.start()
        if match[0] == text:
            continue
        pieces += [caption[end:start], text]
        length += start - end
        cut.append(match.span())
        put.append((length, length + len(text)))
        length += len(text)
        end = match.end()
        if length > LONGEST_RESULT:
            raise fail("pattern_invalid", pattern=wanted.find, detail=f"> {LONGEST_RESULT}")
    if not cut:
        return None
    return Change(name, caption, "".join((*pieces, caption[end:])), tuple(cut), tuple(put))
