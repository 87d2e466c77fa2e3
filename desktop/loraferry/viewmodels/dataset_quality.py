"""Sorting out by what was measured: each rule says what it would reject before anything happens."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.library.duplicates import NEAR, Group, Groups, Twin, find_groups
from loraferry.library.edits import judged
from loraferry.library.rules import RULES, Ranking, RuleId, rank
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.tasks import Runner, Task

PAUSE_MS = 300
"""What is measured or judged meanwhile is ranked so often at most, and less often where there are very many."""
PICTURES_A_MS = 50
"""Ranking takes a third of that."""
_LINE = "curating"


class DatasetQuality(QObject):
    """Ranks while somebody looks (`watch`); the verdict is always the person's, and one step of the history."""

    changed = Signal()
    """A rule names other pictures."""
    groups_changed = Signal()
    """Other groups were found, or the search for them began or ended."""

    def __init__(
        self, hub: DatasetViewModel, search: DatasetFilter, tasks: Runner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.hub, self._filter, self._tasks = hub, search, tasks
        self.thresholds: dict[RuleId, float] = {rule.id: rule.usual for rule in RULES}
        self.near = NEAR
        self.mirrored = False
        self._rankings: Mapping[RuleId, Ranking] = {rule.id: Ranking(rule) for rule in RULES}
        self._found = Groups()
        self._left_alone: set[frozenset[str]] = set()
        self._chosen: dict[frozenset[str], str] = {}
        self._watched = False
        self._ranking: Task[Mapping[RuleId, Ranking]] | None = None
        self._grouping: Task[Groups] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._refresh)
        hub.opened.connect(self._start_over)
        hub.changed.connect(self._follow)
        hub.measuring.changed.connect(self._follow)
        search.changed.connect(self._follow)

    def watch(self, on: bool) -> None:
        """Whether somebody looks."""
        self._watched = on
        if on:
            self._refresh()

    def _follow(self) -> None:
        if self._watched and not self._pause.isActive():
            self._pause.start(PAUSE_MS + self.hub.counts.total // PICTURES_A_MS)

    def _start_over(self) -> None:
        """Another folder: what was decided in the last one holds there alone."""
        self._left_alone.clear()
        self._chosen.clear()
        self._follow()

    def _refresh(self) -> None:
        if not self._watched:
            return
        self._rank()
        # Comparing each with each again after every few pictures would take more time than measuring them.
        if not self.hub.measuring.busy or self.hub.measuring.paused or not self._found.groups:
            self._find_groups()

    # --- rules

    def set_threshold(self, rule: RuleId, value: float) -> None:
        """Name more or fewer pictures."""
        self.thresholds[rule] = value
        self.changed.emit()

    def count(self, rule: RuleId) -> int:
        """How many pictures a rule would reject now."""
        return self._rankings[rule].count(self.thresholds[rule])

    def named(self, rule: RuleId, most: int | None = None) -> tuple[str, ...]:
        """Those pictures, the worst first; at most so many."""
        return self._rankings[rule].named(self.thresholds[rule], most)

    def show(self, rule: RuleId, label: str) -> None:
        """Show exactly those."""
        self._filter.limit(self.named(rule), label)

    def reject(self, rule: RuleId) -> None:
        """Reject them."""
        self._judge(self.named(rule))

    def _judge(self, names: Iterable[str]) -> None:
        """Reject, and say so at once."""
        self.hub.apply(judged(names, "reject"))
        self._pause.stop()
        self._refresh()

    def _rank(self) -> None:
        if self._ranking is not None:
            self._ranking.cancel()
        library = self.hub.library
        items, training = (list(library.items) if library is not None else []), self._filter.training
        task = self._tasks.run(
            lambda token: rank(items, training, token.check), success=self._take_rankings, executor=_LINE
        )
        self._ranking = None if task.done else task

    def _take_rankings(self, rankings: Mapping[RuleId, Ranking]) -> None:
        self._ranking = None
        self._rankings = rankings
        self.changed.emit()

    # --- duplicates

    @property
    def groups(self) -> tuple[Group, ...]:
        """Groups that nobody has left as they are, with the best one that a person chose where somebody did."""
        found = []
        for group in self._found.groups:
            key = frozenset(group.names)
            if key not in self._left_alone:
                found.append(_with_best(group, self._chosen.get(key, group.best)))
        return tuple(found)

    @property
    def found_near(self) -> int:
        """In how many bits the pictures of the groups differ at most: fewer than `near` where too many were alike."""
        return self._found.near

    @property
    def comparing(self) -> bool:
        """Whether groups are being looked for."""
        return self._grouping is not None

    def set_near(self, bits: int) -> None:
        """Take pictures for the same that differ in so many bits of 64."""
        if bits != self.near:
            self.near = bits
            self._find_groups()

    def set_mirrored(self, on: bool) -> None:
        """Whether pictures are alike that differ by left and right."""
        if on != self.mirrored:
            self.mirrored = on
            self._find_groups()

    def show_group(self, group: Group, label: str) -> None:
        """Show the pictures of a group."""
        self._filter.limit(group.names, label)
        self.hub.select([group.best])

    def choose(self, group: Group, name: str) -> None:
        """Another picture of a group is the best."""
        self._chosen[frozenset(group.names)] = name
        self.groups_changed.emit()

    def leave(self, group: Group) -> None:
        """Keep all pictures of a group; it does not come up again while the folder is open."""
        self._left_alone.add(frozenset(group.names))
        self.groups_changed.emit()

    def keep_best(self, groups: Iterable[Group] | None = None) -> None:
        """Reject all but the best of some groups, or of all."""
        chosen = self.groups if groups is None else groups
        self._judge([twin.name for group in chosen for twin in group.twins])

    def _find_groups(self) -> None:
        if self._grouping is not None:
            self._grouping.cancel()
        library = self.hub.library
        items = list(library.items) if library is not None else []
        near, mirrored = self.near, self.mirrored
        task = self._tasks.run(
            lambda token: find_groups(items, near, mirrored=mirrored, check=token.check),
            success=self._take_groups,
            executor=_LINE,
        )
        self._grouping = None if task.done else task
        self.groups_changed.emit()

    def _take_groups(self, found: Groups) -> None:
        self._grouping = None
        self._found = found
        self.groups_changed.emit()


def _with_best(group: Group, best: str) -> Group:
    """The group with another of its pictures in front."""
    if best == group.best:
        return group
    likeness = next(twin.likeness for twin in group.twins if twin.name == best)
    others = (Twin(group.best, likeness), *(twin for twin in group.twins if twin.name != best))
    return Group(best, (), others)
