"""What a tag may become while it is typed: the project's own words, and lists of tags that are read when needed."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.query import plain_tag
from loraferry.library.tag_book import Entry, Suggestion, TagBook, TagList, import_list, lists_in, read_list
from loraferry.texts.tag_categories import categories
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.tasks import Runner
from loraferry_resources import resource_path

_IMPORTED = "tag lists"


class TagSuggestions(QObject):
    """The lists are read in the background when they are asked for first; until then the project's words are known."""

    changed = Signal()
    """Other lists were read."""

    def __init__(
        self, hub: DatasetViewModel, search: DatasetFilter, tasks: Runner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._hub, self._filter, self._tasks = hub, search, tasks
        self._book = TagBook()
        self._reading = self._outdated = False
        self._entries: dict[str, Entry | None] = {}
        search.changed.connect(self._forget)
        hub.opened.connect(self._forget)
        self._forget()

    def _forget(self) -> None:
        self._outdated = True

    def suggest(self, typed: str, barred: Iterable[str] = ()) -> list[Suggestion]:
        """What may be meant, the likeliest first, without what is there already."""
        self._read_once()
        if self._outdated:
            self._outdated = False
            self._book.know(self._filter.index.counts())
        return self._book.suggest(typed, barred=barred)

    def entry(self, tag: str) -> Entry | None:
        """What the lists know of a tag."""
        self._read_once()
        plain = plain_tag(tag)
        if plain not in self._entries:
            self._entries[plain] = self._book.look_up(plain)
        return self._entries[plain]

    def by_category(self, tag: str) -> int:
        """The rank of a tag when tags are sorted by what they speak of; those that no list knows stand in the middle."""
        order, entry = categories(), self.entry(tag)
        category = "general" if entry is None or entry.category not in order else entry.category
        return order.index(category)

    @property
    def folder(self) -> Path:
        """Where imported lists are kept."""
        return self._hub.places.data / _IMPORTED

    def import_list(self, path: Path) -> None:
        """Take over a list of another program, in the background."""
        folder = self.folder
        self._tasks.run(
            lambda token: import_list(path, folder, token.check),
            success=self._take_import,
            failure=self._hub.problem_found.emit,
        )

    def _take_import(self, path: Path) -> None:
        self._read()

    def _read_once(self) -> None:
        if not self._reading:
            self._read()

    def _read(self) -> None:
        self._reading = True
        paths = (*lists_in(self.folder), resource_path("tag_list") / "common.tsv")

        def read(token: CancelToken) -> list[TagList]:
            found = []
            for path in paths:
                token.check()
                found.append(_list(path))
            return found

        self._tasks.run(read, success=self._take, failure=self._hub.problem_found.emit)

    def _take(self, lists: list[TagList]) -> None:
        self._book = TagBook(lists)
        self._outdated = True
        self._entries.clear()
        self.changed.emit()


def _list(path: Path) -> TagList:
    try:
        return read_list(path)
    except (OSError, ValueError):
        # One that is broken or went a moment ago must not take the others with it.
        return TagList(())
