"""Expert: every setting, grouped, with a search."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from loraferry.forms.form import ConfigForm
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.icons import icon
from loraferry.views.theme import tokens_now
from loraferry_core.config import TrainConfig


class ExpertPlan(QWidget):
    """The form of the whole `TrainConfig`; what is typed goes into the plan as soon as it is valid."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self._plan = plan
        self.form = ConfigForm(TrainConfig)
        self.form.edited.connect(self._take)
        self._search = QLineEdit()
        self._search.setObjectName("search")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._find)
        self._sign = QAction(self)
        self._search.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self._nothing = QLabel()
        self._nothing.setObjectName("muted")
        self._nothing.hide()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._search)
        layout.addWidget(self._nothing)
        layout.addWidget(area, 1)
        plan.changed.connect(self._show)
        self._show()
        self._dress()
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._search.setPlaceholderText(self.tr("Search settings, such as rank or learning rate"))
        self._search.setAccessibleName(self.tr("Search settings"))
        self._nothing.setText(self.tr("No setting is called that. Try another word."))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._sign.setIcon(icon("search", 16, colour=tokens_now().muted))

    def _show(self) -> None:
        if self._plan.invalid or self._plan.config == self._shown():
            return
        self.form.set_value(self._plan.config)

    def _shown(self) -> object:
        return self.form.check()

    def _take(self) -> None:
        value = self.form.check()
        if isinstance(value, TrainConfig):
            self._plan.set_config(value)
        else:
            self._plan.mark_invalid()

    def _find(self, words: str) -> None:
        self._nothing.setVisible(self.form.narrow(words) == 0)
