"""In which pictures something is done: the selected ones, those that are shown, or all."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QComboBox, QWidget

from loraferry.forms.wheel import WheelGuard
from loraferry.viewmodels.tag_edits import SCOPES, Scope


class ScopeBox(QComboBox):
    """A list of the three, in words."""

    def __init__(self, scope: Scope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        WheelGuard(self)
        self.addItems([""] * len(SCOPES))
        self.setCurrentIndex(SCOPES.index(scope))
        self.retranslate()

    @property
    def scope(self) -> Scope:
        """What is chosen."""
        return SCOPES[max(0, self.currentIndex())]

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setAccessibleName(self.tr("In which pictures"))
        words = (self.tr("selected pictures"), self.tr("shown pictures"), self.tr("all pictures"))
        for index, text in enumerate(words):
            self.setItemText(index, text)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
