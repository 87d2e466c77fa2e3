"""From what a model found in a picture to its caption, as a person wants it: thresholds, words left out, writing."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from loraferry_core.captioning import Described, Tag
from loraferry_core.dataset.caption import joined, normalised, style_of, tags

How = Literal["fill", "append", "replace"]
"""Captions where there are none · words that a caption lacks behind it · the new one in place of the old."""
Order = Literal["score", "alphabet", "character"]
"""The surest tag first · by the alphabet · characters first, the surest first of each."""
ORDERS: tuple[Order, ...] = ("score", "character", "alphabet")

KAOMOJI = frozenset({
    "0_0", "(o)_(o)", "+_+", "+_-", "._.", "<o>_<o>", "<|>_<|>", "=_=", ">_<", "3_3", "6_9", ">_o", "@_@", "^_^", "o_o",
    "u_u", "x_x", "|_|", "||_||",
})  # fmt: skip
"""Tags whose underscore is part of a face: the list of the taggers' author (SmilingWolf/wd-tagger, app.py)."""


@dataclass(frozen=True)
class Rules:
    """How tags become a caption; words are taken as they are."""

    general: float = 0.35
    """A tag counts from this score on; these two are the author's own (SmilingWolf/wd-tagger, app.py)."""
    character: float = 0.85
    ratings: bool = False
    """Whether the likeliest rating is a tag too."""
    most: int = 0
    """Tags of a caption; 0: as many as there are."""
    order: Order = "score"
    spaces: bool = True
    """Whether underscores become spaces, but in faces."""
    escape: bool = False
    """Whether parentheses get a backslash, for programs that weigh words by them."""
    blacklist: str = ""
    """Tags to be left out, with commas or line ends between them; `*` stands for any letters."""
    _barred: "re.Pattern[str] | None" = field(init=False, compare=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_barred", _pattern(self.blacklist))

    def bars(self, tag: str) -> bool:
        """Whether the blacklist holds this tag."""
        return self._barred is not None and self._barred.fullmatch(compared(tag)) is not None


def _pattern(blacklist: str) -> "re.Pattern[str] | None":
    parts = [".*".join(map(re.escape, compared(part).split("*"))) for part in tags(blacklist)]
    return re.compile("|".join(f"(?:{part})" for part in parts)) if parts else None


def compared(tag: str) -> str:
    """A tag in the form in which it is compared: however it is written, the same tag gives the same text."""
    plain = tag.replace("\\(", "(").replace("\\)", ")")
    return normalised(plain if plain in KAOMOJI else plain.replace("_", " ")).casefold()


def chosen(found: Iterable[Tag], rules: Rules) -> list[str]:
    """The tags that pass, in order, as they are written in a caption."""
    passing = [tag for tag in found if not rules.bars(tag.name)]
    limits = {"general": rules.general, "character": rules.character}
    kept = [tag for tag in passing if tag.category in limits and tag.score >= limits[tag.category]]
    kept.sort(key=lambda tag: -tag.score)
    if rules.most:
        kept = kept[: rules.most]
    if rules.order == "character":
        kept.sort(key=lambda tag: tag.category != "character")
    elif rules.order == "alphabet":
        kept.sort(key=lambda tag: tag.name.casefold())
    if rules.ratings:
        kept += sorted((tag for tag in passing if tag.category == "rating"), key=lambda tag: -tag.score)[:1]
    return [written(tag.name, rules) for tag in kept]


def written(tag: str, rules: Rules) -> str:
    """A tag of the model's list as it is written in a caption."""
    text = tag.replace("_", " ") if rules.spaces and tag not in KAOMOJI else tag
    # A comma within a tag would make two of it.
    text = normalised(text.replace(",", " "))
    return text.replace("(", "\\(").replace(")", "\\)") if rules.escape else text


def text_of(found: Described, rules: Rules) -> str:
    """The caption that a model proposes for a picture; empty where it found nothing that passes."""
    return joined(chosen(found.tags, rules)) if found.tags else normalised(found.words)


def merged(old: str, new: str, how: How) -> str:
    """The caption of a picture once the proposed one has come; the old one where that adds nothing."""
    if not new or (how == "fill" and old.strip()):
        return old
    if how != "append" or not old.strip():
        return new
    if style_of(old) == style_of(new) == "tags":
        known = {compared(tag) for tag in tags(old)}
        more = [tag for tag in tags(new) if compared(tag) not in known]
        return joined([old.rstrip().rstrip(",，、"), *more]) if more else old
    if normalised(new).casefold() in normalised(old).casefold():
        return old
    ended = old.rstrip().endswith((".", "!", "?", "。", "！", "？"))
    return f"{old.rstrip()} {new}" if ended else f"{old.rstrip().rstrip(',')}, {new}"


def captions_of(
    found: Mapping[str, Described],
    old: Mapping[str, str],
    rules: Rules,
    how: How,
    check: Callable[[], None] = lambda: None,
) -> dict[str, str]:
    """New captions by the picture's name, of those alone that change. `old` are the captions of now; pictures that it
    lacks are left out. `check` is called now and then, and may raise to end it."""
    changed = {}
    for number, (name, described) in enumerate(found.items()):
        if not number % 100:
            check()
        before = old.get(name)
        if before is None:
            continue
        after = merged(before, text_of(described, rules), how)
        if after != before:
            changed[name] = after
    return changed
