"""A question of the Plan page."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from loraferry.forms.rows import small_label
from loraferry.viewmodels.plan import PlanViewModel


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
