"""Edits of tags over many captions: each takes captions by the picture's name and gives those that change.

Captions of sentences are left alone, but that a tag may be put in front of them or behind them as words.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from loraferry_core.dataset.caption import joined, style_of, tags

Captions = Mapping[str, str]
Place = Literal["front", "back"]
Order = Literal["frequency", "alphabet", "list"]


def add(captions: Captions, tag: str, place: Place = "back") -> dict[str, str]:
    """With a tag at the front or the back, where it is not among them yet."""
    tag = tag.strip()
    if not tag:
        return {}
    return _changed(captions, lambda text: _with(text, tag, place))


def _with(text: str, tag: str, place: Place) -> str:
    if not text.strip():
        return tag
    if tag.casefold() in (own.casefold() for own in tags(text)):
        return text
    if style_of(text) == "prose":
        return f"{tag}, {text}" if place == "front" else f"{text.rstrip()} {tag}"
    parts = list(tags(text))
    return joined([tag, *parts] if place == "front" else [*parts, tag])


def remove(captions: Captions, gone: Iterable[str]) -> dict[str, str]:
    """Without some tags."""
    folded = {tag.casefold() for tag in gone}
    return _tagged(captions, lambda parts: [tag for tag in parts if tag.casefold() not in folded])


def rename(captions: Captions, old: Iterable[str], new: str) -> dict[str, str]:
    """With another tag in the place of some, which so become one; an empty one removes them."""
    folded = {tag.casefold() for tag in old}
    new = new.strip()

    def renamed(parts: list[str]) -> list[str]:
        found = [new if tag.casefold() in folded else tag for tag in parts]
        return [tag for tag in dict.fromkeys(found) if tag]

    return _tagged(captions, renamed)


def replace_tags(captions: Captions, parts: Sequence[str]) -> dict[str, str]:
    """With these tags and no others, in this order."""
    text = joined([tag for tag in dict.fromkeys(part.strip() for part in parts) if tag])
    return _changed(captions, lambda _: text)


def reorder(captions: Captions, order: Order, listed: Sequence[str] = (), keep: int = 0) -> dict[str, str]:
    """With the tags sorted: by how often they are in the set, by the alphabet, or as in a list, others behind. The
    first `keep` tags stay where they are."""
    counts = frequencies(captions.values())
    places = {tag.casefold(): place for place, tag in enumerate(listed)}

    def key(tag: str) -> tuple[float, str]:
        if order == "frequency":
            return -counts[tag], tag.casefold()
        if order == "list":
            return places.get(tag.casefold(), len(places)), ""
        return 0, tag.casefold()

    return _tagged(captions, lambda parts: [*parts[:keep], *sorted(parts[keep:], key=key)])


def toggle(text: str, tag: str, on: bool) -> str:
    """One caption with or without a tag."""
    changed = add({"": text}, tag) if on else remove({"": text}, [tag])
    return changed.get("", text)


def has(text: str, tag: str) -> bool:
    """Whether a caption has the tag."""
    return tag.casefold() in (own.casefold() for own in tags(text))


def frequencies(captions: Iterable[str]) -> Counter[str]:
    """How many captions have each tag; those of sentences have none."""
    counts: Counter[str] = Counter()
    for text in captions:
        if style_of(text) == "tags":
            counts.update(tags(text))
    return counts


def shared(captions: Sequence[str]) -> list[tuple[str, int]]:
    """The tags of some captions with how many of them have it, the most common first, then in their order."""
    counts = frequencies(captions)
    places = {tag: place for place, tag in reversed(list(enumerate(counts)))}
    return sorted(counts.items(), key=lambda pair: (-pair[1], places[pair[0]]))


def _tagged(captions: Captions, change: Callable[[list[str]], list[str]]) -> dict[str, str]:
    """Captions of tags after a change of their tags."""

    def changed(text: str) -> str:
        if style_of(text) != "tags":
            return text
        before = list(tags(text))
        after = change(before)
        return text if after == before else joined(after)

    return _changed(captions, changed)


def _changed(captions: Captions, change: Callable[[str], str]) -> dict[str, str]:
    found = {}
    for name, text in captions.items():
        after = change(text)
        if after != text:
            found[name] = after
    return found
