"""Simple: three questions, and what follows from the answers, with reasons."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.ferry.presets import GOALS
from loraferry.forms.rows import small_label
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.choices import choice_label
from loraferry.texts.translation import lookup
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.icons import icon
from loraferry.views.plan.reasons import Reasons
from loraferry.views.theme import tokens_now


class SimplePlan(QWidget):
    """Goal, base model, trigger word."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(16)
        for card in (GoalCard(plan), BaseCard(plan), TriggerCard(plan), Reasons(plan)):
            layout.addWidget(card)
        layout.addStretch()


class QuestionCard(QFrame):
    """A card with a question, a line about it, and room for the answer."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._plan = plan
        self._question = QLabel()
        self._question.setObjectName("heading")
        self._about = small_label("help")
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._question)
        head.addWidget(self._about)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(24, 16, 24, 20)
        self.body.setSpacing(12)
        self.body.addLayout(head)
        plan.changed.connect(self.show_plan)

    def show_plan(self) -> None:
        """Show the answer as the plan has it."""

    def retranslate(self) -> None:
        """Show words in the language of now."""

    def dress(self) -> None:
        """Take the colours of the theme."""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.dress()
        super().changeEvent(event)


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


class BaseCard(QuestionCard):
    """On which base model."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__(plan)
        self._combo = QComboBox()
        self._combo.setObjectName("base")
        self._combo.addItems([entry.label for entry in plan.bases] + [""])
        self._combo.activated.connect(self._choose)
        WheelGuard(self._combo)
        self._own = QLineEdit()
        self._own.setObjectName("ownBase")
        self._own.editingFinished.connect(self._take_own)
        self._note = small_label("help")
        self._wants_own = plan.base is None
        for widget in (self._combo, self._own, self._note):
            self.body.addWidget(widget)
        self.retranslate()

    def show_plan(self) -> None:
        entry = self._plan.base
        own = entry is None or self._wants_own
        last = self._combo.count() - 1
        self._combo.setCurrentIndex(last if own or entry is None else self._plan.bases.index(entry))
        self._own.setVisible(own)
        if own and entry is None:
            self._own.setText(self._plan.config.base.source)
        self._note.setText(
            self.tr("A Hugging Face id, or the path of a folder on the training machine.")
            if own or entry is None
            else lookup("Catalogue", entry.note)
        )

    def retranslate(self) -> None:
        self._question.setText(self.tr("Which base model?"))
        self._about.setText(self.tr("The LoRA works with this model and with others made from it."))
        for index, entry in enumerate(self._plan.bases):
            self._combo.setItemText(index, lookup("Catalogue", entry.label))
        self._combo.setItemText(self._combo.count() - 1, self.tr("Another model…"))
        self._combo.setAccessibleName(self._question.text())
        self._own.setAccessibleName(self.tr("Another model…"))
        self._own.setPlaceholderText("owner/name")
        self.show_plan()

    def _choose(self, index: int) -> None:
        self._wants_own = index == len(self._plan.bases)
        if self._wants_own:
            self._own.clear()
            self.show_plan()
            self._own.setFocus()
        else:
            self._plan.set_base(self._plan.bases[index].source)
            self.show_plan()

    def _take_own(self) -> None:
        if self._own.text().strip():
            self._plan.set_base(self._own.text())
            self._wants_own = self._plan.base is None
            self.show_plan()


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
