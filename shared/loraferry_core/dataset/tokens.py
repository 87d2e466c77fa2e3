"""How many of CLIP's tokens a caption has, and where the first chunk of them is full: byte-pair encoding, counted only.

Sources: Sennrich, Haddow, Birch 2016 (the encoding); openai/CLIP, `simple_tokenizer.py` (symbols, words, the list of
merges, which ships beside this module, see `clip_merges.license.txt`); transformers' `CLIPTokenizer`, whose results
these are: NFC, lower case letter by letter, words by Unicode's categories.
"""

import gzip
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from heapq import heapify, heappop, heappush
from importlib.resources import files
from typing import NamedTuple

from loraferry_core.dataset.caption import CHUNK

_KNOWN_WORDS = 2**15
"""Words whose tokens are remembered."""
_MARK = re.compile(r"<\|(?:startoftext|endoftext)\|>")
_WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+", re.ASCII)
_WORD_END = "</w>"


def merges() -> str:
    """CLIP's list of merges, with the heading that transformers expects."""
    packed = files("loraferry_core.dataset").joinpath("clip_merges.txt.gz").read_bytes()
    return gzip.decompress(packed).decode("utf-8")


def byte_symbols() -> tuple[str, ...]:
    """The character that stands for each byte, 0 to 255."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)}
    others = iter(range(256, 512))
    return tuple(chr(byte if byte in printable else next(others)) for byte in range(256))


def count_tokens(text: str) -> int:
    """The tokens of a text, without the marks at its start and end that every chunk has."""
    if text.isascii() and "<|" not in text:
        return sum(map(len, map(_lengths, _WORD.findall(text.lower()))))
    return sum(len(lengths) for *_, lengths in _words(text))


def cut(text: str) -> int:
    """How many characters of a text the first chunk's tokens reach over; its whole length where all of them fit."""
    room, reached = CHUNK, (_Part(0, ""), 0)
    for part, start, word, lengths in _words(text):
        if len(lengths) > room:
            # A letter of which a token reads only some bytes is not read.
            read = word.encode("utf-8")[: sum(lengths[:room])].decode("utf-8", "ignore")
            part, normal = (part, start + len(read)) if read else reached
            return part.start + _place(part.text, normal)
        room -= len(lengths)
        reached = part, start + len(word)
    return len(text)


def _place(text: str, normal: int) -> int:
    """The place in a text that is `normal` characters into it when it is normalised."""
    if len(_normal(text)) == len(text):
        return normal
    return bisect_right(range(len(text) + 1), normal, key=lambda length: len(_normal(text[:length]))) - 1


class _Shadow(dict[int, str]):
    """Characters beyond ASCII as ASCII ones of their kind that are part of no contraction."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isascii():
            shadow = character
        elif character.isspace():
            shadow = " "
        else:
            shadow = {"L": "z", "N": "0"}.get(unicodedata.category(character)[0], "!")
        self[code] = shadow
        return shadow


_SHADOW = _Shadow()


class _Part(NamedTuple):
    """What lies between two marks, or such a mark."""

    start: int
    text: str


def _words(text: str) -> Iterator[tuple[_Part, int, str, tuple[int, ...]]]:
    """Each word in order: the part it is in, its place there when normalised, itself so, the bytes of each token."""
    begin = 0
    for mark in [*_MARK.finditer(text), None]:
        part = _Part(begin, text[begin : len(text) if mark is None else mark.start()])
        normal = _normal(part.text)
        for found in _WORD.finditer(normal.translate(_SHADOW)):
            word = normal[found.start() : found.end()]
            yield part, found.start(), word, _lengths(word)
        if mark is not None:
            yield _Part(mark.start(), mark[0]), 0, mark[0], (len(mark[0]),)
            begin = mark.end()


def _normal(text: str) -> str:
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    # Letter by letter: `lower` of a whole word would end a Greek one differently.
    return composed.lower() if composed.isascii() else "".join(map(str.lower, composed))


@cache
def _ranks() -> dict[str, int]:
    """Each merge as "left right", and its rank."""
    return {line: rank for rank, line in enumerate(merges().splitlines()[1:]) if line}


@lru_cache(_KNOWN_WORDS)
def _lengths(word: str) -> tuple[int, ...]:
    """The bytes of each token of a word: the pair of lowest rank is merged first, of equal ones the leftmost."""
    symbols: list[str] = [_SYMBOLS[byte] for byte in word.encode("utf-8")]
    symbols[-1] += _WORD_END
    sizes = [1] * len(symbols)
    after = [*range(1, len(symbols)), -1]
    before = [*range(-1, len(symbols) - 1)]
    ranks = _ranks()

    def pair(left: int) -> tuple[int, int, str] | None:
        together = f"{symbols[left]} {symbols[after[left]]}"
        rank = ranks.get(together)
        return None if rank is None else (rank, left, together)

    waiting = [found for left in range(len(symbols) - 1) if (found := pair(left)) is not None]
    heapify(waiting)
    while waiting:
        _, left, together = heappop(waiting)
        right = after[left]
        # One of both may have become part of another token meanwhile.
        if not sizes[left] or right < 0 or f"{symbols[left]} {symbols[right]}" != together:
            continue
        symbols[left] += symbols[right]
        sizes[left] += sizes[right]
        sizes[right] = 0
        after[left] = after[right]
        if after[right] >= 0:
            before[after[right]] = left
        for start in (before[left], left):
            if start >= 0 and after[start] >= 0 and (found := pair(start)) is not None:
                heappush(waiting, found)
    return tuple(size for size in sizes if size)


_SYMBOLS = byte_symbols()
