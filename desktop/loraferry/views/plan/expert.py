"""Expert: what is asked in Simple, and every setting, grouped, with a search, what is usual, and what was changed."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from loraferry.ferry.usual import usual
from loraferry.forms.form import ConfigForm
from loraferry.texts.plan import usual_text
from loraferry.texts.setting_words import setting_text
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.icons import icon
from loraferry.views.plan.base_card import BaseCard
from loraferry.views.plan.simple import GoalCard
from loraferry.views.theme import tokens_now
from loraferry_core.config import ParamInfo, TrainConfig


class ExpertPlan(QWidget):
    """The form of the whole `TrainConfig`; what is typed goes into the plan as soon as it is valid."""

    def __init__(self, plan: PlanViewModel, bases: BaseModels) -> None:
        super().__init__()
        self._plan = plan
        self.form = ConfigForm(TrainConfig)
        self.form.edited.connect(self._take)
        self.form.reset_wanted.connect(plan.reset_to_preset)
        self._questions = (GoalCard(plan), BaseCard(plan, bases))
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
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(16)
        for card in self._questions:
            column.addWidget(card)
        column.addWidget(self.form)
        area.setWidget(content)
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
        self._mark()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._sign.setIcon(icon("search", 16, colour=tokens_now().muted))
        self.form.dress(icon("reset", 16))

    def _show(self) -> None:
        if not self._plan.invalid and self._plan.config != self._shown():
            self.form.set_value(self._plan.config)
        self._mark()

    def _mark(self) -> None:
        """Say what was changed, and what is usual."""
        config = self._plan.config
        self.form.show_changes(
            {change.path: setting_text(change.path, change.before, config) for change in self._plan.changes}
        )
        self.form.show_ranges(self._range)

    def _range(self, path: str, param: ParamInfo) -> str:
        low, high = (
            next((found for name in names if (found := param.bound(name)) is not None), None)
            for names in (("ge", "gt"), ("le", "lt"))
        )
        return usual_text(usual(self._plan.config, path), low, high)

    def _shown(self) -> object:
        return self.form.check()

    def _take(self) -> None:
        value = self.form.check()
        if isinstance(value, TrainConfig):
            self._plan.set_config(value)
        else:
            self._plan.mark_invalid()

    def _find(self, words: str) -> None:
        for card in self._questions:
            card.setVisible(not words.strip())
        self._nothing.setVisible(self.form.narrow(words) == 0)
