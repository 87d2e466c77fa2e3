"""Every setting as it stands, to be looked at: in Simple nothing is hidden, only not asked for."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.models.details import Rows
from loraferry.views.models.plan_rows import plan_rows
from loraferry.views.widgets.fold import Fold
from loraferry.views.widgets.wrapping import wrapping_label


class AllSettings(QFrame):
    """Folded away at first, and filled when it is opened."""

    expert_wanted = Signal()

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._plan = plan
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._about, self._change = wrapping_label("help"), QPushButton()
        self._change.setObjectName("changeInExpert")
        self._change.clicked.connect(self.expert_wanted)
        self._column.addWidget(self._about)
        self._groups: list[tuple[QLabel, Rows]] = []
        self.fold = Fold(self._content)
        self.fold.button.toggled.connect(self.refresh)
        self._column.addWidget(self._change)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 12, 24, 12)
        layout.addWidget(self.fold)
        plan.changed.connect(self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.fold.set_text(self.tr("All settings"))
        self._about.setText(self.tr("This is everything that decides what the training does."))
        self._change.setText(self.tr("Change them in Expert"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Show the settings of now, where somebody looks."""
        if not self.fold.button.isChecked():
            return
        for number, (name, rows) in enumerate(plan_rows(self._plan.config)):
            if number == len(self._groups):
                title, table = QLabel(), Rows()
                title.setObjectName("strong")
                self._groups.append((title, table))
                for widget in (title, table):
                    self._column.insertWidget(self._column.count() - 1, widget)
            title, table = self._groups[number]
            title.setText(name)
            table.show_rows(rows)

    @property
    def text(self) -> str:
        """All settings in words, as far as they are shown."""
        return "\n".join(f"{title.text()}\n{table.text}" for title, table in self._groups)
