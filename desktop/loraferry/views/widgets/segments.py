"""A switch between a few views, side by side."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget


class Segments(QWidget):
    """Exactly one of its segments is on. The owner sets the words with `set_texts`."""

    chosen = Signal(str)
    """The id of the segment that the person has clicked."""

    def __init__(self, ids: Sequence[str], parent: QWidget | None = None, *, narrow: bool = False) -> None:
        """`narrow`: many segments in little room, which they share."""
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        for index, name in enumerate(ids):
            button = QToolButton()
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setProperty("place", {0: "first", len(ids) - 1: "last"}.get(index, "middle"))
            if narrow:
                button.setProperty("narrow", True)
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            layout.addWidget(button)
            self._group.addButton(button, index)
            self._buttons[name] = button
        self._group.idClicked.connect(self._tell)

    def set_texts(self, texts: Sequence[str]) -> None:
        """The words on the segments, in their order."""
        for button, text in zip(self._buttons.values(), texts, strict=True):
            button.setText(text)

    def show_choice(self, id: str) -> None:
        """Switch a segment on without telling."""
        self._buttons[id].setChecked(True)

    @property
    def choice(self) -> str:
        """The id of the segment that is on."""
        return list(self._buttons)[self._group.checkedId()]

    def _tell(self, index: int) -> None:
        self.chosen.emit(list(self._buttons)[index])
