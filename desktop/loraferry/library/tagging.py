"""Edits of tags in many captions at once; each returns the captions that change, by the picture's name.

A tag is what lies between two commas, and counts as the same however it is written (`plain_tag`). What is not touched
stays as it is written: commas of any kind, line ends, underscores. Prose is left alone, but for words added to it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from loraferry.library.captioned import KAOMOJI
from loraferry.library.query import plain_tag
from loraferry.library.text_index import plain_tags, reads_as_prose
from loraferry_core.dataset.caption import has_trigger, normalised

Captions = Mapping[str, str]
At = Literal["front", "back"] | int
"""Where tags are added: an index from 0 on is a place among the tags there are."""

_COMMA = re.compile(r"([^\S\n]*[,，、][^\S\n]*\n?|[^\S\n]*\n)")
_UNUSUAL = re.compile(r"[，、]|, ,|[^\S ]|  ")
_NOT_PLAIN = re.compile(r"[_\\.!?。！？，、\t\r\n\x00-\x1f\x7f-\xa0\u3000]")
"""What has more to it than words and commas."""
_WORDS = 3
"""In a tag, on average; with more a caption may be prose."""
_ENDED = (".", "!", "?", "。", "！", "？")
USUAL_COMMA = ", "


@dataclass(slots=True)
class Tags:
    """A caption of tags, to be taken apart and put together: `commas[i]` stands between `parts[i]` and the next."""

    parts: list[str]
    commas: list[str]

    @classmethod
    def of(cls, caption: str) -> "Tags":
        """The tags of a caption; empty ones are left out."""
        caption = caption.strip()
        usual = caption.count(",") == caption.count(USUAL_COMMA) and caption.strip(",") == caption
        if usual and not _UNUSUAL.search(caption):
            parts = caption.split(USUAL_COMMA) if caption else []
            return cls(parts, [USUAL_COMMA] * (len(parts) - 1))
        pieces = _COMMA.split(caption)
        tags = cls([], [])
        for place in range(0, len(pieces), 2):
            part = pieces[place].strip()
            if part:
                if tags.parts:
                    tags.commas.append(pieces[place - 1])
                tags.parts.append(part)
        return tags

    @property
    def text(self) -> str:
        """The caption."""
        if self.commas.count(USUAL_COMMA) == len(self.commas):
            return USUAL_COMMA.join(self.parts)
        return "".join(text for pair in zip(self.parts, [*self.commas, ""], strict=True) for text in pair)

    @property
    def comma(self) -> str:
        """What new tags are set apart with."""
        return self.commas[0] if self.commas and "\n" not in self.commas[0] else USUAL_COMMA

    @property
    def underscored(self) -> bool:
        """Whether words within tags are joined by underscores here."""
        joined = sum("_" in part and part not in KAOMOJI for part in self.parts)
        return joined > sum(" " in part for part in self.parts)

    def insert(self, place: int, part: str) -> None:
        """Put a tag before the one at `place`, or behind the last."""
        if self.parts:
            self.commas.insert(min(place, len(self.commas)), self.comma)
        self.parts.insert(place, part)

    def delete(self, place: int) -> None:
        """Take out the tag at `place`, and the comma behind it or, for the last, before it."""
        del self.parts[place]
        if self.commas:
            del self.commas[min(place, len(self.commas) - 1)]


def tags_of(caption: str) -> list[str]:
    """The tags of a caption in order as they are written, repetitions too."""
    return Tags.of(caption).parts


def written_like(tag: str, tags: Tags) -> str:
    """A tag with spaces or underscores, as its neighbours have them."""
    if tag in KAOMOJI:
        return tag
    return tag.replace(" ", "_") if tags.underscored else tag


def _changed(captions: Captions, edit: Callable[[str], str]) -> dict[str, str]:
    found = {}
    for name, before in captions.items():
        after = edit(before)
        if after != before:
            found[name] = after
    return found


def _edited(captions: Captions, edit: Callable[[Tags], bool], having: Collection[str] | None = None) -> dict[str, str]:
    """For captions of tags alone, that have one of some; `edit` says whether it changed anything."""

    def one(caption: str) -> str:
        if having is not None and _has_none(caption, having):
            return caption
        tags = Tags.of(caption)
        if reads_as_prose(caption, tuple(tags.parts)):
            return caption
        return tags.text if edit(tags) else caption

    return _changed(captions, one)


def _has_none(caption: str, tags: Collection[str]) -> bool:
    """Whether a quick look is enough to see that a caption has none of these; False says nothing."""
    small = caption.lower()
    return "_" not in small and "\\" not in small and not any(tag in small for tag in tags)


def added(captions: Captions, new: Sequence[str], at: At = "back") -> dict[str, str]:
    """Tags that a caption does not have yet, at one place of it. In prose they stand before or behind all else."""
    wanted = [(tag, plain_tag(tag)) for tag in new if plain_tag(tag)]

    together = USUAL_COMMA.join(tag for tag, _ in wanted)

    def one(caption: str) -> str:
        if together and isinstance(at, str) and _has_surely_none(caption, wanted):
            return f"{together}, {caption}" if at == "front" else f"{caption}, {together}"
        known = plain_tags(caption)
        if reads_as_prose(caption, known):
            return _beside_prose(caption, [tag for tag, _ in wanted], front=at == "front")
        missing = [tag for tag, plain in wanted if plain not in known]
        if not missing:
            return caption
        return _with(caption, missing, at)

    return _changed(captions, one)


def _has_surely_none(caption: str, tags: Sequence[tuple[str, str]]) -> bool:
    """Whether a quick look is enough: short tags with the usual commas and spaces, without the letters of these."""
    commas = caption.count(USUAL_COMMA)
    words = caption.count(" ") + 1 - commas
    if caption.count(",") != commas or words > _WORDS * (commas + 1) or _NOT_PLAIN.search(caption):
        return False
    if caption.strip(" ,") != caption or not caption or "  " in caption or ", ," in caption:
        return False
    small = caption.lower()
    return not any(plain in small for _, plain in tags)


def _with(caption: str, missing: Sequence[str], at: At) -> str:
    tags = Tags.of(caption)
    count = len(tags.parts)
    place = {"front": 0, "back": count}[at] if isinstance(at, str) else min(max(at, 0), count)
    for tag in reversed(missing):
        tags.insert(place, written_like(tag, tags))
    return tags.text


def _beside_prose(caption: str, new: Sequence[str], *, front: bool) -> str:
    missing = [tag for tag in new if not has_trigger(caption, tag)]
    if not missing:
        return caption
    words = USUAL_COMMA.join(missing)
    if front:
        return f"{words}, {caption.lstrip()}"
    text = caption.rstrip()
    return f"{text} {words}" if text.endswith(_ENDED) else f"{text}, {words}"


def removed(captions: Captions, old: Iterable[str]) -> dict[str, str]:
    """Without some tags."""
    gone = {plain_tag(tag) for tag in old}

    def edit(tags: Tags) -> bool:
        places = [place for place, part in enumerate(tags.parts) if plain_tag(part) in gone]
        for place in reversed(places):
            tags.delete(place)
        return bool(places)

    return _edited(captions, edit, gone)


def merged(captions: Captions, old: Iterable[str], new: str) -> dict[str, str]:
    """With `new` in the place of the first of some tags, and without the others. `new` may be several, with commas;
    of those that a caption has already, its own stays where it is first."""
    into = [(tag, plain_tag(tag)) for tag in tags_of(new)]
    gone = {plain_tag(tag) for tag in old}

    def edit(tags: Tags) -> bool:
        before = list(tags.parts)
        places = [place for place, part in enumerate(before) if plain_tag(part) in gone]
        if not places:
            return False
        for place in reversed(places):
            tags.delete(place)
        known = {plain_tag(part) for part in tags.parts}
        for tag, plain in reversed(into):
            if plain not in known:
                tags.insert(places[0], written_like(tag, tags))
        return tags.parts != before

    return _edited(captions, edit, gone)


def marked(captions: Captions, tag: str, yes: bool) -> dict[str, str]:
    """With a tag behind all others where it is missing, or without it."""
    return added(captions, (tag,)) if yes else removed(captions, (tag,))


def without_repetitions(captions: Captions) -> dict[str, str]:
    """Each tag once, where it is first."""

    def edit(tags: Tags) -> bool:
        seen: set[str] = set()
        twice = []
        for place, part in enumerate(tags.parts):
            plain = plain_tag(part)
            if plain in seen:
                twice.append(place)
            seen.add(plain)
        for place in reversed(twice):
            tags.delete(place)
        return bool(twice)

    return _edited(captions, edit)


Rank = Callable[[str], float | str]
"""What a tag (as `plain_tag` makes it) is sorted by; equal ones keep their order."""


def by_frequency(counts: Mapping[str, int]) -> Rank:
    """The most frequent tag first."""
    return lambda tag: -counts.get(tag, 0)


def by_list(wanted: Iterable[str]) -> Rank:
    """In the order of a list; what it lacks stays behind."""
    places = {plain_tag(tag): place for place, tag in reversed(list(enumerate(wanted)))}
    return lambda tag: places.get(tag, len(places))


def by_alphabet(tag: str) -> str:
    """From a to z."""
    return tag


def ordered(captions: Captions, rank: Rank, *, keep: int = 0, trigger: str = "") -> dict[str, str]:
    """In another order. Tags that hold the trigger, and the first `keep` others, stay in front in their order."""

    def edit(tags: Tags) -> bool:
        front = [part for part in tags.parts if trigger and has_trigger(part, trigger)]
        rest = [part for part in tags.parts if part not in front] if front else tags.parts
        after = [*front, *rest[:keep], *sorted(rest[keep:], key=lambda part: rank(plain_tag(part)))]
        moved = after != tags.parts
        tags.parts[:] = after
        return moved

    return _edited(captions, edit)


# --- one caption, by the places of its tags


def with_tag_at(caption: str, place: int, text: str) -> str:
    """The caption with other text in the place of one tag; empty text takes it out, commas make several of it."""
    tags = Tags.of(caption)
    tags.delete(place)
    for tag in reversed(tags_of(normalised(text.replace("\n", ",")))):
        tags.insert(place, tag)
    return tags.text


def with_tag_moved(caption: str, place: int, to: int) -> str:
    """The caption with one tag before that which is at `to` now, or behind the last."""
    tags = Tags.of(caption)
    part = tags.parts.pop(place)
    tags.parts.insert(to - (to > place), part)
    return tags.text
