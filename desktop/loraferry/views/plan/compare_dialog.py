"""In what any two plans differ: this one, those that ship, presets of one's own, runs."""

from datetime import datetime

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from loraferry.ferry.plan_diff import Comparable, compare
from loraferry.texts.plan import comparable_text
from loraferry.viewmodels.plan_presets import PlanPresets
from loraferry.views.plan.diff_table import DiffTable


class CompareDialog(QDialog):
    """Two lists to choose from, and the table of what differs."""

    def __init__(self, presets: PlanPresets, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resize(860, 560)
        self._plans: tuple[Comparable, ...] = presets.comparables()
        self._lefts, self._rights = QComboBox(), QComboBox()
        self._first, self._second = QLabel(), QLabel()
        self._count = QLabel()
        self._count.setObjectName("muted")
        self.table = DiffTable()
        for name, combo in (("left", self._lefts), ("right", self._rights)):
            combo.setObjectName(f"{name}Plan")
            combo.activated.connect(self.refresh)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for column, widget in enumerate((self._first, self._lefts, self._second, self._rights)):
            grid.addWidget(widget, 0, column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(grid)
        layout.addWidget(self._count)
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        self._choose_first()
        self.retranslate()

    def _choose_first(self) -> None:
        """The plan as it is, beside what ships for what it teaches."""
        for combo in (self._lefts, self._rights):
            combo.addItems([""] * len(self._plans))
        self._lefts.setCurrentIndex(min(1, len(self._plans) - 1))
        self._rights.setCurrentIndex(0)

    def choose(self, left: int, right: int) -> None:
        """Compare two others, by their places in the list."""
        self._lefts.setCurrentIndex(left)
        self._rights.setCurrentIndex(right)
        self.refresh()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setWindowTitle(self.tr("Compare plans"))
        self._first.setText(self.tr("From"))
        self._second.setText(self.tr("to"))
        for combo, name in ((self._lefts, self._first), (self._rights, self._second)):
            combo.setAccessibleName(name.text())
            for index, plan in enumerate(self._plans):
                combo.setItemText(index, _name(plan))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Show in what the chosen two differ."""
        before, after = (self._plans[combo.currentIndex()] for combo in (self._lefts, self._rights))
        found = compare(before.config, after.config)
        self.table.show_differences(found, before.config, after.config, (_name(before), _name(after)))
        text = self.tr("Settings that differ: {count}.").format(count=len(found))
        self._count.setText(text if found else self.tr("They do not differ."))


def _name(plan: Comparable) -> str:
    when = datetime.fromtimestamp(plan.when).strftime("%Y-%m-%d %H:%M") if plan.when else ""
    return comparable_text(plan, when)
