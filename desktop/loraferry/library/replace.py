"""Find and replace over captions, plain or by regular expressions, as pairs to be looked at before anything happens.

Regular expressions are Python's; those whose shape can take for ever are refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loraferry_core.problems import fail

LONGEST = 1000
"""Characters of what is sought or put in its place."""
_NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)\s*(?:[+*]|\{\d+,\d*\})")


@dataclass(frozen=True)
class Search:
    """What is sought and what replaces it."""

    find: str
    put: str = ""
    regular: bool = False
    match_case: bool = False
    whole_words: bool = False


@dataclass(frozen=True)
class Replaced:
    """One caption before and after, and where it matched: (start, end) in each."""

    name: str
    before: str
    after: str
    found: tuple[tuple[int, int], ...]
    put: tuple[tuple[int, int], ...]


def compiled(search: Search) -> re.Pattern[str] | None:
    """The pattern; None where nothing is sought. Raises ProblemError `pattern_invalid`: also for repetitions within
    repetitions, which can take for ever on a caption of a few words."""
    if not search.find:
        return None
    if len(search.find) > LONGEST or len(search.put) > LONGEST:
        raise fail("pattern_invalid", detail=f"> {LONGEST}")
    if search.regular and _NESTED.search(search.find):
        raise fail("pattern_invalid", detail=search.find[:80])
    text = search.find if search.regular else re.escape(search.find)
    if search.whole_words:
        text = rf"(?<!\w)(?:{text})(?!\w)"
    try:
        return re.compile(text, 0 if search.match_case else re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise fail("pattern_invalid", detail=str(error)[:80]) from error


def replacements(
    captions: Mapping[str, str], search: Search, check: Callable[[], None] = lambda: None
) -> list[Replaced]:
    """Every caption that would change. `check` is called for each and may raise to cancel. Raises ProblemError
    `pattern_invalid`."""
    pattern = compiled(search)
    if pattern is None:
        return []
    found = []
    for name, text in captions.items():
        check()
        one = _replaced(name, text, pattern, search)
        if one is not None:
            found.append(one)
    return found


def _replaced(name: str, text: str, pattern: re.Pattern[str], search: Search) -> Replaced | None:
    parts: list[str] = []
    spots, puts = [], []
    end = length = 0
    for match in pattern.finditer(text):
        try:
            put = match.expand(search.put) if search.regular else search.put
        except (re.error, IndexError) as error:
            raise fail("pattern_invalid", detail=str(error)[:80]) from error
        kept = text[end : match.start()]
        length += len(kept)
        parts += [kept, put]
        spots.append(match.span())
        puts.append((length, length + len(put)))
        length += len(put)
        end = match.end()
    after = "".join(parts) + text[end:]
    if not spots or after == text:
        return None
    return Replaced(name, text, after, tuple(spots), tuple(puts))
