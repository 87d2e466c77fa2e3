"""What a file's plan would change, and what of it has no place here, before anything is taken over."""

from typing import Literal

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.ferry.plan_diff import compare
from loraferry.ferry.plan_files import ReadPlan
from loraferry.texts.choices import choice_label
from loraferry.views.plan.diff_table import DiffTable
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.config import TrainConfig

Decision = Literal["", "take", "keep"]
MOST_LEFT = 12


class ImportDialog(QDialog):
    """`decision` says what the person wants: nothing, the settings at once, or a preset of them."""

    def __init__(self, found: ReadPlan, now: TrainConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resize(760, 560)
        self.decision: Decision = ""
        self._found, self._now = found, now
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._about, self._family, self._left = (wrapping_label(name) for name in ("muted", "error", "muted"))
        self.table = DiffTable()
        self._take, self._keep = QPushButton(), QPushButton()
        self._take.setObjectName("primary")
        self._keep.setObjectName("keepAsPreset")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._keep, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self._take, QDialogButtonBox.ButtonRole.AcceptRole)
        self._take.clicked.connect(self._take_it)
        self._keep.clicked.connect(self._keep_it)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        for widget in (self._title, self._about, self._family):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._left)
        layout.addWidget(buttons)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        found = self._found
        differences = compare(self._now, found.config)
        self.setWindowTitle(self.tr("Import a plan"))
        self._title.setText(found.name)
        about = self.tr("Settings that would change: {count}. Base model, pictures, trigger and class word stay yours.")
        self._about.setText(about.format(count=len(differences)))
        self._family.setVisible(bool(found.family))
        other = self.tr("It was made for {family}, and this plan is for {own}. Look at the resolution and the rate.")
        self._family.setText(other.format(family=choice_label(found.family), own=choice_label(self._now.base.family)))
        names = (self.tr("This plan"), self.tr("The file"))
        self.table.show_differences(differences, self._now, found.config, names)
        self._left.setVisible(bool(found.left))
        self._left.setText(self._left_text())
        self._take.setText(self.tr("Take them over"))
        self._keep.setText(self.tr("Keep as a preset…"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @property
    def left_text(self) -> str:
        """What is said of settings without a place here."""
        return self._left.text() if self._found.left else ""

    def _left_text(self) -> str:
        left = self._found.left
        words = ", ".join(f"{name} = {value[:40]}" for name, value in left[:MOST_LEFT])
        text = self.tr("Left out, because there is no such setting here: {names}").format(names=words)
        more = self.tr("… and {count} more").format(count=len(left) - MOST_LEFT)
        return f"{text} {more}" if len(left) > MOST_LEFT else text

    def _take_it(self) -> None:
        self.decision = "take"
        self.accept()

    def _keep_it(self) -> None:
        self.decision = "keep"
        self.accept()
