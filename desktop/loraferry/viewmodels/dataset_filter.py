"""Which pictures of the open folder are shown, and in which order: the query, its terms, saved filters, sorting."""

import random
from collections.abc import Callable, Iterable
from itertools import compress

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.edits import Edit
from loraferry.library.items import Changes
from loraferry.library.order import MEASURED, Order, Ordered, OrderKey, is_known, ordered
from loraferry.library.query_completion import Completion, completions
from loraferry.library.query_parser import Parsed, parse
from loraferry.library.query_terms import holds, toggled
from loraferry.library.search import Search, wants_tokens
from loraferry.library.text_index import TextIndex
from loraferry.library.trained_sizes import Training
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_tokens import TokenCounting
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.families import FAMILIES

SLICE = 100
"""Captions that are looked at between two frames: some milliseconds."""
MANY = 20_000
"""With more pictures than that a search waits for a short pause in typing."""
PAUSE_MS = 120
RESORT_MS = 1000
"""What is measured in the background changes the order at most so often."""


def training_of(plan: PlanViewModel) -> Training:
    """What the plan trains."""
    config = plan.config
    return Training(config.dataset.resolution, FAMILIES[config.base.family].bucket_step)


class DatasetFilter(QObject):
    """Tells the hub what to show. A picture that an edit takes out of what is asked for stays as long as it is selected,
    so that nothing vanishes under somebody's hands; and an edit moves no picture to another place until `sort_again`."""

    changed = Signal()
    """Another query, or other pictures that it finds."""
    order_changed = Signal()
    saved_changed = Signal()

    def __init__(
        self,
        hub: DatasetViewModel,
        tasks: Runner,
        settings: SettingsViewModel,
        plan: PlanViewModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hub, self._tasks, self._settings, self._plan = hub, tasks, settings, plan
        self.order = Order(settings.value.dataset_order, settings.value.dataset_descending)
        self.parsed = Parsed("")
        self.limit_label = ""
        """What the pictures are that a search is limited to; empty where it is not."""
        self._limit: frozenset[str] | None = None
        self._search = Search(TextIndex(()))
        self._ordered: Ordered | None = None
        self._sorting: Task[Ordered] | None = None
        self._found: list[int] = []
        self._shown: list[int] = []
        self._held: frozenset[int] = frozenset()
        self._everything = True
        self._uncounted = True
        self.tokens = TokenCounting(tasks, self)
        self._search.tokens = self.tokens.counts
        self._slice = _timer(self, 0, self._work_on)
        self._pause = _timer(self, PAUSE_MS, self._find)
        self._resort = _timer(self, RESORT_MS, self._sort)
        self.tokens.counted.connect(self._take_tokens)
        hub.opened.connect(self._open)
        hub.changed.connect(self._follow)
        hub.selection_changed.connect(self._let_go)
        plan.changed.connect(self._aim)
        self._aim()
        self._open()

    # --- the query

    @property
    def text(self) -> str:
        """The query as typed."""
        return self.parsed.text

    def set_text(self, text: str, *, typing: bool = False) -> None:
        """Search for something else. `typing`: the last word may be unfinished."""
        if text == self.text and (typing or not self.parsed.typing):
            return
        self.parsed = parse(text, typing=typing)
        if typing and self.total > MANY:
            self._pause.start()
            self.changed.emit()
        else:
            self._find()

    def remove(self, index: int) -> None:
        """Take one term out of the query."""
        self.set_text(self.parsed.without(self.parsed.terms[index : index + 1]))

    def toggle(self, query: str) -> None:
        """Add terms to the query, or take them out where they are in it."""
        self.set_text(toggled(self.text, query))

    def holds(self, query: str) -> bool:
        """Whether all terms of `query` are in the present one."""
        return holds(self.text, query)

    def limit(self, names: Iterable[str] | None, label: str = "") -> None:
        """Search among these pictures alone, as a preview of something does; None: among all again. `label` says what
        they are, in the user's language."""
        self._limit = None if names is None else frozenset(names)
        self.limit_label = "" if names is None else label
        self._find()

    def clear(self) -> None:
        """Show everything."""
        self._limit, self.limit_label = None, ""
        self.parsed = Parsed("")
        self._find()

    def complete(self, text: str, cursor: int) -> list[Completion]:
        """What the word before the cursor may become."""
        return completions(text, cursor, self._search.index, self._search.project)

    @property
    def filtering(self) -> bool:
        """Whether anything is asked for."""
        return self.parsed.node is not None or self._limit is not None

    @property
    def count(self) -> int:
        """How many pictures are shown."""
        return len(self._shown)

    @property
    def total(self) -> int:
        """How many pictures there are."""
        return len(self._search.index.items)

    @property
    def busy(self) -> bool:
        """Whether what is shown may still change without anybody doing anything."""
        return self._slice.isActive() or self._pause.isActive() or self._sorting is not None or self.tokens.busy

    @property
    def shown(self) -> list[int]:
        """Places of the pictures that are shown, in order."""
        return self._shown

    @property
    def index(self) -> TextIndex:
        """Names, captions and tags of the open folder. What is marked in it is looked at in the background."""
        return self._search.index

    @property
    def training(self) -> Training:
        """What decides on buckets."""
        return self._search.training

    # --- saved filters

    @property
    def saved(self) -> tuple[tuple[str, str], ...]:
        """(title, query) of the project's filters."""
        return self._hub.project.filters

    def save(self, title: str) -> None:
        """Keep the present query under a title; one of the same title is replaced."""
        others = [pair for pair in self.saved if pair[0] != title]
        self._keep((*others, (title, self.text)))

    def forget(self, title: str) -> None:
        """Delete a saved filter."""
        self._keep(tuple(pair for pair in self.saved if pair[0] != title))

    def _keep(self, filters: tuple[tuple[str, str], ...]) -> None:
        self._hub.apply(Edit("filters", project={"filters": filters}))

    # --- the order

    def set_order(self, key: OrderKey) -> None:
        """Sort by something else."""
        self._reorder(Order(key, self.order.descending, self.order.seed))

    def set_descending(self, descending: bool) -> None:
        """The largest, newest, best first; or last."""
        self._reorder(Order(self.order.key, descending, self.order.seed))

    def shuffle(self) -> None:
        """Another random order."""
        self._reorder(Order("random", self.order.descending, random.randrange(1, 2**31)))

    def sort_again(self) -> None:
        """Give pictures that were edited since their new places."""
        self._sort()

    def _reorder(self, order: Order) -> None:
        if order == self.order:
            return
        self.order = order
        self._settings.update(dataset_order=order.key, dataset_descending=order.descending)
        self.order_changed.emit()
        self._sort()

    def _sort(self) -> None:
        self._resort.stop()
        if self._sorting is not None:
            self._sorting.cancel()
            self._sorting = None
        index, order, project, tokens = self._search.index, self.order, self._search.project, self.tokens.counts
        if order.key == "tokens":
            self.count_tokens()
        if order == Order() or not index.items:
            self._ordered = None
            self._put()
            return
        items = list(index.items)

        def sort(token: CancelToken) -> Ordered:
            return ordered(items, order, project, tokens, token.check)

        task = self._tasks.run(sort, success=self._take_order)
        self._sorting = None if task.done else task

    def _take_order(self, found: Ordered) -> None:
        self._sorting = None
        if len(found.places) == self.total:
            self._ordered = found
            self._put()

    # --- following the hub

    def _open(self) -> None:
        """Another folder: what was looked for in the last one is forgotten, the order is not."""
        self._limit, self.limit_label = None, ""
        self.parsed = Parsed("")
        self._list()
        self.saved_changed.emit()

    def _list(self) -> None:
        library = self._hub.library
        self._search.index = TextIndex(() if library is None else library.items)
        self._shown = list(range(self.total))
        self._search.project = self._hub.project
        self._ordered = None
        self._held = frozenset()
        self._everything = self._uncounted = True
        self._slice.start()
        self._find()
        self._sort()

    def _follow(self, changes: Changes) -> None:
        if changes.project:
            self._search.project = self._hub.project
            self.saved_changed.emit()
        library = self._hub.library
        if library is not None and library.items is not self._search.index.items:
            self._list()
            return
        if library is None or not changes.names:
            return
        places = [place for name in changes.names if (place := library.place(name)) is not None]
        self._search.index.mark(places)
        self._uncounted = True
        self._slice.start()
        self._note_measures(places)

    def _note_measures(self, places: list[int]) -> None:
        """Sort again soon, where pictures got a place that had none."""
        before = self._ordered
        if before is None or self.order.key not in MEASURED or self._resort.isActive():
            return
        unknown = set(before.places[before.known :])
        items, project, tokens = self._search.index.items, self._search.project, self.tokens.counts
        if any(place in unknown and is_known(items[place], self.order, project, tokens) for place in places):
            self._resort.start()

    def _work_on(self) -> None:
        index = self._search.index
        index.work(SLICE)
        if index.due:
            self._slice.start()
        elif self.filtering:
            self._find(keep=True)
        else:
            self.changed.emit()

    def _take_tokens(self) -> None:
        if wants_tokens(self.parsed.node):
            self._find(keep=True)
        if self.order.key == "tokens":
            self._sort()

    def count_tokens(self) -> None:
        """Have the tokens of all captions counted that are not known yet; `tokens.counted` tells when there are more."""
        if self._uncounted:
            self._uncounted = False
            self.tokens.want(item.caption for item in self._search.index.items)

    def _aim(self) -> None:
        training = training_of(self._plan)
        if training != self._search.training:
            self._search.training = training
            self._find(keep=True)

    # --- finding and showing

    def _find(self, *, keep: bool = False) -> None:
        """Search, and show what is found. With `keep` selected pictures that are shown stay, found or not."""
        self._pause.stop()
        search = self._search
        if wants_tokens(self.parsed.node):
            self.count_tokens()
        among = self._limited()
        self._found = search.find(self.parsed.node, among)
        self._held = frozenset()
        if keep and self.filtering:
            selected = self._selected().intersection(self._shown)
            self._held = frozenset(selected.difference(self._found)) if selected else frozenset()
        self._put()
        self.changed.emit()

    def _limited(self) -> list[int] | None:
        library = self._hub.library
        if self._limit is None or library is None:
            return None
        return sorted(place for name in self._limit if (place := library.place(name)) is not None)

    def _selected(self) -> set[int]:
        library = self._hub.library
        if library is None:
            return set()
        return {place for name in self._hub.selected if (place := library.place(name)) is not None}

    def _put(self) -> None:
        """Show what was found, in the present order."""
        total = self.total
        everything = not self.filtering and self._ordered is None
        if everything:
            shown = list(range(total))
        elif not self.filtering and self._ordered is not None:
            shown = self._ordered.places
        elif self._ordered is None:
            shown = sorted({*self._found, *self._held}) if self._held else self._found
        else:
            mask = bytearray(total)
            for place in (*self._found, *self._held):
                mask[place] = 1
            shown = list(compress(self._ordered.places, map(mask.__getitem__, self._ordered.places)))
        if shown == self._shown and everything == self._everything:
            return
        self._shown, self._everything = shown, everything
        self._hub.show_places(None if everything else shown)

    def _let_go(self) -> None:
        """Somebody has moved on: what was only shown because it was selected may go."""
        if self._held and not self._held <= self._selected():
            self._slice.start()


def _timer(owner: QObject, milliseconds: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(slot)
    return timer
