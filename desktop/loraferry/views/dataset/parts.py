"""What the Dataset page is made of. To add a part: a line here, and `build(studio)` in its module."""

import importlib
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from loraferry.texts.translation import lookup
from loraferry.viewmodels.studio import Studio


@dataclass(frozen=True)
class Part:
    """One part; its module is loaded when it is shown first."""

    id: str
    title: str
    icon: str
    module: str

    def label(self) -> str:
        """Its name in the language of now."""
        return lookup("DatasetPart", self.title)

    def build(self, studio: Studio) -> QWidget:
        """Make the part."""
        widget: QWidget = importlib.import_module(f"loraferry.views.dataset.{self.module}").build(studio)
        return widget


def _by_id(*parts: Part) -> dict[str, Part]:
    return {part.id: part for part in parts}


GRID = Part("grid", "Grid", "grid", "grid")
MODES = _by_id(
    Part("viewer", "Single picture", "fit", "viewer"),
    Part("compare", "Compare", "compare", "compare"),
    Part("crop", "Crop", "crop", "crop_view"),
    Part("mask", "Mask", "mask", "mask_view"),
    Part("matrix", "Yes or no", "check", "matrix"),
    Part("autocrop", "Automatic crops", "wand", "autocrop_review"),
)
"""What the middle of the page shows instead of the grid. A mode may have a signal `left`: back to the grid."""

PANELS = _by_id(
    Part("picture", "Picture", "dataset", "detail"),
    Part("curate", "Curate", "gauge", "curate_panel"),
    Part("tags", "Tags", "caption", "tags_panel"),
    Part("concepts", "Concepts", "bookmark", "concepts_panel"),
    Part("statistics", "Numbers", "statistics", "statistics"),
)
"""What the right side shows; the first is shown first."""

DIALOGS = _by_id(
    Part("replace", "Find and replace", "search", "replace_dialog"),
    Part("template", "Captions from a template", "caption", "template_dialog"),
    Part("history", "History of the caption", "clock", "history_dialog"),
    Part("captioners", "Machine captions", "wand", "captioners_dialog"),
    Part("export", "Export", "save", "export_dialog"),
)
"""What opens above the page."""
