"""What holds for all pictures: trigger, class word, and concepts as coloured groups."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from loraferry.library.concepts import COLOURS, Concept
from loraferry.library.edits import Edit, grouped
from loraferry.library.items import Changes
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.plan import PlanViewModel


class ProjectWords(QObject):
    """Edits of the project. The trigger word is the plan's too: whoever sets it here sets it there."""

    changed = Signal()

    def __init__(self, hub: DatasetViewModel, plan: PlanViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hub, self._plan = hub, plan
        self._counts: Counter[str] | None = None
        hub.changed.connect(self._follow)
        hub.opened.connect(self._open)
        hub.selection_changed.connect(self.changed)

    @property
    def trigger(self) -> str:
        """The word that calls what is learned."""
        return self._hub.project.trigger or self._plan.config.dataset.trigger

    @property
    def class_word(self) -> str:
        """What kind of thing it is."""
        return self._hub.project.class_word or self._plan.config.dataset.class_word

    @property
    def concepts(self) -> tuple[Concept, ...]:
        """The groups, in their order."""
        return self._hub.project.concepts

    def count(self, concept: str) -> int:
        """How many pictures a concept has; of the empty one, those in none."""
        if self._counts is None:
            library = self._hub.library
            self._counts = Counter(item.concept for item in library.items) if library is not None else Counter()
        return self._counts[concept]

    @property
    def selected(self) -> int:
        """How many pictures are selected."""
        return len(self._hub.selected)

    def set_words(self, trigger: str, class_word: str) -> None:
        """Say how it is called and what it is."""
        trigger, class_word = trigger.strip()[:100], class_word.strip()[:100]
        self._hub.apply(Edit("project", project={"trigger": trigger, "class_word": class_word}))
        self._plan.set_trigger(trigger)
        self._plan.set_class_word(class_word)

    def add(self, title: str) -> None:
        """Make a concept of the selected pictures."""
        used = {concept.colour for concept in self.concepts}
        colour = next((colour for colour in range(COLOURS) if colour not in used), len(self.concepts) % COLOURS)
        made = Concept(uuid.uuid4().hex[:12], title.strip()[:100] or "?", colour)
        pictures = grouped(self._hub.selected, made.id).pictures
        self._hub.apply(Edit("concepts", pictures, {"concepts": (*self.concepts, made)}))

    def update(self, concept: str, **changes: object) -> None:
        """Change a concept's title, colour, repeats, weight or use."""
        after = tuple(
            replace(one, **changes) if one.id == concept else one  # type: ignore[arg-type]
            for one in self.concepts
        )
        self._hub.apply(Edit("concepts", project={"concepts": after}))

    def delete(self, concept: str) -> None:
        """Forget a concept; its pictures are in none then."""
        library = self._hub.library
        names = [item.name for item in library.items if item.concept == concept] if library is not None else []
        left = tuple(one for one in self.concepts if one.id != concept)
        self._hub.apply(Edit("concepts", grouped(names, "").pictures, {"concepts": left}))

    def assign(self, concept: str, names: Sequence[str] | None = None) -> None:
        """Put pictures into a concept, or into none where it is empty; the selected ones where no names are given."""
        self._hub.apply(grouped(self._hub.selected if names is None else names, concept))

    def _follow(self, changes: Changes) -> None:
        if changes.names or changes.listed or changes.project:
            self._counts = None
            self.changed.emit()

    def _open(self) -> None:
        """A folder brings its words along."""
        self._counts = None
        project = self._hub.project
        if project.trigger:
            self._plan.set_trigger(project.trigger)
        if project.class_word:
            self._plan.set_class_word(project.class_word)
        self.changed.emit()
