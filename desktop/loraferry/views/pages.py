"""The pages of the main window, in the order of the rail. To add one: a line here, and `views/<id>/page.py`."""

import importlib
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from loraferry.texts.translation import lookup
from loraferry.viewmodels.services import Services


@dataclass(frozen=True)
class PageEntry:
    """One page; its module is loaded at the first visit, so that starting stays quick."""

    id: str
    title: str
    icon: str

    @property
    def module(self) -> str:
        """Where its `build(services) -> QWidget` is."""
        return f"loraferry.views.{self.id}.page"

    def label(self) -> str:
        """Its name in the language of now."""
        return lookup("Page", self.title)

    def build(self, services: Services) -> QWidget:
        """Make the page."""
        widget: QWidget = importlib.import_module(self.module).build(services)
        return widget


PAGES: tuple[PageEntry, ...] = (
    PageEntry("dataset", "Dataset", "dataset"),
    PageEntry("plan", "Plan", "plan"),
    PageEntry("runs", "Runs", "runs"),
    PageEntry("models", "Models", "models"),
    PageEntry("hosts", "Hosts", "hosts"),
)
