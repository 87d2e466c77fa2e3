"""What the window remembers between starts: theme, language, place and page."""

import logging
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from PySide6.QtCore import QObject, Signal

from loraferry.library.order import OrderKey
from loraferry.viewmodels.captioning_choices import CaptioningChoices
from loraferry.viewmodels.plot_look import PlotLook
from loraferry.viewmodels.stored_json import read_json, set_aside, write_json
from loraferry_core.config import Config

ThemeChoice = Literal["system", "light", "dark"]

log = logging.getLogger(__name__)


class AppSettings(Config):
    """The content of settings.json."""

    theme: ThemeChoice = "system"
    language: str = ""
    """A code of `texts.languages`; empty follows the system."""
    page: str = "dataset"
    expert: bool = False
    geometry: str = ""
    """Qt's saved geometry of the main window, in base64."""
    bandwidth_cap: float = Field(0.0, ge=0, lt=1e12)
    """The most that is sent, in bytes a second; 0 for no such limit."""
    folder: str = ""
    """The dataset folder that was open last."""
    shortcuts: dict[str, tuple[str, ...]] = {}
    """Keys of actions, by the action's id, where they are others than at first."""
    dataset_order: OrderKey = "name"
    """What pictures are sorted by."""
    dataset_descending: bool = False
    thumbnail_height: int = Field(160, ge=80, le=400)
    """Of a row of the grid, in logical pixels."""
    grid_captions: bool = False
    """Whether the grid shows names and captions below the pictures."""
    captioning: CaptioningChoices = CaptioningChoices()
    plots: PlotLook = PlotLook()
    verdict_moves_on: bool = False
    """Whether a verdict given in the grid brings the next picture; in the viewer it always does."""


class SettingsViewModel(QObject):
    """The settings and the file that holds them; every change is saved at once."""

    changed = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._value = _load(path)

    @property
    def value(self) -> AppSettings:
        """The settings now."""
        return self._value

    def update(self, **changes: Any) -> None:
        """Change some settings, save and tell."""
        updated = self._value.replace(**changes)
        if updated == self._value:
            return
        self._value = updated
        try:
            write_json(self._path, updated.model_dump(mode="json"))
        except OSError as error:
            # A full disk must not keep anybody from switching the theme; the next change tries again.
            log.warning("Settings cannot be saved: %s", error)
        self.changed.emit()


def _load(path: Path) -> AppSettings:
    content = read_json(path)
    if content is None:
        return AppSettings()
    try:
        return AppSettings.model_validate(content)
    except ValidationError as error:
        log.warning("Settings cannot be used: %s", error)
        set_aside(path)
        return AppSettings()
