"""Dialogs whose words wrap: as high as the words need at the width they have."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog


class FittingDialog(QDialog):
    """Takes the height that its layout asks for at its width, when it is shown and whenever `fit` is called."""

    def fit(self) -> None:
        """Grow or shrink to what the words need."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            height = layout.totalHeightForWidth(self.width())
            self.setMinimumHeight(height)
            self.resize(self.width(), height)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()
