"""What pictures are called and captioned, ready to be searched: texts in small letters, and which pictures have a tag.

Follows edits in the time that the changed pictures take: `mark` them, and `work` when there is time.
"""

import re
import sys
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loraferry.library.items import Item
from loraferry_core.dataset.caption import style_of

_COMMAS = re.compile(r"[，、\n]")
_SENTENCE_SIGNS = re.compile(r"[.!?。！？]")
_TAGS_AT_MOST = 3
"""Words a part on average that are surely fewer than those of prose; between, `style_of` decides."""
_ODD_SPACE = re.compile(r"[^\S ]|  |[\x00-\x1f\x7f-\x9f]")
_NONE: tuple[str, ...] = ()


def plain_tags(caption: str) -> tuple[str, ...]:
    """`plain_tag` of all tags of a caption, in order and each once; the same parts as core's `tags`, but fast."""
    text = caption.lower()
    if "_" in text:
        text = text.replace("_", " ")
    if "\\" in text:
        text = text.replace("\\", "")
    text = _COMMAS.sub(",", text)
    if _ODD_SPACE.search(text):
        text = ",".join(" ".join(_ODD_SPACE.sub(" ", part).split()) for part in text.split(","))
    parts = dict.fromkeys(part.strip() for part in text.split(","))
    parts.pop("", None)
    return tuple(parts)


def reads_as_prose(caption: str, parts: tuple[str, ...]) -> bool:
    """What core's `style_of` says, at once where a look at the parts (`plain_tags`) is enough."""
    spaces = sum(part.count(" ") for part in parts)
    if len(parts) + spaces <= _TAGS_AT_MOST * len(parts) and not _SENTENCE_SIGNS.search(caption):
        return False
    return style_of(caption) == "prose"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of an index at one moment, by place."""

    items: list[Item]
    tags: list[tuple[str, ...]]
    captions: list[str]
    prose: bytes


class TextIndex:
    """The texts of `items`, by place. `items` is looked at, not copied; where others come, make another index.

    Prose has no tags: its parts between commas are no words that anybody would look for.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        count = len(items)
        self.names = [item.name.lower() for item in items]
        self.captions: list[str] = [""] * count
        """In small letters; empty where there is none or it was not read yet."""
        self._tags: list[tuple[str, ...]] = [_NONE] * count
        self._prose = bytearray(count)
        self._with: dict[str, array[int]] = {}
        self._due: dict[int, None] = {place: None for place, item in enumerate(items) if item.caption}

    def mark(self, places: Iterable[int]) -> None:
        """These pictures may have other captions now."""
        self._due.update(dict.fromkeys(places))

    @property
    def due(self) -> int:
        """How many pictures are marked and not looked at yet."""
        return len(self._due)

    def work(self, most: int | None = None) -> None:
        """Look at marked pictures, at most so many of them."""
        due = self._due
        if most is None or most >= len(due):
            places = list(due)
            due.clear()
        else:
            places = [place for _, place in zip(range(most), due, strict=False)]
            for place in places:
                del due[place]
        for place in places:
            self._look_at(place)

    def _look_at(self, place: int) -> None:
        caption = self.items[place].caption or ""
        text = caption.lower()
        if text == self.captions[place] and text:
            return
        # The caption itself where it has no capitals: most tags have none, and a copy of each costs memory.
        self.captions[place] = caption if text == caption else text
        after = plain_tags(caption)
        self._prose[place] = prose = reads_as_prose(caption, after)
        before, after = self._tags[place], _NONE if prose else after
        if before != after:
            self._move(place, before, after)

    def _move(self, place: int, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        after = tuple(sys.intern(tag) for tag in after)
        self._tags[place] = after
        old, new = set(before), set(after)
        for tag in old - new:
            having = self._with[tag]
            del having[bisect_left(having, place)]
            if not having:
                del self._with[tag]
        for tag in new - old:
            found = self._with.get(tag)
            if found is None:
                self._with[tag] = array("I", (place,))
            elif found[-1] < place:
                found.append(place)
            else:
                insort(found, place)

    # --- looking

    def snapshot(self) -> "Snapshot":
        """What is known now, for another thread: lists of their own with the same content."""
        return Snapshot(list(self.items), list(self._tags), list(self.captions), bytes(self._prose))

    def tags(self, place: int) -> tuple[str, ...]:
        """The tags of a picture."""
        return self._tags[place]

    def is_prose(self, place: int) -> bool:
        """Whether its caption is written in sentences."""
        return bool(self._prose[place])

    def with_tag(self, tag: str) -> Sequence[int]:
        """The places of pictures that have a tag (as `plain_tag` makes it), in order."""
        return self._with.get(tag, ())

    def all_tags(self) -> Iterable[str]:
        """All tags that occur."""
        return self._with.keys()

    def count(self, tag: str) -> int:
        """How many pictures have a tag."""
        return len(self._with.get(tag, ()))

    def counts(self) -> Mapping[str, int]:
        """How many pictures have each tag."""
        return {tag: len(places) for tag, places in self._with.items()}
