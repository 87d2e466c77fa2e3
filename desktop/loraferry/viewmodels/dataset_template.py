"""A template over captions, with a live preview."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from loraferry.library.items import Item
from loraferry.library.replace import Change, difference
from loraferry.library.templates import UnknownField, filled, unknown_fields
from loraferry.viewmodels.caption_changes import CaptionChanges
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.tasks import Runner

USUAL = "{trigger}, {tags}"


class DatasetTemplate(QObject):
    """The template, and in `preview` what comes of it."""

    def __init__(self, hub: DatasetViewModel, tasks: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hub = hub
        self.template = USUAL
        self.preview = CaptionChanges(hub, tasks, "captions", self)

    @property
    def unknown(self) -> list[UnknownField]:
        """Fields that nobody knows; nothing is done while there are any."""
        return unknown_fields(self.template)

    def set_template(self, template: str) -> None:
        """Take another one."""
        if template != self.template:
            self.template = template
            self.look()

    def look(self) -> None:
        """Look again."""
        template, hub = self.template, self.hub

        def compute(items: Sequence[Item], check: Callable[[], None]) -> list[Change]:
            project, found = hub.project, []
            for number, item in enumerate(items):
                if not number % 100:
                    check()
                before, after = item.caption or "", filled(template, item, project)
                if after != before:
                    found.append(difference(item.name, before, after))
            return found

        self.preview.look(compute if template.strip() and not self.unknown else None)
