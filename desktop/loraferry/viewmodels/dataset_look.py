"""How the grid looks and answers keys: kept in the settings."""

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.viewmodels.settings import SettingsViewModel

LEAST, MOST = 80, 400
"""Height of a row in logical pixels."""
_STEP = 1.15
_PAUSE_MS = 400


class GridLook(QObject):
    """The size of thumbnails, whether captions are shown, and whether a verdict brings the next picture."""

    changed = Signal()

    def __init__(self, settings: SettingsViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._height = settings.value.thumbnail_height
        # A slider that is dragged says sixty heights a second: only the one it rests at is saved.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.save)

    @property
    def height(self) -> int:
        """Of a row, in logical pixels; rows are stretched a little to fill the width."""
        return self._height

    def set_height(self, height: int) -> None:
        """Larger or smaller thumbnails, within LEAST and MOST."""
        height = min(max(height, LEAST), MOST)
        if height != self._height:
            self._height = height
            self._pause.start()
            self.changed.emit()

    def enlarge(self, steps: float) -> None:
        """So many steps larger; smaller where negative."""
        self.set_height(round(self._height * _STEP**steps))

    def save(self) -> None:
        """Keep the height, now."""
        self._pause.stop()
        self._settings.update(thumbnail_height=self._height)

    @property
    def captions(self) -> bool:
        """Whether names and captions are shown below the pictures."""
        return self._settings.value.grid_captions

    def show_captions(self, shown: bool) -> None:
        """Show names and captions below the pictures, or pictures alone."""
        if shown != self.captions:
            self._settings.update(grid_captions=shown)
            self.changed.emit()

    @property
    def moves_on(self) -> bool:
        """Whether a verdict given in the grid brings the next picture."""
        return self._settings.value.verdict_moves_on

    def move_on(self, moves: bool) -> None:
        """Let a verdict in the grid bring the next picture, or stay."""
        if moves != self.moves_on:
            self._settings.update(verdict_moves_on=moves)
            self.changed.emit()
