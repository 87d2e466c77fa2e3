"""Find and replace over captions, with a live preview."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from loraferry.library.items import Item
from loraferry.library.replace import Change, Replacement, changes
from loraferry.viewmodels.caption_changes import CaptionChanges
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.tasks import Runner


class DatasetReplace(QObject):
    """What is sought, and in `preview` what comes of it."""

    def __init__(self, hub: DatasetViewModel, tasks: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wanted = Replacement("")
        self.preview = CaptionChanges(hub, tasks, "replace", self)

    def want(self, **fields: Any) -> None:
        """Change fields of what is sought."""
        wanted = replace(self.wanted, **fields)
        if wanted == self.wanted:
            return
        self.wanted = wanted
        self.look()

    def look(self) -> None:
        """Look again."""
        wanted = self.wanted

        def compute(items: Sequence[Item], check: Callable[[], None]) -> list[Change]:
            return changes({item.name: item.caption or "" for item in items}, wanted, check)

        self.preview.look(compute if wanted.find else None)
