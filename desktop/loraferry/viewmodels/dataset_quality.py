"""Sorting out by what was measured: each rule says what it would reject before anything happens."""

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.library.duplicates import NEAR, Group, groups_of
from loraferry.library.edits import judged
from loraferry.library.rules import RULES, RuleId, named_by
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.tasks import Runner, Task

PAUSE_MS = 300
"""What is measured meanwhile is counted so often at most."""


class DatasetQuality(QObject):
    """Counts while somebody looks (`watch`); the verdict is always the person's, and one step of the history."""

    changed = Signal()
    """Other pictures are named by a rule, or other groups were found."""

    def __init__(
        self, hub: DatasetViewModel, search: DatasetFilter, tasks: Runner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.hub, self._filter, self._tasks = hub, search, tasks
        self.thresholds: dict[RuleId, float] = {rule.id: rule.usual for rule in RULES}
        self.near = NEAR
        self.groups: list[Group] = []
        self._watched = False
        self._named: dict[RuleId, list[str]] = {}
        self._task: Task[list[Group]] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._refresh)
        for signal in (hub.changed, hub.opened, hub.measuring.changed):
            signal.connect(self._follow)

    def watch(self, on: bool) -> None:
        """Whether somebody looks."""
        self._watched = on
        if on:
            self._refresh()

    def _follow(self) -> None:
        if self._watched and not self._pause.isActive():
            self._pause.start()

    # --- rules

    def set_threshold(self, rule: RuleId, value: float) -> None:
        """Name more or fewer pictures."""
        self.thresholds[rule] = value
        self._count(rule)
        self.changed.emit()

    def named(self, rule: RuleId) -> list[str]:
        """The pictures that a rule would reject now."""
        return self._named.get(rule, [])

    def show(self, rule: RuleId, label: str) -> None:
        """Show exactly those."""
        self._filter.limit(self.named(rule), label)

    def reject(self, rule: RuleId) -> None:
        """Reject them."""
        self.hub.apply(judged(self.named(rule), "reject"))

    def _count(self, rule: RuleId) -> None:
        library = self.hub.library
        items = library.items if library is not None else ()
        self._named[rule] = named_by(rule, self.thresholds[rule], items, self._filter.training)

    # --- duplicates

    def set_near(self, bits: int) -> None:
        """Take pictures for the same that differ in so many bits of 64."""
        self.near = bits
        self._find_groups()

    def show_group(self, group: Group, label: str) -> None:
        """Show the pictures of a group, the best first."""
        self._filter.limit(group.names, label)
        self.hub.select([group.names[0]])

    def keep_best(self, groups: list[Group] | None = None) -> None:
        """Reject all but the best of some groups, or of all."""
        chosen = self.groups if groups is None else groups
        self.hub.apply(judged([name for group in chosen for name in group.names[1:]], "reject"))

    def _find_groups(self) -> None:
        library = self.hub.library
        if self._task is not None:
            self._task.cancel()
            self._task = None
        items, near = (list(library.items) if library is not None else []), self.near
        task = self._tasks.run(
            lambda token: groups_of(items, near, token.check), success=self._take_groups, executor="duplicates"
        )
        self._task = None if task.done else task

    def _take_groups(self, groups: list[Group]) -> None:
        self._task = None
        if groups != self.groups:
            self.groups = groups
            self.changed.emit()

    def _refresh(self) -> None:
        for rule in RULES:
            self._count(rule.id)
        self.changed.emit()
        self._find_groups()
