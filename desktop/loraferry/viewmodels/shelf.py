"""The shelf of finished LoRAs: read off the UI thread, one chosen, its file checked and its use explained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from loraferry.cancellation import CancelToken
from loraferry.runs.shelf import Model, Shelf
from loraferry.viewmodels.tasks import Runner
from loraferry_core.lora_file.check import check_lora
from loraferry_core.problems import Problem, problem

PREVIEW_PX = 384
"""Longest side of a preview in memory."""
PREVIEW_LIMIT_PX = 8192
"""Longest side of a picture that is decoded at all: previews come from the training machine."""
SHELF_EXECUTOR = "shelf"


@dataclass(frozen=True)
class ShelfItem:
    """A LoRA as the page shows it. `preview` is null where there is no picture."""

    model: Model
    preview: QImage

    @property
    def title(self) -> str:
        """What the file calls itself, else its name."""
        return self.model.facts.title if self.model.facts else self.model.path.stem


@dataclass(frozen=True)
class Check:
    """The self-check of the chosen file. `problems` is None while it is under way."""

    path: Path
    problems: tuple[Problem, ...] | None = None


def usage_prompt(model: Model) -> str:
    """The prompt that calls a LoRA in WebUI, Forge and others of their kind: `<lora:NAME:1> TRIGGER CLASS`."""
    words = [f"<lora:{model.path.stem}:1>"]
    if model.facts is not None:
        class_word = model.facts.config.dataset.class_word if model.facts.config else ""
        words += [model.facts.trigger, class_word]
    return " ".join(word for word in words if word)


def load_preview(path: Path | None) -> QImage:
    """A picture scaled down to the preview's size; a null image where there is none or it cannot be read."""
    if path is None:
        return QImage()
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > PREVIEW_LIMIT_PX:
        return QImage()
    if max(size.width(), size.height()) > PREVIEW_PX:
        reader.setScaledSize(size.scaled(QSize(PREVIEW_PX, PREVIEW_PX), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class ShelfItems(QAbstractListModel):
    """The LoRAs as a list for a view; `UserRole` gives the `ShelfItem`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[ShelfItem, ...] = ()

    @property
    def items(self) -> tuple[ShelfItem, ...]:
        """Newest first."""
        return self._items

    def replace(self, items: tuple[ShelfItem, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        self._items = items
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """How many there are."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The title for people and for screen readers, the path as tool tip."""
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return item.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(item.model.path)
        return item if role == Qt.ItemDataRole.UserRole else None


class ShelfViewModel(QObject):
    """What is on the shelf, and which of it is looked at."""

    changed = Signal()
    """The list was read again."""
    selected_changed = Signal()
    """Another LoRA was chosen, or its check came to an end."""

    def __init__(self, shelf: Shelf, tasks: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._tasks = tasks
        self.list = ShelfItems(self)
        self._selected: Path | None = None
        self._checks: dict[tuple[Path, int, float], Check] = {}
        self._generation = 0
        self._read = False

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self._shelf.folder

    @property
    def items(self) -> tuple[ShelfItem, ...]:
        """All LoRAs, newest first."""
        return self.list.items

    @property
    def was_read(self) -> bool:
        """Whether the folder was looked at yet."""
        return self._read

    @property
    def selected(self) -> ShelfItem | None:
        """The LoRA that is looked at; the newest one until somebody chooses."""
        chosen = (item for item in self.items if item.model.path == self._selected)
        return next(chosen, self.items[0] if self.items else None)

    @property
    def check(self) -> Check | None:
        """The self-check of the selected LoRA."""
        return self._checks.get(_version(self.selected.model)) if self.selected else None

    @property
    def usage(self) -> str:
        """The prompt that calls the selected LoRA, ready to copy."""
        return usage_prompt(self.selected.model) if self.selected else ""

    def refresh(self) -> None:
        """Read the folder again."""
        self._generation += 1
        generation = self._generation
        shelf = self._shelf

        def read(token: CancelToken) -> tuple[int, tuple[ShelfItem, ...]]:
            items = []
            for model in shelf.models():
                token.check()
                items.append(ShelfItem(model, load_preview(model.preview)))
            return generation, tuple(items)

        self._tasks.run(read, success=self._show, failure=self._fail, executor=SHELF_EXECUTOR)

    def select(self, path: Path) -> None:
        """Look at another LoRA."""
        if self.selected is not None and self.selected.model.path == path:
            self._selected = path
            return
        self._selected = path
        self.selected_changed.emit()
        self._start_check()

    def _show(self, result: tuple[int, tuple[ShelfItem, ...]]) -> None:
        generation, items = result
        if generation != self._generation:
            return
        self._read = True
        self.list.replace(items)
        versions = {_version(item.model) for item in items}
        self._checks = {version: check for version, check in self._checks.items() if version in versions}
        self.changed.emit()
        self.selected_changed.emit()
        self._start_check()

    def _fail(self, found: Problem) -> None:
        self._read = True
        self._tasks.failed.emit(found)
        self.changed.emit()

    def _start_check(self) -> None:
        item = self.selected
        if item is None or _version(item.model) in self._checks:
            return
        version, path = _version(item.model), item.model.path
        self._checks[version] = Check(path)

        def check(_token: CancelToken) -> tuple[tuple[Path, int, float], Check]:
            return version, Check(path, _checked(path))

        self._tasks.run(check, success=self._take_check, executor=SHELF_EXECUTOR)

    def _take_check(self, result: tuple[tuple[Path, int, float], Check]) -> None:
        version, check = result
        if version not in self._checks:
            return
        self._checks[version] = check
        self.selected_changed.emit()


def _version(model: Model) -> tuple[Path, int, float]:
    return model.path, model.size, model.modified


def _checked(path: Path) -> tuple[Problem, ...]:
    """What is wrong with the file; one that has gone meanwhile is a problem too."""
    try:
        return tuple(check_lora(path))
    except OSError as error:
        return (problem("file_unreadable", path=path, detail=error.strerror or error),)
