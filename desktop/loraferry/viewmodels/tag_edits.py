"""Tags of the set and of the selection, and their edits over many captions, each one step of the history."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from PySide6.QtCore import QObject, Signal

from loraferry.library import tagging
from loraferry.library.edits import Label, captioned
from loraferry.library.items import Changes
from loraferry.library.query import plain_tag
from loraferry.library.text_index import plain_tags, reads_as_prose
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry_core.dataset.caption import style_of

Order = Literal["frequency", "alphabet"]
Scope = Literal["selected", "shown", "all"]
LOOKED_AT = 2000
"""Captions that are taken apart at once; for more the index, which follows a little later, is asked."""
SCOPES: tuple[Scope, ...] = ("selected", "shown", "all")


class TagEdits(QObject):
    """Captions that are still being read wait: an edit over the set is done when they are there."""

    changed = Signal()
    """Tags of the set or of the selection may be others."""

    def __init__(self, hub: DatasetViewModel, search: DatasetFilter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub, self._filter = hub, search
        hub.changed.connect(self._follow)
        hub.selection_changed.connect(self.changed)
        hub.opened.connect(self.changed)
        search.changed.connect(self.changed)

    # --- looking

    def of_set(self) -> list[tuple[str, int]]:
        """The tags of all pictures with how many have each, the most common first."""
        counts: Mapping[str, int] = self._filter.index.counts()
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    def of_selection(self) -> tuple[list[tuple[str, int]], int]:
        """The tags of the selected pictures with how many have each, and how many are selected. Those of one picture
        are in its order, as it is typed now; of several, those of the current one come first."""
        names, current = self._hub.selected, self._hub.caption
        own = tagging.tags_of(current) if style_of(current) == "tags" else []
        if len(names) <= 1:
            return [(tag, 1) for tag in own], len(names)
        counts = self._counted(names)
        written = {plain_tag(tag): tag for tag in reversed(own)}
        first = [tag for tag in dict.fromkeys(map(plain_tag, own)) if tag in counts]
        rest = sorted((tag for tag in counts if tag not in written), key=lambda tag: (-counts[tag], tag))
        return [(written.get(tag, tag), counts[tag]) for tag in (*first, *rest)], len(names)

    def _counted(self, names: Sequence[str]) -> Counter[str]:
        """How many of these pictures have each tag (as `plain_tag` makes it)."""
        library, index = self._hub.library, self._filter.index
        counts: Counter[str] = Counter()
        places = [] if library is None else [place for name in names if (place := library.place(name)) is not None]
        if len(places) > LOOKED_AT:
            for place in places:
                counts.update(index.tags(place))
            return counts
        for place in places:
            caption = index.items[place].caption or ""
            known = plain_tags(caption)
            if not reads_as_prose(caption, known):
                counts.update(known)
        return counts

    def captions(self, scope: Scope) -> dict[str, str]:
        """Captions by the picture's name."""
        library = self._hub.library
        if library is None:
            return {}
        if scope == "all":
            return {item.name: item.caption or "" for item in library.items}
        names = self._hub.selected if scope == "selected" else self._hub.visible
        return {name: item.caption or "" for name in names if (item := library.item(name)) is not None}

    # --- editing

    def add(self, tags: Sequence[str], scope: Scope = "selected", at: tagging.At = "back") -> None:
        """Put tags into captions that lack them."""
        self._change(scope, lambda captions: tagging.added(captions, tags, at))

    def add_to(self, names: Sequence[str], tags: Sequence[str]) -> None:
        """Put tags into the captions of some pictures, as dropping them there does."""
        library = self._hub.library
        if library is None:
            return
        captions = {name: item.caption or "" for name in names if (item := library.item(name)) is not None}
        self._apply(tagging.added(captions, tags))

    def has(self, name: str, tag: str) -> bool | None:
        """Whether a picture has a tag; None where its caption is prose, or was not read yet."""
        library = self._hub.library
        item = library.item(name) if library is not None else None
        if item is None or item.caption is None or style_of(item.caption) == "prose":
            return None
        return plain_tag(tag) in map(plain_tag, tagging.tags_of(item.caption))

    def mark(self, name: str, tag: str, yes: bool) -> None:
        """Give a picture a tag, or take it away."""
        library = self._hub.library
        item = library.item(name) if library is not None else None
        if item is not None and item.caption is not None:
            self._apply(tagging.marked({name: item.caption}, tag, yes))

    def remove(self, tags: Sequence[str], scope: Scope = "selected") -> None:
        """Take tags out of captions."""
        self._change(scope, lambda captions: tagging.removed(captions, tags))

    def rename(self, old: Sequence[str], new: str, scope: Scope = "all") -> None:
        """Call tags by another name; several become one."""
        self._change(scope, lambda captions: tagging.merged(captions, old, new))

    def reorder(self, order: Order, scope: Scope, keep: int = 0) -> None:
        """Sort the tags of captions: the most common first, or by the alphabet. The trigger stays in front."""
        rank = tagging.by_frequency(dict(self.of_set())) if order == "frequency" else tagging.by_alphabet
        self.sort(rank, scope, keep)

    def sort(self, rank: tagging.Rank, scope: Scope, keep: int = 0) -> None:
        """Sort the tags of captions by a rank. The trigger stays in front."""
        trigger = self._hub.project.trigger
        self._change(scope, lambda captions: tagging.ordered(captions, rank, keep=keep, trigger=trigger))

    def tidy(self, scope: Scope) -> None:
        """Leave each tag of a caption only once."""
        self._change(scope, tagging.without_repetitions)

    def rewrite(self, place: int, text: str) -> None:
        """Put other text in the place of one tag of the current caption; empty: take it out."""
        self._change_current(lambda caption: tagging.with_tag_at(caption, place, text))

    def move(self, place: int, to: int) -> None:
        """Put one tag of the current caption before another."""
        self._change_current(lambda caption: tagging.with_tag_moved(caption, place, to))

    def _change_current(self, change: Callable[[str], str]) -> None:
        self._hub.save_caption()
        item = self._hub.current
        if item is not None and item.caption is not None:
            self._apply({item.name: change(item.caption)}, "caption")

    def _change(self, scope: Scope, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        self._hub.save_caption()
        self._hub.when_read(lambda: self._apply(change(self.captions(scope))))

    def _apply(self, captions: Mapping[str, str], label: Label = "captions") -> None:
        if captions:
            self._hub.save_caption()
            self._hub.apply(captioned(captions, label))

    def _follow(self, changes: Changes) -> None:
        if changes.names or changes.listed:
            self.changed.emit()
