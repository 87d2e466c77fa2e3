"""What a person is asked once about an opened folder: shared captions, and concepts that folder names speak of."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from loraferry.library.edits import Edit
from loraferry.library.fields import Project, Sharing
from loraferry.library.items import Changes, Item
from loraferry.library.kohya_folders import OfferedConcept, concepts_taken, offered_concepts
from loraferry_core.problems import Problem


class OpenFolder(Protocol):
    """What is needed of the library."""

    @property
    def items(self) -> Sequence[Item]: ...

    @property
    def project(self) -> Project: ...

    @property
    def to_ask(self) -> Problem | None: ...


class Hub(Protocol):
    """What is needed of the Dataset page's view-model."""

    opened: Any
    changed: Any

    @property
    def library(self) -> Any: ...

    def apply(self, edit: Edit, *, typing: bool = False) -> None: ...

    def when_read(self, go: Callable[[], None]) -> None: ...


class Offers(QObject):
    """Looks when a folder is opened and when pictures come; every answer is an edit that can be undone."""

    changed = Signal()

    def __init__(self, hub: Hub, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub = hub
        self._put_off: set[str] = set()
        self.sharing: Problem | None = None
        """Pictures share a caption file and nobody has said whether they should; None: nothing to ask."""
        self.concepts: tuple[OfferedConcept, ...] = ()
        """What folder names offer; empty: nothing to ask."""
        hub.opened.connect(self._begin)
        hub.changed.connect(self._follow)

    def _begin(self) -> None:
        self._put_off.clear()
        self.sharing, self.concepts = None, ()
        self.changed.emit()
        # Files of captions are known once they are read; and nothing is asked before there is something to see.
        self._hub.when_read(self._look)

    def _follow(self, changes: Changes) -> None:
        if changes.listed or changes.project:
            self._hub.when_read(self._look)

    def _look(self) -> None:
        library: OpenFolder | None = self._hub.library
        sharing: Problem | None = None
        concepts: tuple[OfferedConcept, ...] = ()
        if library is not None:
            project = library.project
            if "sharing" not in self._put_off:
                sharing = library.to_ask
            if "concepts" not in self._put_off:
                offers = offered_concepts([item.name for item in library.items], project.concepts)
                concepts = tuple(offer for offer in offers if offer.concept.id not in project.declined)
        if (sharing, concepts) != (self.sharing, self.concepts):
            self.sharing, self.concepts = sharing, concepts
            self.changed.emit()

    def share(self, sharing: Sharing) -> None:
        """Decide whether pictures that differ only in their ending have one caption."""
        self._hub.apply(Edit("project", project={"sharing": sharing}))

    def take_concepts(self) -> None:
        """Make the concepts that were offered, and put their pictures into them."""
        library: OpenFolder | None = self._hub.library
        if library is not None and self.concepts:
            chosen = {item.name: item.concept for item in library.items}
            self._hub.apply(concepts_taken(self.concepts, library.project.concepts, chosen))

    def decline_concepts(self) -> None:
        """Do not offer these again."""
        library: OpenFolder | None = self._hub.library
        if library is not None and self.concepts:
            declined = (*library.project.declined, *(offer.concept.id for offer in self.concepts))
            self._hub.apply(Edit("project", project={"declined": declined}))

    def put_off(self, kind: str) -> None:
        """Ask again when the folder is opened the next time; `kind` is "sharing" or "concepts"."""
        self._put_off.add(kind)
        self._look()
