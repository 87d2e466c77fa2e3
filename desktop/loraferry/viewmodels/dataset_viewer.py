"""One picture at a time, or a few side by side: which, what comes next, and what is decoded for them ahead of time."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from loraferry.library.edits import judged, starred
from loraferry.library.fields import Verdict
from loraferry.library.geometry import turned_size
from loraferry.library.items import Changes, Item
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_preview import whole_edge
from loraferry_core.dataset.buckets import Size

MOST_COMPARED = 4
_AHEAD = (1, 2, -1)
"""Which pictures are decoded ahead, in this order, seen in the direction one goes."""
_COMPARED_EDGE = 3600
"""Longer side in pixels up to which pictures are decoded to be compared: four of them must fit into memory."""


class Viewer(QObject):
    """Single pictures in the order in which they are shown. While it is active, verdicts bring the next one."""

    changed = Signal()
    """Another picture is current, or the current one has changed."""

    def __init__(self, hub: DatasetViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hub = hub
        self._active = False
        self._direction = 1
        self._before = -1
        hub.current_changed.connect(self._follow)
        hub.changed.connect(self._follow_changes)
        hub.visible_changed.connect(self._follow)

    @property
    def item(self) -> Item | None:
        """The picture that is seen."""
        return self.hub.current

    def set_active(self, active: bool) -> None:
        """Whether pictures are seen large now; only then neighbours are decoded ahead."""
        self._active = active
        if active:
            if self.hub.current is not None and len(self.hub.selected) > 1:
                self.hub.select([self.hub.current.name])
            self._follow()
        else:
            self.hub.preview.prepare(())

    def step(self, by: int) -> None:
        """On to another picture; stays within what is shown."""
        self.hub.step(by)

    def judge(self, verdict: Verdict) -> None:
        """Give the picture a verdict and bring the next; the same verdict again takes it back and stays."""
        item = self.hub.current
        if item is not None:
            self.hub.toggle(verdict)
            if item.verdict != verdict:
                self.hub.step(1)

    def rate(self, stars: int) -> None:
        """Give the picture stars and bring the next; as many again take them away and stay."""
        item = self.hub.current
        if item is not None:
            self.hub.give_stars(stars)
            if stars and item.stars != stars:
                self.hub.step(1)

    def sharpen(self) -> None:
        """The picture is magnified: have all its pixels decoded."""
        item = self.hub.current
        if item is not None:
            self.hub.preview.sharpen(item.name, whole_edge(shown_size(self.hub, item)))

    def _follow(self) -> None:
        if self._active:
            position = self.hub.position
            if position != self._before:
                self._direction = -1 if position < self._before else 1
            self._before = position
            grid = self.hub.grid
            rows = [position + ahead * self._direction for ahead in _AHEAD]
            near = [grid.item(row) for row in rows if position >= 0 and 0 <= row < grid.rowCount()]
            self.hub.preview.prepare([(item.name, item.path) for item in near if item.image_problem is None])
        self.changed.emit()

    def _follow_changes(self, changes: Changes) -> None:
        item = self.hub.current
        if item is not None and item.name in changes.names:
            self.changed.emit()


class Comparison(QObject):
    """Two to four pictures side by side; one of them is in front for the keys."""

    changed = Signal()
    """Other pictures are compared, or another is in front."""
    told = Signal()
    """What is known of the pictures has changed."""

    def __init__(self, hub: DatasetViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hub = hub
        self._names: tuple[str, ...] = ()
        self._front = 0
        hub.changed.connect(self._follow)
        hub.opened.connect(self.close)

    @property
    def items(self) -> tuple[Item, ...]:
        """The pictures, from left to right."""
        library = self.hub.library
        found = (library.item(name) for name in self._names) if library is not None else ()
        return tuple(item for item in found if item is not None)

    @property
    def front(self) -> int:
        """The place of the one in front."""
        return self._front

    def open(self) -> bool:
        """Compare what is selected, or the current picture with the next; whether there are two at least."""
        names: Sequence[str] = self.hub.selected[:MOST_COMPARED]
        position, grid = self.hub.position, self.hub.grid
        if len(names) == 1 and position >= 0:
            rows = (position, position + 1) if position + 1 < grid.rowCount() else (position - 1, position)
            names = [grid.item(row).name for row in rows if row >= 0]
        if len(names) < 2:
            return False
        self._names = tuple(names)
        current = self.hub.current
        self._front = self._names.index(current.name) if current is not None and current.name in self._names else 0
        self.hub.preview.prepare([(item.name, item.path) for item in self.items])
        self.changed.emit()
        return True

    def close(self) -> None:
        """Compare nothing any more."""
        if self._names:
            self._names = ()
            self.hub.preview.prepare(())
            self.changed.emit()

    def bring(self, place: int) -> None:
        """Bring a picture to the front; counts on around the ends."""
        if self.items:
            self._front = place % len(self.items)
            name = self.items[self._front].name
            # What was selected to be compared stays selected; panels show the one in front.
            self.hub.select([other for other in self._names if self.hub.grid.row_of(other) >= 0] or [name], name)
            self.changed.emit()

    def judge(self, verdict: Verdict, place: int | None = None) -> None:
        """Give one picture a verdict (the one in front), or take it back where it has that."""
        item = self._at(place)
        if item is not None:
            self.hub.save_caption()
            self.hub.apply(judged([item.name], "" if item.verdict == verdict else verdict))

    def rate(self, stars: int, place: int | None = None) -> None:
        """Give one picture stars, or take them away where it has as many."""
        item = self._at(place)
        if item is not None:
            self.hub.save_caption()
            self.hub.apply(starred([item.name], 0 if item.stars == stars else stars))

    def choose(self, place: int | None = None) -> None:
        """Keep one picture and reject the others, as one step that can be undone."""
        chosen = self._at(place)
        if chosen is not None:
            edit = judged([item.name for item in self.items], "reject")
            verdicts = {**edit.pictures["verdict"], chosen.name: "keep"}
            self.hub.save_caption()
            self.hub.apply(type(edit)(edit.label, {"verdict": verdicts}))

    def sharpen(self) -> None:
        """The pictures are magnified: have their pixels decoded."""
        for item in self.items:
            self.hub.preview.sharpen(item.name, min(whole_edge(shown_size(self.hub, item)), _COMPARED_EDGE))

    def _at(self, place: int | None) -> Item | None:
        items = self.items
        place = self._front if place is None else place
        return items[place] if 0 <= place < len(items) else None

    def _follow(self, changes: Changes) -> None:
        if self._names and changes.listed and len(self.items) < len(self._names):
            self._names = tuple(item.name for item in self.items)
            self._front = min(self._front, max(0, len(self._names) - 1))
            self.changed.emit()
        elif not changes.names.isdisjoint(self._names):
            self.told.emit()


def shown_size(hub: DatasetViewModel, item: Item) -> Size:
    """Width and height of a picture as it is shown, in its own pixels; (0, 0) until they are known."""
    held = hub.preview.picture(item.name)
    if held is not None:
        return held.size
    return turned_size((item.width, item.height), item.turn) if item.width and item.height else (0, 0)
