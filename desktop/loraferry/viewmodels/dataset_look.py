"""How the grid looks and answers keys: kept in the settings."""

from PySide6.QtCore import QObject, Signal

from loraferry.viewmodels.settings import SettingsViewModel

LEAST, MOST = 80, 400
"""Height of a row in logical pixels."""
_STEP = 1.15


class GridLook(QObject):
    """The size of thumbnails, whether captions are shown, and whether a verdict brings the next picture."""

    changed = Signal()

    def __init__(self, settings: SettingsViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._shown = self._now()
        settings.changed.connect(self._follow)

    @property
    def height(self) -> int:
        """Of a row, in logical pixels; rows are stretched a little to fill the width."""
        return self._settings.value.thumbnail_height

    def set_height(self, height: int) -> None:
        """Larger or smaller thumbnails, within LEAST and MOST."""
        self._settings.update(thumbnail_height=min(max(round(height), LEAST), MOST))

    def enlarge(self, steps: float) -> None:
        """So many steps larger; smaller where negative."""
        self.set_height(round(self.height * _STEP**steps))

    @property
    def captions(self) -> bool:
        """Whether names and captions are shown below the pictures."""
        return self._settings.value.grid_captions

    def show_captions(self, shown: bool) -> None:
        """Show names and captions below the pictures, or pictures alone."""
        self._settings.update(grid_captions=shown)

    @property
    def moves_on(self) -> bool:
        """Whether a verdict given in the grid brings the next picture."""
        return self._settings.value.verdict_moves_on

    def move_on(self, moves: bool) -> None:
        """Let a verdict in the grid bring the next picture, or stay."""
        self._settings.update(verdict_moves_on=moves)

    def _now(self) -> tuple[int, bool, bool]:
        return self.height, self.captions, self.moves_on

    def _follow(self) -> None:
        if self._now() != self._shown:
            self._shown = self._now()
            self.changed.emit()
