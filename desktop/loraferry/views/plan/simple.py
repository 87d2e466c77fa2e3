"""Simple: three questions, what follows from the answers, with reasons, and all the rest to be looked at."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from loraferry.ferry.presets import GOALS
from loraferry.texts.choices import choice_label
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.icons import icon
from loraferry.views.plan.all_settings import AllSettings
from loraferry.views.plan.base_card import BaseCard
from loraferry.views.plan.question import QuestionCard
from loraferry.views.plan.reasons import Reasons
from loraferry.views.theme import tokens_now


class SimplePlan(QWidget):
    """Goal, base model, trigger word."""

    def __init__(self, plan: PlanViewModel, bases: BaseModels) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(16)
        self.everything = AllSettings(plan)
        for card in (GoalCard(plan), BaseCard(plan, bases), TriggerCard(plan), Reasons(plan), self.everything):
            layout.addWidget(card)
        layout.addStretch()


class GoalCard(QuestionCard):
    """What is taught."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__(plan)
        self._tiles: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        line = QHBoxLayout()
        line.setSpacing(12)
        for index, goal in enumerate(GOALS):
            tile = QToolButton()
            tile.setObjectName("tile")
            tile.setCheckable(True)
            tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            tile.setIconSize(QSize(28, 28))
            tile.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(tile, index)
            self._tiles[goal] = tile
            line.addWidget(tile, 1)
        self._group.idClicked.connect(self._choose)
        self.body.addLayout(line)
        self.show_plan()
        self.retranslate()
        self.dress()

    def show_plan(self) -> None:
        self._tiles[self._plan.state.goal].setChecked(True)

    def retranslate(self) -> None:
        self._question.setText(self.tr("What are you teaching?"))
        self._about.setText(self.tr("It decides how much the LoRA can remember and how long it trains."))
        for goal, tile in self._tiles.items():
            tile.setText(choice_label(goal))

    def dress(self) -> None:
        tokens = tokens_now()
        for goal, tile in self._tiles.items():
            tile.setIcon(icon(goal, 28, colour=tokens.muted, checked_colour=tokens.accent))

    def _choose(self, index: int) -> None:
        self._plan.set_goal(GOALS[index])


class TriggerCard(QuestionCard):
    """Which word calls it."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__(plan)
        self._word = QLineEdit()
        self._word.setObjectName("trigger")
        self._word.setMaxLength(100)
        self._word.textEdited.connect(plan.set_trigger)
        self.body.addWidget(self._word)
        self.retranslate()
        self.show_plan()

    def show_plan(self) -> None:
        if self._word.text().strip() != self._plan.config.dataset.trigger:
            self._word.setText(self._plan.config.dataset.trigger)

    def retranslate(self) -> None:
        self._question.setText(self.tr("Which word shall call it?"))
        self._about.setText(
            self.tr("Write this trigger word into a prompt to get what was learned. A made-up word works best.")
        )
        self._word.setPlaceholderText(self.tr("For example: zorblax"))
        self._word.setAccessibleName(self._question.text())
